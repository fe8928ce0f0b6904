/** A progress bar as Docker draws it: `[==>      ]  1.2MB/27.51MB`; without its bar in a narrow terminal. Pure. */
import { humanSize } from '../../model/size.ts';

/** Between the brackets, without the arrow's head. */
const BAR_WIDTH = 50;
/** From this many columns on there is room for the bar. */
const NARROW = 110;

/** @param total 0 where it isn't known */
export function progressBar(current: number, total: number, columns: number): string {
  if (current <= 0 && total <= 0) return '';
  if (total <= 0) return humanSize(current).padStart(8);
  const done = Math.min(Math.trunc(Math.trunc((current / total) * 100) / 2), BAR_WIDTH);
  const bar = columns > NARROW ? `[${'='.repeat(done)}>${' '.repeat(BAR_WIDTH - done)}] ` : '';
  const numbers = humanSize(current).padStart(8);
  // More than there should be: the total is wrong, so that it isn't shown.
  return current > total ? bar + numbers : `${bar}${numbers}/${humanSize(total)}`;
}
