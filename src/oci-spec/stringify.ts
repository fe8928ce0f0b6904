/** config.json as text. JSON.stringify alone would write 2^64 - 1 (RLIM_INFINITY) as a number that no other runtime can read. */

const UINT64_MAX = '18446744073709551615';

/** Doubles of 2^64 are written as 2^64 - 1, and bigints as numbers. @param space as JSON.stringify's */
export function stringifyOciConfig(config: object, space?: number): string {
  const plain = withoutWideNumbers(config, space);
  if (plain !== undefined) return plain;
  // A marker that can't stand in a JSON string unescaped takes the place of each, and is then taken out with its quotes.
  const text = JSON.stringify(
    config,
    (_key, value: unknown) => {
      if (typeof value === 'bigint') return `\u0000${value}\u0000`;
      return typeof value === 'number' && value >= 2 ** 64 ? `\u0000${UINT64_MAX}\u0000` : value;
    },
    space,
  );
  return text.replaceAll(/"\\u0000(-?\d+)\\u0000"/g, '$1');
}

/** The text that V8 makes by itself, ten times as fast; undefined where a number in it may be one that it can't write. */
function withoutWideNumbers(config: object, space: number | undefined): string | undefined {
  try {
    const text = JSON.stringify(config, undefined, space);
    return /\d{20}|\de\+\d/.test(text) ? undefined : text;
  } catch (error) {
    // A bigint.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
