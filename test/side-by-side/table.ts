/**
 * Docker's tables, read into cells and written again: when an ID or a time in a cell is replaced, the column gets as wide as
 * Docker would make it for what stands there now. Nothing of the layout is forgiven: a table that isn't laid out as Docker
 * does (Go's tabwriter: three blanks, at least ten characters a column) is left as it is, and so found to differ.
 */

const GAP = 3;
const MINIMUM = 10;
const HEADER = /^[A-Z][A-Z/%]*(?: [A-Z/%]+)*(?: {3,}[A-Z][A-Z/%]*(?: [A-Z/%]+)*)+$/;

/** Change the cells of every table in `text`. `change` gets a cell and the head of its column. */
export function changeTables(text: string, change: (cell: string, head: string) => string): string {
  const lines = text.split('\n');
  const out: string[] = [];
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (!HEADER.test(line)) {
      out.push(line);
      continue;
    }
    const table = [line];
    while (lines.length > 0 && lines[0] !== '') table.push(lines.shift() ?? '');
    out.push(...changeTable(table, change));
  }
  return out.join('\n');
}

function changeTable(lines: string[], change: (cell: string, head: string) => string): string[] {
  const starts = columnStarts(lines[0] ?? '');
  const rows = lines.map((line) => cellsOf(line, starts));
  if (layOut(rows).join('\n') !== lines.join('\n')) return lines;
  const heads = rows[0] ?? [];
  return layOut([heads, ...rows.slice(1).map((row) => row.map((cell, column) => change(cell, heads[column] ?? '')))]);
}

/** Where each column begins. */
function columnStarts(header: string): number[] {
  return [...header.matchAll(/(?<=^| {3})[A-Z]/g)].map((match) => match.index);
}

function cellsOf(line: string, starts: readonly number[]): string[] {
  const characters = Array.from(line);
  return starts.map((from, column) =>
    characters
      .slice(from, starts[column + 1])
      .join('')
      .replace(/ +$/, ''),
  );
}

function layOut(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns - 1 }, (_, column) =>
    Math.max(MINIMUM, ...rows.map((row) => length(row[column] ?? '') + GAP)),
  );
  return rows.map((row) => row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - length(cell)))).join(''));
}

const length = (text: string): number => Array.from(text).length;
