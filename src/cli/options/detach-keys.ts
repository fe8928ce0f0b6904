/** `--detach-keys ctrl-p,ctrl-q`: a sequence of single letters and control keys. Source: moby/term, ascii.go. */

import { TsrunError } from '../../model/errors.ts';

/** Docker's own: Ctrl-P, Ctrl-Q. */
const DEFAULT_DETACH_KEYS: Uint8Array = Uint8Array.of(16, 17);

const CONTROL = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/**
 * The bytes of a detach sequence; '' is the default.
 * @throws Error in Docker's words
 */
export function parseDetachKeys(text: string): Uint8Array {
  if (text === '') return DEFAULT_DETACH_KEYS;
  return Uint8Array.from(text.split(','), (key) => {
    if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
    if (key === 'DEL') return 127;
    const control = /^ctrl-(.)$/.exec(key)?.[1];
    const at = control === undefined ? -1 : CONTROL.indexOf(control.toLowerCase());
    if (at < 0) throw new Error(`invalid detach keys (${text}): Unknown character: '${key}'`);
    return at;
  });
}

/** The same for commands of which Docker's daemon reads them, not its client. @throws TsrunError INVALID_ARGUMENT, in its words */
export function readDetachKeys(text: string): Uint8Array {
  try {
    return parseDetachKeys(text);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', `Invalid escape keys (${text}) provided`, { hint: (error as Error).message, cause: error });
  }
}
