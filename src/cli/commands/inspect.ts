/** `tsrun inspect`, and `inspect` of containers, images and volumes. */
import { inspectContainerOf, inspectImageOf, inspectVolumeOf, type Inspect } from '../../engine/inspect.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import { visibleData } from '../../model/printable.ts';
import type { Command, CommandCall } from '../command.ts';
import { openEngine } from '../engine.ts';
import { reportError, reportWarning } from '../errors.ts';
import type { Flag } from '../flags.ts';
import { writeOut, writeShown } from '../output.ts';
import { isTerminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const formatFlag: Flag = { name: 'format', short: 'f', value: 'string', help: 'Format the output using the given Go template' };
const sizeFlag: Flag = { name: 'size', short: 's', help: 'Display total file sizes if the type is container' };
const typeFlag: Flag = { name: 'type', value: 'string', help: 'Return JSON for specified type ("container"|"image"|"volume")' };

const STDOUT = 1;

const words = { least: 1, most: Infinity };

/** In the order in which they are looked for. */
const KINDS: Readonly<Record<string, Inspect>> = { container: inspectContainerOf, image: inspectImageOf, volume: inspectVolumeOf };

export const containerInspect: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Display detailed information on one or more containers',
  flags: [formatFlag, { ...sizeFlag, help: 'Display total file sizes' }],
  words,
  run: (call) => inspectAll(call, inspectContainerOf),
};

export const imageInspect: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags: [formatFlag],
  words,
  run: (call) => inspectAll(call, inspectImageOf),
};

export const volumeInspect: Command = {
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Display detailed information on one or more volumes',
  flags: [formatFlag],
  words,
  run: (call) => inspectAll(call, inspectVolumeOf),
};

export const command: Command = {
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Return low-level information on tsrun objects',
  flags: [formatFlag, sizeFlag, typeFlag],
  words,
  run(call) {
    const type = call.flags.word('type');
    if (type === undefined) return inspectAll(call, inspectAnything(call));
    const inspect = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
    if (inspect === undefined) throw new UsageError('inspect', `${JSON.stringify(type)} is not a valid value for --type`, 1);
    return inspectAll(call, inspect);
  },
};

/** The first kind that has one of this name. */
function inspectAnything(call: CommandCall): Inspect {
  return (engine, name, size) => {
    for (const [kind, inspect] of Object.entries(KINDS)) {
      try {
        const found = inspect(engine, name, size);
        if (size && kind !== 'container') reportWarning(`--size ignored for ${kind}`, call.options.logFormat);
        return found;
      } catch (error) {
        // What no image can be called may be a volume's name, or nobody's.
        if (!isTsrunError(error, 'NOT_FOUND') && !isTsrunError(error, 'INVALID_REFERENCE')) throw error;
      }
    }
    throw new TsrunError('NOT_FOUND', `No such object: ${name}`, { path: name });
  };
}

/** What was found is printed, then what wasn't; as Docker's client does. */
async function inspectAll({ options, flags, words: names }: CommandCall, inspect: Inspect): Promise<number> {
  const format = flags.word('format');
  const asTemplate =
    format === undefined || format === 'json' ? undefined : (await import('../template/inspection.ts')).inspectionTemplate(format);
  const engine = openEngine(options);
  const found: Record<string, unknown>[] = [];
  const filled: string[] = [];
  const failures: { error: unknown; prefix: string }[] = [];
  for (const name of names) {
    let prefix = 'Error: ';
    try {
      const data = inspect(engine, name, flags.flag('size'));
      found.push(data);
      prefix = '';
      if (asTemplate !== undefined) filled.push(`${asTemplate(isTerminal(STDOUT) ? visibleData(data) : data)}\n`);
    } catch (error) {
      failures.push({ error, prefix: isTsrunError(error, 'NOT_FOUND') || prefix === '' ? prefix : 'tsrun: ' });
    }
  }
  if (asTemplate !== undefined) writeOut(filled.length === 0 ? '\n' : filled.join(''));
  else writeShown(`${format === undefined ? JSON.stringify(found, undefined, 4) : JSON.stringify(found)}\n`);
  for (const { error, prefix } of failures) {
    reportError(error, { debug: options.debug, logFormat: options.logFormat, exitCode: 1, prefix });
  }
  return failures.length === 0 ? 0 : 1;
}
