/** Go's fmt.Sprintf for the values that templates have. Source of the rules and of its complaints: Go's package fmt. */
import { exponentText, floatText, goText } from './print.ts';
import { quoteGo } from './quote.ts';
import { GoDuration, GoFloat, GoMap, GoNil, GoStruct, isList, typeOf, type GoValue } from './values.ts';

interface Directive {
  /** Any of `+ - # 0` and the blank. */
  flags: string;
  width: number | undefined;
  precision: number | undefined;
}

const DIRECTIVE = /^%([+\-# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d*))?(?:\[(\d+)\])?/;

/** A width or precision beyond this is refused, as Go does. */
const LARGEST = 1e6;

/** Most digits after the point that JavaScript gives; zeros follow. */
const MOST_DIGITS = 100;

/** Fill in a format. It never fails: what is wrong is said in the result, `%!d(string=x)`. */
export function sprintf(format: string, values: readonly GoValue[]): string {
  let result = '';
  let next = 0;
  let reordered = false;
  const at = (index: string | undefined): void => {
    if (index === undefined) return;
    next = Number(index) - 1;
    reordered = true;
  };
  for (let rest = format; rest !== '';) {
    const percent = rest.indexOf('%');
    if (percent < 0) {
      result += rest;
      break;
    }
    result += rest.slice(0, percent);
    const [whole = '%', flags = '', first, width, second, precision, last] = DIRECTIVE.exec(rest.slice(percent)) ?? [];
    const star = (text: string | undefined, complaint: string): number | undefined => {
      if (text === undefined) return undefined;
      const value = text === '*' ? values[next++] : Number(text);
      if (typeof value === 'number' && Math.abs(value) <= LARGEST) return value;
      result += complaint;
      return undefined;
    };
    at(first);
    const wide = star(width, '%!(BADWIDTH)');
    at(second);
    const directive = {
      flags: flags + (wide !== undefined && wide < 0 ? '-' : ''),
      width: wide && Math.abs(wide),
      precision: star(precision, '%!(BADPREC)'),
    };
    at(last);
    const verb = Array.from(rest.slice(percent + whole.length, percent + whole.length + 2))[0] ?? '';
    rest = rest.slice(percent + whole.length + verb.length);
    if (verb === '') result += '%!(NOVERB)';
    else if (verb === '%') result += '%';
    else if (next < 0 || (reordered && next >= values.length)) result += `%!${verb}(BADINDEX)`;
    else if (next >= values.length) result += `%!${verb}(MISSING)`;
    else result += oneValue(verb, directive, values[next++] ?? null);
  }
  if (!reordered && next < values.length) {
    const extra = values.slice(next).map((value) => (value === null ? '<nil>' : `${typeOf(value)}=${goText(value)}`));
    result += `%!(EXTRA ${extra.join(', ')})`;
  }
  return result;
}

function oneValue(verb: string, directive: Directive, value: GoValue): string {
  if (verb === 'T') return padded(typeOf(value), directive);
  if (verb === 'v' && /[#+]/.test(directive.flags)) {
    // With this verb they say how, and aren't a number's.
    const flags = directive.flags.replaceAll(/[#+]/g, '');
    const style = directive.flags.includes('#') ? 'syntax' : 'named';
    return isScalar(value) && style === 'named'
      ? oneValue(verb, { ...directive, flags }, value)
      : padded(goText(value, style), { ...directive, flags });
  }
  // A list's elements are formatted one by one.
  if (isList(value)) return `[${value.map((each) => oneValue(verb, directive, each)).join(' ')}]`;
  if (value instanceof GoMap) {
    const pairs = value
      .keys()
      .map((key) => `${oneValue(verb, directive, key)}:${oneValue(verb, directive, value.entries.get(key) ?? null)}`);
    return `map[${pairs.join(' ')}]`;
  }
  if (value instanceof GoStruct)
    return `{${value
      .allNames()
      .map((name) => oneValue(verb, directive, value.field(name)))
      .join(' ')}}`;
  const text = scalarText(verb, directive, value);
  if (text !== undefined) return text;
  // Here a duration is but the number that it is.
  const shown = value instanceof GoDuration ? value.value : value;
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeOf(value)}=${goText(shown)})`;
}

const isScalar = (value: GoValue): boolean =>
  value === null || typeof value !== 'object' || value instanceof GoFloat || value instanceof GoDuration;

/** undefined: this verb isn't for such a value. */
function scalarText(verb: string, directive: Directive, value: GoValue): string | undefined {
  if (typeof value === 'string') return stringText(verb, directive, value);
  if (typeof value === 'number') return integerText(verb, directive, value);
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? padded(String(value), directive) : undefined;
  if (value instanceof GoFloat) return realText(verb, directive, value.value);
  if (value instanceof GoDuration) return durationDirective(verb, directive, value);
  if (verb === 'v') return padded(goText(value), directive);
  return value instanceof GoNil && value.kind !== 'pointer' ? goText(value) : undefined;
}

/** It is a number that has a text. */
function durationDirective(verb: string, directive: Directive, value: GoDuration): string | undefined {
  if ('vsqxX'.includes(verb)) return stringText(verb, directive, goText(value));
  return integerText(verb, directive, value.value);
}

function stringText(verb: string, directive: Directive, value: string): string | undefined {
  const { flags, precision } = directive;
  const text = precision === undefined ? value : Array.from(value).slice(0, precision).join('');
  switch (verb) {
    case 'v':
    case 's':
      return padded(text, directive);
    case 'q':
      return padded(flags.includes('#') && !text.includes('`') ? `\`${text}\`` : quoteGo(text), directive);
    case 'x':
    case 'X': {
      const hex = Buffer.from(text).toString('hex');
      return padded((flags.includes('#') ? '0x' : '') + (verb === 'X' ? hex.toUpperCase() : hex), directive);
    }
    default:
      return undefined;
  }
}

const BASES: Record<string, number> = { b: 2, o: 8, O: 8, d: 10, v: 10, x: 16, X: 16 };
const PREFIXES: Record<string, string> = { b: '0b', o: '0', x: '0x', X: '0X' };

function integerText(verb: string, directive: Directive, value: number): string | undefined {
  const base = BASES[verb];
  if (base === undefined) {
    if (verb === 'c') return padded(characterOf(value), directive);
    if (verb === 'q') return padded(quoteGo(characterOf(value), "'"), directive);
    if (verb === 'U') return padded(`U+${value.toString(16).toUpperCase().padStart(4, '0')}`, directive);
    return undefined;
  }
  const digits = Math.abs(value)
    .toString(base)
    .padStart(Math.max(0, directive.precision ?? 0), '0');
  const prefix = verb === 'O' ? '0o' : directive.flags.includes('#') ? (PREFIXES[verb] ?? '') : '';
  return signed(value < 0, prefix, verb === 'X' ? digits.toUpperCase() : digits, directive, directive.precision === undefined);
}

/** What is no code point becomes the replacement character. */
const characterOf = (code: number): string => (code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD');

function realText(verb: string, directive: Directive, value: number): string | undefined {
  const size = Math.abs(value);
  const precision = directive.precision === undefined ? undefined : Math.max(0, directive.precision);
  const few = precision === undefined ? undefined : Math.min(precision, MOST_DIGITS);
  const digits = {
    v: () => floatText(size),
    g: () => (precision === undefined ? floatText(size) : floatText(Number(size.toPrecision(few || 1)))),
    f: () => fixed(size, precision ?? 6),
    F: () => fixed(size, precision ?? 6),
    e: () => exponentText(size.toExponential(few ?? 6)),
  }[verb];
  return digits === undefined ? undefined : signed(value < 0, '', digits(), directive, true);
}

/** Like toFixed; what lies just between two goes to the even one, as Go has it. */
function fixed(size: number, precision: number): string {
  if (precision > MOST_DIGITS) return fixed(size, MOST_DIGITS) + '0'.repeat(precision - MOST_DIGITS);
  const exact = size.toFixed(Math.min(MOST_DIGITS, precision + 60));
  const end = exact.length - Math.min(MOST_DIGITS, precision + 60) + precision;
  const isTie = /^50*$/.test(exact.slice(end));
  const isEven = /[02468]\.?$/.test(exact.slice(0, end));
  return isTie && isEven ? exact.slice(0, end).replace(/\.$/, '') : size.toFixed(precision);
}

/** A number with its sign; zeros fill it up where the flag 0 says so. */
function signed(negative: boolean, prefix: string, digits: string, directive: Directive, fills: boolean): string {
  const { flags, width = 0 } = directive;
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const head = sign + prefix;
  if (fills && flags.includes('0') && !flags.includes('-')) return head + digits.padStart(width - head.length, '0');
  return padded(head + digits, { ...directive, flags: flags.replaceAll('0', '') });
}

/** Filled up to the width, in characters. */
function padded(text: string, { flags, width = 0 }: Directive): string {
  const missing = Math.max(0, width - Array.from(text).length);
  if (flags.includes('-')) return text + ' '.repeat(missing);
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text;
}
