/** `--log-driver` and `--log-opt`. */
import type { ContainerConfig } from '../../model/container.ts';
import type { FlagValues } from '../flags.ts';

/** Docker's options of json-file that we don't have. */
const UNSUPPORTED = new Set(['labels', 'labels-regex', 'env', 'env-regex', 'tag', 'compress', 'mode', 'max-buffer-size']);

/** @throws Error in Docker's words */
export function parseLogging(flags: FlagValues): { driver: ContainerConfig['logDriver']; options: Record<string, string> } {
  const driver = flags.word('log-driver') ?? 'json-file';
  const given = flags.list('log-opt');
  if (driver === 'none') {
    if (given.length > 0) throw new Error('invalid logging opts for driver none');
    return { driver, options: {} };
  }
  if (driver !== 'json-file') throw new Error(`log driver ${driver} is not supported: only json-file and none are`);
  const options: Record<string, string> = {};
  for (const text of given) {
    const at = text.indexOf('=');
    const [name, value] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    checkOption(name, value);
    options[name] = value;
  }
  if (options['max-file'] !== undefined && Number(options['max-file']) > 1 && options['max-size'] === undefined) {
    throw new Error('max-file needs max-size: without it a log is never rotated');
  }
  return { driver, options };
}

function checkOption(name: string, value: string): void {
  if (name === 'max-size') {
    const match = /^(\d+)[kmg]?b?$/i.exec(value);
    // -1 is Docker's default: never rotate.
    if (value !== '-1' && match === null) throw new Error(`invalid size: '${value}'`);
    if (Number(match?.[1] ?? 1) === 0) throw new Error('max-size must be a positive number');
  } else if (name === 'max-file') {
    if (!/^\d{1,6}$/.test(value)) throw new Error(`invalid max-file: '${value}'`);
    if (Number(value) < 1) throw new Error('max-file cannot be less than 1');
  } else if (UNSUPPORTED.has(name)) throw new Error(`log opt '${name}' is not supported yet`);
  else throw new Error(`unknown log opt '${name}' for json-file log driver`);
}
