/** A template's text in tokens. Source of the rules: Go's text/template/parse, whose words its errors use. */

export type TokenType =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | '('
  | ')'
  | '|'
  | ':='
  | '='
  | '.'
  | 'string'
  | 'character'
  | 'number'
  | 'boolean'
  | 'variable'
  | 'field'
  | 'identifier'
  | 'keyword'
  // A comma, or what no action can hold.
  | 'symbol'
  | 'error'
  | 'end';

export interface Token {
  type: TokenType;
  /** As it stands in the template; of an error, what is wrong. */
  text: string;
  /** Characters before it. */
  position: number;
  line: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set('block break continue define else end if range nil template with'.split(' '));

const BLANK = ' \t\r\n';
const COMMENT = '/*';
const COMMENT_END = '*/';

/** All tokens of a template, the last of them `end` or `error`. */
export function lex(text: string): Token[] {
  return new Lexer(text).run();
}

class Lexer {
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;
  #failed = false;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Token[] {
    while (!this.#failed && this.#at < this.#text.length) this.#outside();
    if (!this.#failed) this.#push('end', '', this.#text.length);
    return this.#tokens;
  }

  #push(type: TokenType, text: string, position: number): void {
    this.#tokens.push({ type, text, position, line: this.#lineOf(position) });
  }

  #lineOf(position: number): number {
    return this.#text.slice(0, position).split('\n').length;
  }

  /** @param at where Go's lexer stands when it finds out */
  #fail(message: string, at: number): void {
    this.#push('error', message, at);
    this.#failed = true;
  }

  #startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Text up to an action, and the action. */
  #outside(): void {
    const open = this.#text.indexOf('{{', this.#at);
    const end = open < 0 ? this.#text.length : open;
    const trims = open >= 0 && this.#text[open + 2] === '-' && BLANK.includes(this.#text[open + 3] ?? 'x');
    const text = this.#text.slice(this.#at, end);
    const shown = trims ? text.replace(/[ \t\r\n]+$/, '') : text;
    if (shown !== '') this.#push('text', shown, this.#at);
    if (open < 0) {
      this.#at = end;
      return;
    }
    // Of a trim marker the blank belongs to it; of a comment, nothing is left.
    const inside = open + (trims ? 4 : 2);
    if (this.#text.startsWith(COMMENT, inside)) {
      this.#comment(inside);
      return;
    }
    this.#push('open', '{{', open);
    this.#at = inside;
    this.#depth = 0;
    this.#inside();
  }

  #comment(start: number): void {
    const end = this.#text.indexOf(COMMENT_END, start + COMMENT.length);
    if (end < 0) return this.#fail('unclosed comment', start);
    this.#at = end + COMMENT_END.length;
    if (!this.#takeClose()) this.#fail('comment ends before closing delimiter', this.#at);
  }

  /** `}}`, or ` -}}`, which takes the blanks after it along. @returns whether it was there */
  #takeClose(): boolean {
    if (this.#startsWith('}}')) {
      this.#at += 2;
      return true;
    }
    if (!BLANK.includes(this.#text[this.#at] ?? 'x') || !this.#text.startsWith('-}}', this.#at + 1)) return false;
    this.#at += 4;
    while (this.#at < this.#text.length && BLANK.includes(this.#text[this.#at] ?? 'x')) this.#at++;
    return true;
  }

  #inside(): void {
    while (!this.#failed) {
      const start = this.#at;
      if (this.#takeClose()) {
        if (this.#depth > 0) this.#fail('unclosed left paren', start);
        else this.#push('close', '}}', start);
        return;
      }
      if (start >= this.#text.length) return this.#fail('unclosed action', start);
      this.#word(this.#text[start] ?? '', start);
    }
  }

  #word(first: string, start: number): void {
    const rest = this.#text.slice(start);
    if (BLANK.includes(first)) return this.#take('space', blanks(this.#text, start));
    if (rest.startsWith(':=')) return this.#take(':=', ':=');
    if (first === ':') return this.#fail('expected :=', start + 1);
    if (first === '=' || first === '|') return this.#take(first, first);
    if (first === '"') return this.#quoted('string', first, 'unterminated quoted string');
    if (first === "'") return this.#quoted('character', first, 'unterminated character constant');
    if (first === '`') return this.#raw(start);
    if (first === '$') return this.#name('variable', start, 1);
    if (first === '.' && !/^\.[0-9]/.test(rest)) {
      if (!/^\.[\p{L}\p{N}_]/u.test(rest)) return this.#terminated('.', '.', start);
      return this.#name('field', start, 1);
    }
    if (/^[+-]|^\.?[0-9]/.test(rest)) return this.#number(rest, start);
    if (/^[\p{L}_]/u.test(rest)) return this.#name('identifier', start, 0);
    if (first === '(') {
      this.#depth++;
      return this.#take('(', '(');
    }
    if (first === ')') {
      this.#depth--;
      return this.#take(')', ')');
    }
    if (/^[!-~]/.test(first)) return this.#take('symbol', first);
    const character = String.fromCodePoint(this.#text.codePointAt(start) ?? 0);
    this.#fail(`unrecognized character in action: ${unicodeName(character)}`, start + 1);
  }

  #take(type: TokenType, text: string): void {
    this.#push(type, text, this.#at);
    this.#at += text.length;
  }

  /** What ends in the same quote, and in the same line. */
  #quoted(type: 'string' | 'character', quote: string, complaint: string): void {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      const each = this.#text[at];
      if (each === '\n') break;
      if (each === '\\' && this.#text[at + 1] !== '\n') at++;
      else if (each === quote) return this.#take(type, this.#text.slice(start, at + 1));
    }
    this.#fail(complaint, start);
  }

  #raw(start: number): void {
    const end = this.#text.indexOf('`', start + 1);
    if (end < 0) this.#fail('unterminated raw quoted string', start);
    else this.#take('string', this.#text.slice(start, end + 1));
  }

  #number(rest: string, start: number): void {
    const text =
      /^[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]*|0[oO][0-7_]*|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]+)?)/.exec(
        rest,
      )?.[0] ?? '';
    const next = rest[text.length] ?? '';
    if (/[\p{L}\p{N}_]/u.test(next)) return this.#fail(`bad number syntax: ${JSON.stringify(rest.slice(0, text.length + 1))}`, start);
    this.#take('number', text);
  }

  /** A name of letters and digits, after `skip` characters of its kind. */
  #name(type: 'variable' | 'field' | 'identifier', start: number, skip: number): void {
    const text = this.#text.slice(start, start + skip) + (/^[\p{L}\p{N}_]*/u.exec(this.#text.slice(start + skip))?.[0] ?? '');
    if (type !== 'identifier') return this.#terminated(type, text, start);
    const known = KEYWORDS.has(text) ? 'keyword' : text === 'true' || text === 'false' ? 'boolean' : 'identifier';
    this.#terminated(known, text, start);
  }

  /** A word must be followed by something that ends it. */
  #terminated(type: TokenType, text: string, start: number): void {
    const next = this.#text.slice(start + text.length);
    const character = next === '' ? '' : String.fromCodePoint(next.codePointAt(0) ?? 0);
    if (character === '' || ' \t\r\n.,|:()'.includes(character) || next.startsWith('}}')) this.#take(type, text);
    else this.#fail(`bad character ${unicodeName(character)}`, start);
  }
}

/** Blanks from here on, without the one that belongs to ` -}}`. */
function blanks(text: string, start: number): string {
  const all = /^[ \t\r\n]+/.exec(text.slice(start))?.[0] ?? '';
  return all.length > 1 && text.startsWith('-}}', start + all.length) ? all.slice(0, -1) : all;
}

/** Go's `%#U`: `U+0024 '$'`. */
function unicodeName(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${code} '${character}'`;
}
