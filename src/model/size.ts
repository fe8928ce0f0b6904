/** Sizes in the words that people type and read. Source of the grammar: docker/go-units. */

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, p: 1024 ** 5 };

/**
 * Bytes of `512m`, `1g`, `1.5GiB`, `10 kb`, `4096`: units are powers of 1024, letters of either case.
 * @throws Error `invalid size: 'x'`, as Docker says
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)*) ?([kmgtp])?i?b?$/i.exec(text);
  const number = Number(match?.[1]);
  if (match === null || Number.isNaN(number)) throw new Error(`invalid size: '${text}'`);
  return Math.trunc(number * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1));
}

const SHOWN_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in powers of 1000, to `digits` significant digits without zeros at their end: `27.51MB`, `977B`, `1kB`. */
export function humanSize(bytes: number, digits = 4): string {
  let size = bytes;
  let unit = 0;
  // What takes more than these digits to write is one of the next unit: 999.9 in three of them.
  while (unit < SHOWN_UNITS.length - 1 && (size >= 1000 || size.toPrecision(digits).includes('e'))) {
    size /= 1000;
    unit++;
  }
  return `${Number(size.toPrecision(digits))}${SHOWN_UNITS[unit]}`;
}
