/** How a container is asked to end: what `stop` and `restart` share. */
import { integer, type Flag, type FlagValues } from '../flags.ts';

export const stopFlags: readonly Flag[] = [
  { name: 'signal', short: 's', value: 'string', help: 'Signal to send to the container' },
  {
    name: 'time',
    alias: 'timeout',
    short: 't',
    value: 'int',
    help: 'Seconds to wait before killing the container (-1: for ever)',
    check: integer,
  },
];

/** What was given of them; the container's own signal and patience stand for the rest. */
export function readStopFlags(flags: FlagValues): { timeoutSeconds: number | undefined; signal: string | undefined } {
  return { timeoutSeconds: flags.integer('time'), signal: flags.word('signal') };
}
