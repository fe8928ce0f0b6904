/** Environments and labels: from flags, from files, from our own environment. */
import { readFileSync } from 'node:fs';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { cut } from '../../model/cut.ts';
import { openFailure } from '../open-failure.ts';

/** `-e`: NAME or NAME=value. @throws Error in Docker's words */
export function checkEnvironment(text: string): void {
  if (text === '' || text.startsWith('=')) throw new Error(`invalid environment variable: ${text}`);
}

/** `-l`: NAME or NAME=value, without blanks in the name. @throws Error in Docker's words */
export function checkLabel(text: string): void {
  const key = text.split('=', 1)[0]?.trimStart() ?? '';
  if (key === '') throw new Error(`invalid label '${text}': empty name`);
  if (/\s/.test(key)) throw new Error(`label '${key}' contains whitespaces`);
}

/** An annotation may have no value, but a name. @throws Error in Docker's words */
export function checkAnnotation(text: string): void {
  if (text === '' || text.startsWith('=')) throw new Error('invalid Annotations: the empty string is not permitted as an annotation key');
}

/**
 * The variables of `--env-file` and `-e`, files first, in order. `-e NAME` takes our own value; where we have none it
 * stays bare, which removes the image's. A bare NAME in a file that we don't have is left out, as Docker does.
 * @throws TsrunError INVALID_ARGUMENT for a file that can't be read, or a line with a blank in its name
 */
export function readEnvironment(files: readonly string[], flags: readonly string[], own: NodeJS.ProcessEnv): string[] {
  const fromFiles = files
    .flatMap((file) => readLines(file))
    .flatMap((line) => {
      if (line.includes('=')) return [line];
      const value = own[line];
      return value === undefined ? [] : [`${line}=${value}`];
    });
  const fromFlags = flags.map((text) => {
    if (text.includes('=')) return text;
    const value = own[text];
    return value === undefined ? text : `${text}=${value}`;
  });
  return [...fromFiles, ...fromFlags];
}

/**
 * `--label-file` and `--label`: later ones win. A name alone has an empty value on the command line; in a file it is left out, as
 * Docker does. @throws TsrunError as `readEnvironment`
 */
export function readLabels(files: readonly string[], flags: readonly string[]): Record<string, string> {
  const fromFiles = files.flatMap((file) => readLines(file)).filter((line) => line.includes('='));
  const pairs = [...fromFiles, ...flags].map((text): [string, string] => {
    const [name, value = ''] = cut(text, '=');
    return [name, value];
  });
  // Not by assignment, which takes `__proto__` for something else.
  return Object.fromEntries(pairs);
}

/** Lines of a file of variables: without comments, blank lines and leading blanks; values keep what they have. */
function readLines(path: string): string[] {
  const lines: string[] = [];
  for (const [index, raw] of readText(path).split('\n').entries()) {
    const text = decodeLine(path, index, Buffer.from(raw.replace(/\r$/, ''), 'latin1'));
    const line = (index === 0 ? text.replace(/^\uFEFF/, '') : text).trimStart();
    if (line === '' || line.startsWith('#')) continue;
    const name = line.split('=', 1)[0] ?? '';
    if (name === '') throw wrong(path, `poorly formatted environment: no variable name on line '${line}'`);
    if (/\s/.test(name)) throw wrong(path, `poorly formatted environment: variable '${name}' contains whitespaces`);
    lines.push(line);
  }
  return lines;
}

/** Each byte a character. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    // It opens as a file does.
    if (hasErrno(error, 'EISDIR')) throw wrong(path, `read ${path}: is a directory`);
    throw wrong(path, openFailure(path, error).message);
  }
}

function decodeLine(path: string, index: number, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong(path, `env file ${path} contains invalid utf8 bytes at line ${index + 1}: [${bytes.join(' ')}]`);
  }
}

function wrong(path: string, message: string): TsrunError {
  return new TsrunError('INVALID_ARGUMENT', message, { path });
}
