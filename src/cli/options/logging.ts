/** `--log-driver` and `--log-opt`. */
import type { ContainerConfig } from '../../model/container.ts';
import { parseBoolean, type FlagValues } from '../flags.ts';
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

/** Docker's options of a copy that it keeps of a log which can't be read back; it takes them, and does nothing, where the log can be. */
const CACHE_OPTIONS = ['cache-disabled', 'cache-max-size', 'cache-max-file', 'cache-compress'];

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
    options[option] = value;
  }
  checkOptions(driver, options);
  return { driver, options };
}

type Options = Readonly<Record<string, string>>;

/** In Docker's order: what it says of two wrong ones is said of the same one. */
function checkOptions(driver: Driver, options: Options): void {
  checkMode(options['mode'] ?? '');
  if (options['max-buffer-size'] !== undefined) throw refused("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  checkCache(driver, options);
  for (const name of Object.keys(options)) checkName(driver, name);
  if (driver === 'json-file' || driver === 'local') checkFiles(driver, options);
  for (const [name, value] of Object.entries(options)) {
    if (name.endsWith('-regex')) checkExpression(value);
    else if (name === 'tag') checkTag(value);
  }
}

function checkMode(value: string): void {
  if (value === 'non-blocking') throw refused("log opt 'mode=non-blocking' is not supported: a log here loses nothing");
  if (value !== '' && value !== 'blocking') throw refused(`logger: logging mode not supported: ${value}`);
}

function checkCache(driver: Driver, options: Options): void {
  const disabled = options['cache-disabled'] ?? '';
  const isDisabled = disabled !== '' && boolean(disabled, () => refused(`invalid value for option cache-disabled: ${disabled}`));
  if (driver !== 'journald' || isDisabled) return;
  const wanted = CACHE_OPTIONS.find((name) => options[name] !== undefined);
  if (wanted !== undefined) throw refused(`log opt '${wanted}' is not supported: no copy is kept of what goes to the journal`);
}

function checkName(driver: Driver, name: string): void {
  if (name === 'mode' || CACHE_OPTIONS.includes(name) || OPTIONS[driver].includes(name)) return;
  throw refused(`unknown log opt '${name}' for ${driver === 'local' ? 'log driver local' : `${driver} log driver`}`);
}

/** What Docker looks at when the container starts. */
function checkFiles(driver: 'json-file' | 'local', options: Options): void {
  const { 'max-size': size, 'max-file': files, compress } = options;
  if (size !== undefined) checkSize(driver, size);
  const count = files === undefined ? undefined : checkNumber(driver, files);
  const isCompressed =
    compress === undefined
      ? driver === 'local'
      : boolean(compress, (reason) => unusable(`${driver === 'local' ? 'error reading compress log option: ' : ''}${reason}`));
  if (isCompressed && driver === 'json-file' && ((count ?? 1) === 1 || size === undefined || size === '-1')) {
    throw unusable('compress cannot be true when max-file is less than 2 or max-size is not set');
  }
  if (isCompressed && count !== undefined && count <= 1) throw unusable('compression cannot be enabled when max file count is 1');
  if (count === 0) throw unusable('max-file cannot be less than 1');
}

function boolean(value: string, error: (reason: string) => Error): boolean {
  try {
    return parseBoolean(value);
  } catch (reason) {
    throw error((reason as Error).message);
  }
}

function checkSize(driver: Driver, value: string): void {
  const match = /^(\d+)[kmg]?b?$/i.exec(value);
  // -1 is what Docker's documentation calls json-file's default: never rotate.
  if (value === '-1' && driver === 'json-file') return;
  if (match === null) throw unusable(`${driver === 'local' ? `invalid value for max-size: ${value}: ` : ''}invalid size: '${value}'`);
  if (Number(match[1]) === 0) throw unusable('max-size must be a positive number');
}

function checkNumber(driver: Driver, value: string): number {
  const prefix = driver === 'local' ? `invalid value for max-file: ${value}: ` : '';
  if (!/^\d{1,6}$/.test(value)) throw unusable(`${prefix}strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`);
  if (Number(value) === 0 && driver === 'json-file') throw unusable('max-file cannot be less than 1');
  return Number(value);
}

const unusable = (reason: string): Error => refused(`failed to initialize logging driver: ${reason}`);

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
