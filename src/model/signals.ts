/** Signals by name, as Linux numbers them on x86-64 and arm64. Source: include/uapi/asm-generic/signal.h. */

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

const ALIASES: Record<string, string> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' };

/** glibc keeps 32 and 33 for itself. */
const RT_MIN = 34;
const RT_MAX = 64;

/** The number of `SIGTERM`, `TERM`, `term`, `15`, `RTMIN+3`; undefined where there is no such signal. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= RT_MAX ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const index = NAMES.indexOf(ALIASES[name] ?? name);
  if (index >= 0) return index + 1;
  const real = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (real === null) return undefined;
  const [, base, sign, offset = '0'] = real;
  if (base === 'MIN' && sign === '-') return undefined;
  if (base === 'MAX' && sign === '+') return undefined;
  const number = base === 'MIN' ? RT_MIN + Number(offset) : RT_MAX - Number(offset);
  return number >= RT_MIN && number <= RT_MAX ? number : undefined;
}

/** `SIGTERM` of 15; what has no name of its own is counted from the first real-time signal. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  return name === undefined ? `SIGRTMIN+${number - RT_MIN}` : `SIG${name}`;
}
