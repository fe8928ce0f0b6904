/** `tsrun stats`: what containers use. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readContainer } from '../../container/records.ts';
import { currentState } from '../../container/states.ts';
import type { Engine } from '../../engine/engine.ts';
import { queryContainers } from '../../engine/list-containers.ts';
import { statsBetween, takeSample, type StatsSample } from '../../engine/stats.ts';
import type { Container } from '../../model/container.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { listText } from '../format/listing.ts';
import { statsListing, type StatsLine } from '../format/stats.ts';
import { writeOut } from '../output.ts';

/** Between two looks. */
const PERIOD_MS = 1000;
/** To the upper left corner, and everything gone. */
const CLEAR = '\u001b[2J\u001b[H';

export const command: Command = {
  usage: '[OPTIONS] [CONTAINER...]',
  summary: 'Display a live stream of container(s) resource usage statistics',
  flags: [
    { name: 'all', short: 'a', help: 'Show all containers (default shows just running)' },
    { name: 'format', value: 'string', help: 'Format output: table, json, or a Go template' },
    { name: 'no-stream', help: 'Disable streaming stats and only pull the first result' },
    { name: 'no-trunc', help: 'Do not truncate output' },
  ],
  words: { least: 0, most: Infinity },
  async run({ options, flags, words }) {
    const engine = openEngine(options);
    const listing = statsListing(!flags.flag('no-trunc'));
    const format = flags.text('format');
    // Named ones are looked for once, and shown whether they run or not.
    const named = words.map((asked) => ({ asked, id: containerOf(engine, asked).id }));
    const look = (): Seen[] => (words.length > 0 ? lookAtNamed(engine, named) : lookAtAll(engine, flags.flag('all')));
    for (let before = look(); ;) {
      await sleep(PERIOD_MS);
      const now = look();
      const text = await listText(
        listing,
        now.map((seen) => lineOf(seen, before)),
        { format, quiet: false },
      );
      if (flags.flag('no-stream')) {
        writeOut(text);
        return 0;
      }
      writeOut(`${CLEAR}${text}`);
      if (named.length > 0 && now.length === 0) return 0;
      before = now;
    }
  },
};

interface Seen {
  asked: string;
  container: Container;
  sample: StatsSample;
}

function lookAtNamed(engine: Engine, named: readonly { asked: string; id: string }[]): Seen[] {
  return named.flatMap(({ asked, id }) => {
    const container = readContainer(engine.database(), id);
    if (container === undefined) return [];
    const now = { ...container, state: currentState(engine.paths, container) };
    return [{ asked, container: now, sample: takeSample(now) }];
  });
}

function lookAtAll(engine: Engine, all: boolean): Seen[] {
  const found = queryContainers(engine, { all, last: undefined, filters: [] });
  return found.map((container) => ({ asked: container.id, container, sample: takeSample(container) }));
}

/** One that was not there before has no share of a processor yet. */
function lineOf({ asked, container: { id, name }, sample }: Seen, before: readonly Seen[]): StatsLine {
  const earlier = before.find((seen) => seen.container.id === id);
  return { id, name, asked, stats: earlier === undefined ? undefined : statsBetween(earlier.sample, sample) };
}
