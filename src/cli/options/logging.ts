/** `--log-driver` and `--log-opt`. */
import type { ContainerConfig } from '../../model/container.ts';
import type { FlagValues } from '../flags.ts';
import { refused } from './refusal.ts';

type Driver = ContainerConfig['logDriver'];

const FIELDS = ['labels', 'labels-regex', 'env', 'env-regex', 'tag'];

/** The options that each driver has, as Docker's. */
const OPTIONS: Readonly<Record<Driver, readonly string[]>> = {
  'json-file': ['max-size', 'max-file', 'compress', ...FIELDS],
  local: ['max-size', 'max-file', 'compress'],
  journald: FIELDS,
  none: [],
};

/** Docker's options of every driver, and those it has for none of ours. */
const UNSUPPORTED = new Set(['max-buffer-size', 'cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress']);

/** @throws Error in Docker's words */
export function parseLogging(flags: FlagValues): { driver: Driver; options: Record<string, string> } {
  const name = flags.word('log-driver') ?? 'json-file';
  const given = flags.list('log-opt');
  const driver = Object.keys(OPTIONS).find((each): each is Driver => each === name);
  if (driver === undefined) throw refused(`log driver ${name} is not supported: only ${Object.keys(OPTIONS).join(', ')} are`);
  if (driver === 'none' && given.length > 0) throw new Error('invalid logging opts for driver none');
  const options: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const [option, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    checkOption(driver, option, value);
    options[option] = value;
  }
  return { driver, options };
}

function checkOption(driver: Driver, name: string, value: string): void {
  if (name === 'mode') return checkMode(value);
  if (UNSUPPORTED.has(name)) throw refused(`log opt '${name}' is not supported`);
  if (!OPTIONS[driver].includes(name)) {
    throw refused(`unknown log opt '${name}' for ${driver === 'local' ? 'log driver local' : `${driver} log driver`}`);
  }
  if (name === 'max-size') checkSize(driver, value);
  else if (name === 'max-file') checkFiles(value);
  else if (name === 'compress') checkCompress(value);
  else if (name.endsWith('-regex')) checkExpression(value);
  else if (name === 'tag') checkTag(value);
}

function checkMode(value: string): void {
  if (value === 'non-blocking') throw refused("log opt 'mode=non-blocking' is not supported: a log here loses nothing");
  if (value !== '' && value !== 'blocking') throw refused(`logger: logging mode not supported: ${value}`);
}

function checkSize(driver: Driver, value: string): void {
  const match = /^(\d+)[kmg]?b?$/i.exec(value);
  // -1 is what Docker's documentation calls json-file's default: never rotate.
  if (value === '-1' && driver === 'json-file') return;
  if (match === null) throw unusable(`${driver === 'local' ? `invalid value for max-size: ${value}: ` : ''}invalid size: '${value}'`);
  if (Number(match[1]) === 0) throw unusable('max-size must be a positive number');
}

function checkFiles(value: string): void {
  if (!/^\d{1,6}$/.test(value)) throw unusable(`invalid max-file: '${value}'`);
  if (Number(value) < 1) throw unusable('max-file cannot be less than 1');
}

/** Docker looks at these two when the container starts. */
const unusable = (reason: string): Error => refused(`failed to initialize logging driver: ${reason}`);

function checkCompress(value: string): void {
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return;
  throw refused("log opt 'compress' is not supported: rotated files are kept as they were written");
}

function checkExpression(value: string): void {
  try {
    void new RegExp(value, 'u');
  } catch (error) {
    throw refused(`error parsing regexp: ${(error as Error).message}`, error);
  }
}

/** Its fields are looked at when the container starts, as Docker does; here only that it ends what it begins. */
function checkTag(value: string): void {
  if (/\{\{(?!.*?\}\})/s.test(value)) throw refused('template: log-tag:1: unclosed action');
}
