/** Sizes in the words people type. Source of the grammar: docker/go-units. */

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
