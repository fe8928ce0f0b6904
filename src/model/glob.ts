/** Shell patterns, as Go's path.Match has them: `*` and `?` don't match a slash, `[a-z]`, `[^a-z]`, `\x` for x itself. */
import { TsrunError } from './errors.ts';

/**
 * The regular expression that a pattern stands for.
 * @throws TsrunError INVALID_ARGUMENT `syntax error in pattern`
 */
export function globExpression(pattern: string): RegExp {
  let source = '';
  for (let rest = pattern; rest !== '';) {
    const set = /^\[(\^?)((?:\\[^]|[^\\\]-])(?:-(?:\\[^]|[^\\\]-]))?(?:(?:\\[^]|[^\\\]-])(?:-(?:\\[^]|[^\\\]-]))?)*)\]/u.exec(rest);
    const escaped = /^\\([^])/u.exec(rest);
    const plain = /^[^[\\]/u.exec(rest);
    const [part = ''] = set ?? escaped ?? plain ?? [];
    if (part === '') throw badPattern(pattern);
    if (set !== null) source += `[${set[1]}${quoteSet(set[2] ?? '')}]`;
    else if (part === '*') source += '[^/]*';
    else if (part === '?') source += '[^/]';
    else source += quote(escaped?.[1] ?? part);
    rest = rest.slice(part.length);
  }
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    // A range whose end comes before its beginning.
    throw badPattern(pattern);
  }
}

const badPattern = (pattern: string): TsrunError =>
  new TsrunError('INVALID_ARGUMENT', 'syntax error in pattern', { path: pattern, hint: `in ${JSON.stringify(pattern)}` });

/** With `u` only these may have a backslash before them. */
const quote = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}/]/g, '\\$&');

/** A set's own backslashes stay where they mean something to an expression too. */
const quoteSet = (text: string): string =>
  text.replaceAll(/\\?([^])/gu, (_whole, character: string) => (character === '-' ? '-' : quote(character)));
