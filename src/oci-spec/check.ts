/** Small checks that are put together to validators: each looks at one value, and says path and problem of all that is wrong with it. */

/** Appends `path: problem` for each problem of `value`. */
export type Check = (value: unknown, path: string, problems: string[]) => void;

/** Run a check on a whole document. Returns one line for each problem, none where it is valid. */
export function problemsOf(value: unknown, check: Check): string[] {
  const problems: string[] = [];
  check(value, '', problems);
  return problems;
}

/** Say that the value at `path` must be something else. */
function complain(problems: string[], path: string, what: string): void {
  problems.push(`${path === '' ? 'the document' : path}: must be ${what}`);
}

/** A check by a predicate; `what` ends "must be …". */
function that(holds: (value: unknown) => boolean, what: string): Check {
  return (value, path, problems) => {
    if (!holds(value)) complain(problems, path, what);
  };
}

export const text: Check = that((value) => typeof value === 'string', 'a string');
export const nonEmptyText: Check = that((value) => typeof value === 'string' && value !== '', 'a non-empty string');
export const flag: Check = that((value) => typeof value === 'boolean', 'true or false');

/** A string of a form; `what` names it. */
export function matching(pattern: RegExp, what: string): Check {
  return that((value) => typeof value === 'string' && pattern.test(value), what);
}

/** One of some strings. */
export function oneOf(...allowed: readonly string[]): Check {
  return that((value) => typeof value === 'string' && allowed.includes(value), `one of ${allowed.join(', ')}`);
}

/** A whole number from `low` to `high`. Above 2^53 a double stands for its neighbours too. */
export function integer(low: number, high: number, what: string): Check {
  return that((value) => {
    if (typeof value === 'bigint') return value >= BigInt(low) && value <= BigInt(high);
    return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
  }, what);
}

export const uint16: Check = integer(0, 0xffff, 'an integer from 0 to 65535');
export const uint32: Check = integer(0, 0xffffffff, 'an integer from 0 to 4294967295');
export const int32: Check = integer(-(2 ** 31), 2 ** 31 - 1, 'an integer of 32 bits');
export const int64: Check = integer(-(2 ** 63), 2 ** 63, 'an integer of 64 bits');
export const uint64: Check = integer(0, 2 ** 64, 'an integer from 0 to 2^64 - 1');

/** An array, each of whose items passes. */
export function listOf(item: Check, what = 'an array'): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) complain(problems, path, what);
    else for (const [index, each] of value.entries()) item(each, `${path}[${index}]`, problems);
  };
}

/** An array of strings; it is one thing to its reader, so it gets one message. */
export const texts: Check = that(isTexts, 'an array of strings');
export const nonEmptyTexts: Check = that((value) => isTexts(value) && value.length > 0, 'a non-empty array of strings');

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** An object, each of whose values passes; the names are free. */
export function mapOf(item: Check, what = 'an object'): Check {
  return (value, path, problems) => {
    if (!isObject(value)) complain(problems, path, what);
    else for (const [key, each] of Object.entries(value)) item(each, join(path, key), problems);
  };
}

/** An object with these properties; others are nobody's business (both specifications say: ignore what is unknown). */
export function object(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check {
  return (value, path, problems) => {
    if (!isObject(value)) {
      complain(problems, path, 'an object');
      return;
    }
    for (const [key, check] of Object.entries(required)) {
      if (value[key] === undefined) problems.push(`${join(path, key)}: must be given`);
      else check(value[key], join(path, key), problems);
    }
    for (const [key, check] of Object.entries(optional)) {
      if (value[key] !== undefined) check(value[key], join(path, key), problems);
    }
  };
}

/** `null`, as Go writes an empty slice or map, or what passes. */
export function orNull(check: Check): Check {
  return (value, path, problems) => {
    if (value !== null) check(value, path, problems);
  };
}

/** All of some checks. */
export function all(...checks: readonly Check[]): Check {
  return (value, path, problems) => {
    for (const check of checks) check(value, path, problems);
  };
}

/** No two items of a list (an array of objects) have the same `key`. */
export function distinct(key: string): Check {
  return (value, path, problems) => {
    if (!Array.isArray(value)) return;
    const seen = new Set<unknown>();
    for (const [index, item] of value.entries()) {
      const name: unknown = isObject(item) ? item[key] : undefined;
      if (name !== undefined && seen.has(name)) problems.push(`${path}[${index}].${key}: ${JSON.stringify(name)} is given twice`);
      seen.add(name);
    }
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `a.b`, or `a["b.c"]` where the name would be misread. */
function join(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
