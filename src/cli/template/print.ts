/** Values in words, as Go's fmt prints them: `%v`, `%+v`, `%#v`, and what `print` and `println` put between them. */
import { quoteGo } from './quote.ts';
import { GoDuration, GoFloat, GoMap, GoNil, GoStruct, isList, typeOf, type GoValue } from './values.ts';

export type PrintStyle = 'plain' | 'named' | 'syntax';

/** `[a b]`, `map[k:v]`, `{a b}`; `<nil>` for nothing. */
export function goText(value: GoValue, style: PrintStyle = 'plain'): string {
  if (style === 'syntax') return syntaxText(value);
  if (value === null) return '<nil>';
  if (value instanceof GoNil) return { list: '[]', map: 'map[]', pointer: '<nil>' }[value.kind];
  if (value instanceof GoFloat) return floatText(value.value);
  if (value instanceof GoDuration) return durationText(value.value);
  if (value instanceof GoMap) {
    return `map[${value
      .keys()
      .map((key) => `${key}:${goText(value.entries.get(key) ?? null, style)}`)
      .join(' ')}]`;
  }
  if (value instanceof GoStruct) {
    const fields = value.allNames().map((name) => (style === 'named' ? `${name}:` : '') + goText(value.field(name), style));
    return `{${fields.join(' ')}}`;
  }
  return isList(value) ? `[${value.map((each) => goText(each, style)).join(' ')}]` : String(value);
}

/** Go's source for the value. */
function syntaxText(value: GoValue): string {
  if (typeof value === 'string') return quoteGo(value);
  if (value instanceof GoMap) {
    const pairs = value.keys().map((key) => `${quoteGo(key)}:${syntaxText(value.entries.get(key) ?? null)}`);
    return `${value.type}{${pairs.join(', ')}}`;
  }
  if (value instanceof GoStruct) {
    return `${value.type}{${value
      .allNames()
      .map((name) => `${name}:${syntaxText(value.field(name))}`)
      .join(', ')}}`;
  }
  if (isList(value)) return `${typeOf(value)}{${value.map((each) => syntaxText(each)).join(', ')}}`;
  if (value instanceof GoNil) return value.kind === 'pointer' ? '(*interface {})(nil)' : `${typeOf(value)}(nil)`;
  return goText(value);
}

/** The shortest digits that read back as the same number, with an exponent below 1e-4 and from 1e6 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return exponentText(value.toExponential());
  return Object.is(value, -0) ? '-0' : String(value);
}

const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['ns', 1],
  ['µs', 1e3],
  ['ms', 1e6],
];

/** Nanoseconds as Go's time.Duration has them: `1h0m30s`, `1.5s`, `200ms`. */
export function durationText(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 0) return `-${durationText(-nanoseconds)}`;
  const small = DURATION_UNITS.findLast(([, size]) => nanoseconds < 1e9 && nanoseconds >= size);
  if (small !== undefined) return `${nanoseconds / small[1]}${small[0]}`;
  const minutes = Math.floor(nanoseconds / 60e9);
  // Whole numbers first: a fraction of a second has nine digits at most.
  const [whole, rest] = [Math.floor((nanoseconds % 60e9) / 1e9), nanoseconds % 1e9];
  const seconds = `${whole}${rest === 0 ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return `${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds}`;
}

/** An exponent of two digits at least. */
export function exponentText(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `print`: a blank between two that aren't text. */
export function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, index) => {
      const before = values[index - 1];
      const blank = index > 0 && typeof before !== 'string' && typeof value !== 'string' ? ' ' : '';
      return blank + goText(value);
    })
    .join('');
}

/** `println`: blanks between all, and a newline. */
export const sprintln = (values: readonly GoValue[]): string => `${values.map((value) => goText(value)).join(' ')}\n`;
