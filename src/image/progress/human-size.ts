/** Bytes as Docker writes them: decimal units, four significant digits. Source: docker/go-units HumanSize. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `27.51MB`, `977B`, `1kB` */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  // As %.4g prints: no zeros at the end.
  return `${Number(value.toPrecision(4))}${UNITS[unit]}`;
}
