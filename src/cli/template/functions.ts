/** The functions that a template may call: Go's own, and those that Docker's client adds. `and` and `or` are the evaluator's. */
import { compare, isEqual, isLess } from './compare.ts';
import { indexValue, lengthOf, sliceValue } from './lists.ts';
import { toJson } from './json.ts';
import { goText, sprint, sprintln } from './print.ts';
import { sprintf } from './printf.ts';
import { isTrue, typeOf, type GoValue } from './values.ts';

/** What a parameter takes. */
export type Parameter = 'any' | 'string' | 'int' | '[]string';

export interface GoFunction {
  parameters: readonly Parameter[];
  /** The last parameter may come any number of times. */
  variadic?: true;
  /** @throws Error with what is wrong with the arguments */
  call(values: readonly GoValue[]): GoValue;
}

/** A parameter that was checked to be a text. */
export const textOf = (value: GoValue | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: GoValue | undefined): number => (typeof value === 'number' ? value : 0);

/** A function of one text. */
const ofText = (change: (word: string) => string): GoFunction => ({ parameters: ['string'], call: ([value]) => change(textOf(value)) });
/** A function of any number of values. */
const ofAll = (call: GoFunction['call']): GoFunction => ({ parameters: ['any'], variadic: true, call });
/** A function of one value, and any number after it. */
const ofFirst = (call: GoFunction['call']): GoFunction => ({ parameters: ['any', 'any'], variadic: true, call });
const ofTwo = (call: (one: GoValue, other: GoValue) => GoValue): GoFunction => ({
  parameters: ['any', 'any'],
  call: ([one = null, other = null]) => call(one, other),
});

const HTML: Record<string, string> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', "'": '&#39;', '"': '&#34;', '\0': '\uFFFD' };

export const functions: Readonly<Record<string, GoFunction>> = {
  // Go's own.
  and: ofFirst(() => null),
  or: ofFirst(() => null),
  not: { parameters: ['any'], call: ([value = null]) => !isTrue(value) },
  eq: ofFirst(([first = null, ...others]) => isEqual(first, others)),
  ne: ofTwo((one, other) => !compare(one, other)),
  lt: ofTwo((one, other) => isLess(one, other)),
  le: ofTwo((one, other) => isLess(one, other) || compare(one, other)),
  gt: ofTwo((one, other) => !isLess(one, other) && !compare(one, other)),
  ge: ofTwo((one, other) => !isLess(one, other)),
  index: ofFirst(([value = null, ...keys]) => keys.reduce<GoValue>((at, key) => indexValue(at, key), value)),
  slice: ofFirst(([value = null, ...bounds]) => sliceValue(value, bounds)),
  len: { parameters: ['any'], call: ([value = null]) => lengthOf(value) },
  print: ofAll((values) => sprint(values)),
  println: ofAll((values) => sprintln(values)),
  printf: { parameters: ['string', 'any'], variadic: true, call: ([format, ...values]) => sprintf(textOf(format), values) },
  html: ofAll((values) => sprint(values).replaceAll(/[<>&'"\0]/g, (character) => HTML[character] ?? '')),
  urlquery: ofAll((values) =>
    encodeURIComponent(sprint(values)).replaceAll(/%20|[!'()*]/g, (character) =>
      character === '%20' ? '+' : `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  ),
  js: ofAll((values) => escapeScript(sprint(values))),
  // Nothing that a template is filled with is a function.
  call: ofFirst(([first = null]) => {
    if (first === null) throw new Error('call of nil');
    throw new Error(`non-function of type ${typeOf(first)}`);
  }),
  // Docker's.
  json: { parameters: ['any'], call: ([value = null]) => toJson(value) },
  split: { parameters: ['string', 'string'], call: ([value, separator]) => splitText(textOf(value), textOf(separator)) },
  join: {
    parameters: ['[]string', 'string'],
    call: ([list, separator]) => (Array.isArray(list) ? list.map((each: GoValue) => goText(each)).join(textOf(separator)) : ''),
  },
  title: ofText((word) =>
    word.replaceAll(/(^|[^\p{L}\p{N}_])(\p{Ll})/gu, (_whole, before: string, letter: string) => before + letter.toUpperCase()),
  ),
  lower: ofText((word) => word.toLowerCase()),
  upper: ofText((word) => word.toUpperCase()),
  pad: {
    parameters: ['string', 'int', 'int'],
    call: ([value, before, after]) => (value === '' ? '' : ' '.repeat(number(before)) + textOf(value) + ' '.repeat(number(after))),
  },
  truncate: { parameters: ['string', 'int'], call: ([value, length]) => truncateText(textOf(value), number(length)) },
};

/** As text in a script's quotes. Source: Go's text/template, JSEscape. */
const escapeScript = (text: string): string =>
  text.replaceAll(/[\\'"<>&=\u0000-\u001f]|[^\p{L}\p{M}\p{N}\p{P}\p{S}\u0000-\u007f]/gu, (character) =>
    /[\\'"]/.test(character) ? `\\${character}` : `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );

/** Go splits at nothing into characters. */
const splitText = (word: string, separator: string): string[] => (separator === '' ? Array.from(word) : word.split(separator));

/** At most so many bytes. */
function truncateText(word: string, length: number): string {
  const bytes = Buffer.from(word);
  if (length < 0) throw new Error(`runtime error: slice bounds out of range [:${length}]`);
  return bytes.length < length ? word : bytes.subarray(0, length).toString();
}
