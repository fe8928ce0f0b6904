/** `--filter`, as most commands have it; `model/filters.ts` reads its values. */
import type { Flag } from '../flags.ts';

export const filterFlag: Flag = {
  name: 'filter',
  short: 'f',
  value: 'filter',
  help: 'Filter output based on conditions provided',
  check: checkFilter,
};

/** @throws Error for what isn't NAME=VALUE */
export function checkFilter(text: string): void {
  if (text !== '' && !text.includes('=')) throw new Error('bad format of filter (expected name=value)');
}
