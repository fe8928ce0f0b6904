/** `tsrun inspect`, `tsrun container inspect`, `tsrun image inspect`. */
import { inspectContainer } from '../../container/inspect.ts';
import type { NetworkFacts } from '../../container/inspect-network.ts';
import type { Engine } from '../../engine/engine.ts';
import { inspectImage } from '../../image/inspect-image.ts';
import { findImage } from '../../image/pull/resolve.ts';
import { familiarName } from '../../image/reference/reference.ts';
import { parseReference } from '../../image/reference/parse.ts';
import { imageNames } from '../../image/store/images.ts';
import { isTsrunError, TsrunError } from '../../model/errors.ts';
import type { Command, CommandCall } from '../command.ts';
import { containerOf, openEngine } from '../engine.ts';
import { reportError } from '../errors.ts';
import type { Flag } from '../flags.ts';
import { fillTemplate } from '../format/template.ts';
import { writeOut } from '../output.ts';

type Inspect = (engine: Engine, name: string) => Record<string, unknown>;

const flags: readonly Flag[] = [
  { name: 'format', short: 'f', value: 'string', help: 'Format output with fields: {{.State.Status}}, {{json .Mounts}}' },
  { name: 'size', short: 's', help: 'Display total file sizes if the type is container', hidden: true, unsupported: true },
];

const typeFlag: Flag = { name: 'type', value: 'string', help: 'Return JSON for specified type ("container"|"image")', check: checkType };

function checkType(text: string): void {
  if (text !== 'container' && text !== 'image' && text !== '') throw new Error(`${JSON.stringify(text)} is not a valid value for --type`);
}

const words = { least: 1, most: Infinity };

export const containerInspect: Command = {
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Display detailed information on one or more containers',
  flags,
  words,
  run: (call) => inspectAll(call, oneContainer),
};

export const imageInspect: Command = {
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags,
  words,
  run: (call) => inspectAll(call, oneImage),
};

export const command: Command = {
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Return low-level information on tsrun objects',
  flags: [...flags, typeFlag],
  words,
  run(call) {
    const type = call.flags.word('type');
    return inspectAll(call, type === 'container' ? oneContainer : type === 'image' ? oneImage : anything);
  },
};

/** What was found is printed, then what wasn't; as Docker's client does. */
function inspectAll(call: CommandCall, inspect: Inspect): number {
  const engine = openEngine(call.options);
  const found: Record<string, unknown>[] = [];
  const failures: unknown[] = [];
  for (const name of call.words) {
    try {
      found.push(inspect(engine, name));
    } catch (error) {
      failures.push(error);
    }
  }
  const template = call.flags.word('format');
  if (template === undefined || template === 'json') {
    const indented = template === undefined ? JSON.stringify(found, undefined, 4) : JSON.stringify(found);
    writeOut(`${indented}\n`);
  } else for (const each of found) writeOut(`${fillTemplate(template, each)}\n`);
  const codes = failures.map((error) => reportError(error, { debug: call.options.debug, logFormat: call.options.logFormat, exitCode: 1 }));
  return codes.length === 0 ? 0 : 1;
}

function oneContainer(engine: Engine, name: string): Record<string, unknown> {
  return inspectContainer(containerOf(engine, name), { paths: engine.paths, network: networkFacts(engine) });
}

function networkFacts(engine: Engine): NetworkFacts | undefined {
  const row = engine.database().prepare("SELECT subnet, gateway FROM networks WHERE name = 'bridge'").get();
  return row === undefined ? undefined : { subnet: String(row['subnet']), gateway: String(row['gateway']) };
}

function oneImage(engine: Engine, text: string): Record<string, unknown> {
  const store = { paths: engine.paths, database: engine.database() };
  const image = findImage(store, text)?.image;
  if (image === undefined) throw new TsrunError('NOT_FOUND', `No such image: ${text}`, { path: text });
  return inspectImage(
    image,
    imageNames(store, image.id).map((name) => familiarName(parseReference(name))),
  );
}

function anything(engine: Engine, name: string): Record<string, unknown> {
  for (const inspect of [oneContainer, oneImage]) {
    try {
      return inspect(engine, name);
    } catch (error) {
      if (!isTsrunError(error, 'NOT_FOUND')) throw error;
    }
  }
  throw new TsrunError('NOT_FOUND', `No such object: ${name}`, { path: name });
}
