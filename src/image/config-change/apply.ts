/**
 * `--change`: Dockerfile instructions that change how an image is run. Source: Dockerfile reference; moby,
 * builder/dockerfile/dispatchers.go. Docker's `commit` doesn't take STOPSIGNAL, this one does.
 */
import type { ImageRunConfig } from '../../model/image.ts';
import { signalNumber } from '../../model/signals.ts';
import { parseHealthcheck } from './healthcheck.ts';
import { expandWord, jsonWords, splitWords, wrong } from './words.ts';

interface Instruction {
  name: string;
  /** What follows the name, trimmed. */
  rest: string;
}

/**
 * A config with changes made to it, in order.
 * @param lines each an instruction, or several lines of them
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function applyChanges(config: ImageRunConfig, lines: readonly string[]): ImageRunConfig {
  const changes = new ConfigChanges(config);
  if (lines.length === 0) return changes.config;
  const instructions = readInstructions(lines.join('\n'));
  if (instructions.length === 0) throw wrong('file with no instructions');
  for (const { name } of instructions)
    if (!Object.hasOwn(INSTRUCTIONS, name)) throw wrong(`${name.toLowerCase()} is not a valid change command`);
  for (const { name, rest } of instructions) INSTRUCTIONS[name]?.(changes, rest);
  return changes.config;
}

/** More keys in an object, all in order: as Docker writes them. */
function withKeys<Value>(
  known: Readonly<Record<string, Value>> | null | undefined,
  more: readonly (readonly [string, Value])[],
): Record<string, Value> {
  const all = { ...known, ...Object.fromEntries(more) };
  return Object.fromEntries(Object.entries(all).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Lines without comments and blank ones; a backslash at a line's end joins the next. */
function readInstructions(text: string): Instruction[] {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\[ \t]*\n/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line) ?? [];
      return { name: name.toUpperCase(), rest: rest.trim() };
    });
}

class ConfigChanges {
  readonly config: ImageRunConfig;
  /** Whether a CMD came: an ENTRYPOINT after it doesn't drop it. */
  hasCommand = false;

  constructor(config: ImageRunConfig) {
    this.config = structuredClone(config);
  }

  expand(word: string): string {
    const variables = this.config.Env ?? [];
    return expandWord(word, (name) => variables.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1));
  }

  setVariable(name: string, value: string): void {
    const variables = (this.config.Env ??= []);
    const known = variables.findIndex((each) => each.split('=', 1)[0] === name);
    if (known === -1) variables.push(`${name}=${value}`);
    else variables[known] = `${name}=${value}`;
  }

  /** A program's words: a JSON list, or a line for the image's shell. */
  commandLine(rest: string): string[] {
    const list = jsonWords(rest);
    if (list !== undefined) return list;
    return rest === '' ? [] : [...(this.config.Shell ?? ['/bin/sh', '-c']), rest];
  }
}

const INSTRUCTIONS: Record<string, (changes: ConfigChanges, rest: string) => void> = {
  CMD(changes, rest) {
    changes.config.Cmd = changes.commandLine(rest);
    changes.hasCommand = true;
  },
  ENTRYPOINT(changes, rest) {
    changes.config.Entrypoint = changes.commandLine(rest);
    if (!changes.hasCommand) changes.config.Cmd = null;
  },
  ENV(changes, rest) {
    const pairs = readPairs('ENV', rest).map(({ name, value }) => ({ name: changes.expand(name), value: changes.expand(value) }));
    for (const { name, value } of pairs) changes.setVariable(name, value);
  },
  LABEL(changes, rest) {
    const pairs = readPairs('LABEL', rest).map(({ name, value }): [string, string] => [changes.expand(name), changes.expand(value)]);
    changes.config.Labels = withKeys(changes.config.Labels, pairs);
  },
  EXPOSE(changes, rest) {
    if (rest === '') throw wrong('EXPOSE requires at least one argument');
    const ports = rest.split(/\s+/).flatMap((word) => exposedPorts(changes.expand(word)));
    changes.config.ExposedPorts = withKeys<object>(
      changes.config.ExposedPorts,
      ports.map((port) => [port, {}]),
    );
  },
  HEALTHCHECK(changes, rest) {
    changes.config.Healthcheck = parseHealthcheck(rest);
  },
  ONBUILD(changes, rest) {
    const trigger = (rest.split(/\s/, 1)[0] ?? '').toUpperCase();
    if (trigger === '') throw wrong('ONBUILD requires at least one argument');
    if (trigger === 'ONBUILD') throw wrong("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    if (trigger === 'FROM' || trigger === 'MAINTAINER') throw wrong(`${trigger} isn't allowed as an ONBUILD trigger`);
    changes.config.OnBuild = [...(changes.config.OnBuild ?? []), rest];
  },
  STOPSIGNAL(changes, rest) {
    if (rest === '') throw wrong('STOPSIGNAL requires exactly one argument');
    const signal = changes.expand(rest);
    if (signalNumber(signal) === undefined) throw wrong(`Invalid signal: ${signal}`);
    changes.config.StopSignal = signal;
  },
  USER(changes, rest) {
    if (rest === '') throw wrong('USER requires exactly one argument');
    changes.config.User = changes.expand(rest);
  },
  VOLUME(changes, rest) {
    const words = jsonWords(rest) ?? rest.split(/\s+/).filter((word) => word !== '');
    if (words.length === 0) throw wrong('VOLUME requires at least one argument');
    const volumes = words.map((word) => changes.expand(word).trim());
    if (volumes.includes('')) throw wrong('VOLUME specified can not be an empty string');
    changes.config.Volumes = withKeys<object>(
      changes.config.Volumes,
      volumes.map((path) => [path, {}]),
    );
  },
  WORKDIR(changes, rest) {
    if (rest === '') throw wrong('WORKDIR requires exactly one argument');
    const path = changes.expand(rest);
    if (path === '') throw wrong('cannot normalize nothing');
    changes.config.WorkingDir = path.startsWith('/') ? path : joined(changes.config.WorkingDir ?? '', path);
  },
};

/** A path from the root, without `.`, `..` and slashes too many. */
function joined(directory: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${directory}/${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** `name=value name="value"`, or the old form: `name` and the rest of the line. */
function readPairs(instruction: string, rest: string): { name: string; value: string }[] {
  const words = splitWords(rest);
  const [first] = words;
  if (first === undefined) throw wrong(`${instruction} requires at least one argument`);
  if (!first.includes('=')) {
    const [, name = '', value] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
    if (value === undefined) throw wrong(`${instruction} must have two arguments`);
    return [{ name, value }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals === -1) throw wrong(`Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`);
    if (equals === 0) throw wrong(`${instruction} names can not be blank`);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

/** `80`, `80/udp`, `8000-8010` as an image's config has them. */
function exposedPorts(text: string): string[] {
  const [range = '', protocol = 'tcp', ...more] = text.toLowerCase().split('/');
  if (more.length > 0 || !['tcp', 'udp', 'sctp'].includes(protocol)) throw wrong(`Invalid proto: ${[protocol, ...more].join('/')}`);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(range);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  if (match === null || last > 65_535 || first > last) throw wrong(`Invalid containerPort: ${range}`);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}
