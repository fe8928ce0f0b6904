/** `tsrun events`: what happens, as it happens. */
import { EVENT_FILTERS, watchEvents } from '../../engine/events.ts';
import { TsrunError } from '../../model/errors.ts';
import { parseFilters } from '../../model/filters.ts';
import { visibleData } from '../../model/printable.ts';
import type { RecordedEvent } from '../../state/events.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';
import { eventFields, eventJson, eventLine } from '../format/events.ts';
import { filterFlag } from '../options/filters.ts';
import { parseTime } from '../options/times.ts';
import { writeOut, writeShown } from '../output.ts';
import { isTerminal } from '../terminal.ts';

const STDOUT = 1;

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Show what happens, as it happens',
  flags: [
    filterFlag,
    { name: 'format', value: 'string', help: 'Format output: json, or a Go template' },
    { name: 'since', value: 'string', help: 'Show all events created since timestamp' },
    { name: 'until', value: 'string', help: 'Stream events until this timestamp' },
  ],
  words: { least: 0, most: 0 },
  async run({ options, flags }) {
    const now = Date.now();
    const request = {
      filters: parseFilters(flags.list('filter'), EVENT_FILTERS),
      since: readTime(flags.word('since'), now),
      until: readTime(flags.word('until'), now),
    };
    const show = await formatter(flags.word('format'));
    for await (const event of watchEvents(openEngine(options), request)) show(event);
    return 0;
  },
};

const NOTHING_HAPPENED: RecordedEvent = { sequence: 0, time: 0, type: 'container', action: '', actor: '', attributes: {} };

function readTime(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  try {
    return Number(parseTime('', text, now) / 1_000_000n);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', `failed to parse value as time or duration: ${JSON.stringify(text)}`, {
      exitCode: 1,
      cause: error,
    });
  }
}

/** What prints an event. */
async function formatter(format: string | undefined): Promise<(event: RecordedEvent) => void> {
  if (format === undefined) return (event) => writeShown(eventLine(event));
  if (format === 'json' || /^\{\{\s*json \.\s*\}\}$/.test(format)) return (event) => writeShown(eventJson(event));
  const { eventTemplate } = await import('../template/inspection.ts');
  const fill = eventTemplate(format, eventFields(NOTHING_HAPPENED));
  const terminal = isTerminal(STDOUT);
  return (event) => {
    const fields = eventFields(event);
    writeOut(`${fill(terminal ? visibleData(fields) : fields)}\n`);
  };
}
