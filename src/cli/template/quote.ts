/** Go's quoted texts: read from a template, and written by `%q`. Source: strconv.Quote and strconv.Unquote. */

const ESCAPES: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([^]))/g;

/**
 * What `"…"` or `` `…` `` stands for.
 * @throws Error `invalid syntax`
 */
export function unquoteString(text: string): string {
  const inner = text.slice(1, -1);
  return text.startsWith('`') ? inner.replaceAll('\r', '') : unescape(inner, '"');
}

/**
 * The code point that `'x'` stands for.
 * @throws Error in Go's words
 */
export function unquoteCharacter(text: string): number {
  const characters = Array.from(unescape(text.slice(1, -1), "'"));
  if (characters.length !== 1) throw new Error(`malformed character constant: ${text}`);
  return characters[0]?.codePointAt(0) ?? 0;
}

function unescape(text: string, quote: string): string {
  return text.replaceAll(ESCAPE, (_whole, ...groups: (string | undefined)[]) => {
    const [byte, short, long, octal, letter] = groups;
    const hex = byte ?? short ?? long;
    if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
    if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
    const other = quote === '"' ? "'" : '"';
    const character = letter === other ? undefined : ESCAPES[letter ?? ''];
    if (character === undefined) throw new Error('invalid syntax');
    return character;
  });
}

function codePoint(code: number): string {
  if (code > 0x10ffff) throw new Error('invalid syntax');
  return String.fromCodePoint(code);
}

const WRITTEN: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** In quotes, with escapes for what can't be shown. */
export function quoteGo(text: string, quote = '"'): string {
  // Nothing to escape, which is what there is most: JSON would find it too, and quicker.
  if (JSON.stringify(text).length === text.length + 2 && Buffer.byteLength(text) === text.length && !/['\u007f]/.test(text)) {
    return quote + text + quote;
  }
  const inner = Array.from(text, (character) => {
    if (character === quote) return `\\${quote}`;
    if (WRITTEN[character] !== undefined) return WRITTEN[character];
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return quote + inner.join('') + quote;
}
