/**
 * Tables in Docker's spacing: a column is as wide as its widest cell and three blanks, at least ten. Source of the rules: Go's
 * text/tabwriter, as Docker's client uses it.
 */

const GAP = 3;
const MINIMUM = 10;

/** `rows` under `header`; a line each, with its newline. @param minimum characters of a column at least */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[], minimum: number = MINIMUM): string {
  return alignLines([header, ...rows], minimum);
}

/** Text whose lines have tabs between their cells. */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  // What comes after the last newline is no line.
  if (lines.at(-1)?.join('') === '') lines.pop();
  return alignLines(lines, MINIMUM);
}

function alignLines(lines: readonly (readonly string[])[], minimum: number): string {
  const widths = columnWidths(lines, minimum);
  return lines.map((line, row) => `${line.map((cell, column) => pad(cell, widths[row]?.[column])).join('')}\n`).join('');
}

/**
 * For each line the widths of its columns. The last cell of a line has no end, and is in no column; a column goes on for as
 * many lines as have it, and begins anew after one that hasn't.
 */
function columnWidths(lines: readonly (readonly string[])[], minimum: number): number[][] {
  const widths = lines.map((): number[] => []);
  const most = Math.max(0, ...lines.map((line) => line.length - 1));
  for (let column = 0; column < most; column++) {
    for (let start = 0; start < lines.length; start++) {
      let end = start;
      let widest = minimum;
      for (; column < (lines[end]?.length ?? 0) - 1; end++) widest = Math.max(widest, width(lines[end]?.[column] ?? '') + GAP);
      for (let row = start; row < end; row++) widths[row]?.push(widest);
      start = Math.max(start, end);
    }
  }
  return widths;
}

function pad(cell: string, columnWidth: number | undefined): string {
  return columnWidth === undefined ? cell : cell + ' '.repeat(columnWidth - width(cell));
}

/** Characters, not UTF-16 units; most cells are ASCII, where both are one, and asking for the bytes costs least. */
const width = (text: string): number => (Buffer.byteLength(text) === text.length ? text.length : Array.from(text).length);
