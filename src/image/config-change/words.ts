/**
 * Words of a Dockerfile instruction: where they end, quotes, and variables. Sources: Dockerfile reference, "Environment
 * replacement"; buildkit, frontend/dockerfile/parser/line_parsers.go and shell/lex.go.
 */
import { TsrunError } from '../../model/errors.ts';

export const wrong = (message: string): TsrunError => new TsrunError('INVALID_ARGUMENT', message, { exitCode: 1 });

/** Split at blanks that are neither quoted nor escaped; quotes and escapes stay. */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\.|"(?:\\.|[^"\\])*(?:"|$)|'[^']*(?:'|$)|[^\s"'\\]|\\$)+/gs) ?? [];
}

/**
 * A word as it is meant: quotes removed, `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` put in.
 * @param value of a variable; undefined: it isn't set
 * @throws TsrunError INVALID_ARGUMENT in Docker's words
 */
export function expandWord(word: string, value: (name: string) => string | undefined): string {
  return new Expander(word, value).until('');
}

class Expander {
  readonly #word: string;
  readonly #value: (name: string) => string | undefined;
  #at = 0;

  constructor(word: string, value: (name: string) => string | undefined) {
    this.#word = word;
    this.#value = value;
  }

  /** Up to the character `end`, which is left; '' is the word's end. */
  until(end: '' | '}'): string {
    let result = '';
    while (this.#at < this.#word.length) {
      const character = this.#word[this.#at] ?? '';
      if (character === end) return result;
      if (character === "'") result += this.#single();
      else if (character === '"') result += this.#double();
      else if (character === '$') result += this.#variable();
      else if (character === '\\' && this.#at + 1 < this.#word.length) {
        result += this.#word[this.#at + 1];
        this.#at += 2;
      } else {
        result += character;
        this.#at++;
      }
    }
    if (end !== '') throw this.#failed('unexpected end of statement while looking for matching }');
    return result;
  }

  #single(): string {
    const end = this.#word.indexOf("'", this.#at + 1);
    if (end === -1) throw this.#failed('unexpected end of statement while looking for matching single-quote');
    const text = this.#word.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #double(): string {
    let result = '';
    for (this.#at++; this.#at < this.#word.length;) {
      const character = this.#word[this.#at] ?? '';
      const next = this.#word[this.#at + 1] ?? '';
      if (character === '"') {
        this.#at++;
        return result;
      }
      if (character === '$') result += this.#variable();
      else if (character === '\\' && '"$\\'.includes(next) && next !== '') {
        result += next;
        this.#at += 2;
      } else {
        result += character;
        this.#at++;
      }
    }
    throw this.#failed('unexpected end of statement while looking for matching double-quote');
  }

  #variable(): string {
    this.#at++;
    if (this.#word[this.#at] !== '{') {
      const name = /^(?:[A-Za-z_]\w*|[0-9@*#?!-])/.exec(this.#word.slice(this.#at))?.[0];
      if (name === undefined) return '$';
      this.#at += name.length;
      return this.#value(name) ?? '';
    }
    this.#at++;
    const name = /^(?:[A-Za-z_]\w*|[0-9@*#?!-])/.exec(this.#word.slice(this.#at))?.[0];
    if (name === undefined) throw this.#failed('bad substitution');
    this.#at += name.length;
    const value = this.#value(name);
    if (this.#word[this.#at] === '}') {
      this.#at++;
      return value ?? '';
    }
    if (this.#word[this.#at] !== ':') throw this.#failed("missing ':' in substitution");
    const modifier = this.#word[this.#at + 1];
    if (modifier !== '-' && modifier !== '+') throw this.#failed(`unsupported modifier (${modifier ?? ''}) in substitution`);
    this.#at += 2;
    const word = this.until('}');
    this.#at++;
    const isSet = value !== undefined && value !== '';
    if (modifier === '-') return isSet ? value : word;
    return isSet ? word : '';
  }

  #failed(why: string): TsrunError {
    return wrong(`failed to process ${JSON.stringify(this.#word)}: ${why}`);
  }
}

/** `["a", "b"]`; undefined: it isn't a JSON list. @throws TsrunError INVALID_ARGUMENT for a list of anything but texts */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((each): each is string => typeof each === 'string'))
    throw wrong('when using JSON array syntax, arrays must be comprised of strings only');
  return value;
}
