/** Tables in Docker's spacing: a column is as wide as its widest cell and three blanks, at least ten; the last has no end. */

const GAP = 3;
const MINIMUM = 10;

/** `rows` under `header`; a line each, with its newline. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.slice(0, -1).map((_, column) => Math.max(MINIMUM, ...lines.map((line) => width(line[column] ?? '') + GAP)));
  return lines.map((line) => `${line.map((cell, column) => pad(cell, widths[column])).join('')}\n`).join('');
}

function pad(cell: string, columnWidth: number | undefined): string {
  return columnWidth === undefined ? cell : cell + ' '.repeat(columnWidth - width(cell));
}

/** Characters, not UTF-16 units. */
const width = (text: string): number => Array.from(text).length;
