/** `tsrun logs`: what a container wrote. */
import { containerLogs, LOOK_AGAIN_MS } from '../../engine/logs.ts';
import { TsrunError } from '../../model/errors.ts';
import type { Command } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { LogOutput } from '../format/log-output.ts';
import { parseTime } from '../options/times.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  flags: [
    { name: 'details', help: 'Show extra details provided to logs' },
    { name: 'follow', short: 'f', help: 'Follow log output' },
    {
      name: 'since',
      value: 'string',
      help: 'Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    },
    { name: 'tail', short: 'n', value: 'string', help: 'Number of lines to show from the end of the logs (default "all")' },
    { name: 'timestamps', short: 't', help: 'Show timestamps' },
    {
      name: 'until',
      value: 'string',
      help: 'Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)',
    },
  ],
  words: { least: 1, most: 1 },
  run({ options, flags, words }) {
    const now = Date.now();
    const engine = openEngine(options);
    const container = containerOf(engine, words[0] ?? '');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const out = new LogOutput({ timestamps: flags.flag('timestamps'), details: flags.flag('details') });
    const entries = containerLogs(engine, container, {
      tail: readTail(flags.text('tail')),
      since: readTime('since', flags.word('since'), now),
      until: readTime('until', flags.word('until'), now),
      follow: flags.flag('follow'),
    });
    for (const entry of entries) {
      if (entry !== undefined) out.add(entry);
      else {
        out.flush();
        Atomics.wait(pause, 0, 0, LOOK_AGAIN_MS);
      }
    }
    out.flush();
    return 0;
  },
};

/** `0` is no time, as Docker's. */
function readTime(name: string, text: string | undefined, now: number): bigint | undefined {
  if (text === undefined || text === '0') return undefined;
  try {
    return parseTime(name, text, now);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, { cause: error });
  }
}

/** What is no number, or below zero, means all of it, as Docker's. */
function readTail(text: string | undefined): number | undefined {
  return text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : undefined;
}
