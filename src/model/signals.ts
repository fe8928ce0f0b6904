/** Signals by name, as Linux numbers them on x86-64 and arm64. Source: include/uapi/asm-generic/signal.h. */

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

const ALIASES: Record<string, string> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' };

/** glibc keeps 32 and 33 for itself. */
const RT_MIN = 34;
const RT_MAX = 64;
/** How far names count up from the first, and down from the last: kill(1) and Docker know a signal by one of the two. */
const LONGEST_OFFSET = { MIN: 15, MAX: 14 };

export const SIGKILL = 9;

/** The number of `SIGTERM`, `TERM`, `term`, `15`, `RTMIN+3`; undefined where there is no such signal. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= RT_MAX ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const index = NAMES.indexOf(ALIASES[name] ?? name);
  if (index >= 0) return index + 1;
  const real = /^RT(?:MIN(?:\+([1-9]\d?))?|MAX(?:-([1-9]\d?))?)$/.exec(name);
  if (real === null) return undefined;
  const [, up, down] = real;
  const isFromFirst = name.startsWith('RTMIN');
  const offset = Number(up ?? down ?? 0);
  if (offset > LONGEST_OFFSET[isFromFirst ? 'MIN' : 'MAX']) return undefined;
  return isFromFirst ? RT_MIN + offset : RT_MAX - offset;
}

/** `SIGTERM` of 15; a real-time signal is counted from the nearer end. */
export function signalName(number: number): string {
  const name = NAMES[number - 1];
  if (name !== undefined) return `SIG${name}`;
  if (number < RT_MIN || number > RT_MAX) return `SIG${number}`;
  const [up, down] = [number - RT_MIN, RT_MAX - number];
  if (up <= LONGEST_OFFSET.MIN) return up === 0 ? 'SIGRTMIN' : `SIGRTMIN+${up}`;
  return down === 0 ? 'SIGRTMAX' : `SIGRTMAX-${down}`;
}
