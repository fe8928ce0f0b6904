/** Lists of things: Docker's table, the IDs alone, or what `--format` asks for. */
import { visible, visibleData } from '../../model/printable.ts';
import { formatTable } from './table.ts';

/** What can be shown of a thing: its name in templates, its title in tables, and how it is worked out. */
export interface Column<Item> {
  title: string;
  text: (item: Item) => string;
}

/** A kind of list. */
export interface Listing<Item> {
  /** The type that templates are filled from, as Docker's errors name it: `*formatter.ContainerContext`. */
  type: string;
  /** By name. One that isn't shown isn't worked out. */
  columns: Readonly<Record<string, Column<Item>>>;
  /** The columns of the table, in order. */
  table: readonly string[];
  /** The column that `--quiet` shows. */
  id: string;
  /** `--format raw`: a template; and the name of the ID in it. */
  raw?: { template: string; id: string };
  /** What `{{.Label "name"}}` looks into. */
  labels?: (item: Item) => Readonly<Record<string, string>>;
  /** Words before Docker's errors about a template, where they are others than the usual ones. */
  complaints?: { parse: string; execute: string };
}

export interface ListOptions {
  /** `--format`: `table`, `table TEMPLATE`, `json`, `raw`, or a template. */
  format: string | undefined;
  quiet: boolean;
  /** Whether it is for a terminal: there the control characters of things are shown instead of obeyed; those of `format` are the user's. */
  terminal?: boolean;
}

/**
 * The text of a list.
 * @throws TsrunError INVALID_ARGUMENT for a template that can't be parsed or filled in
 */
export async function listText<Item>(given: Listing<Item>, items: readonly Item[], options: ListOptions): Promise<string> {
  const { format, quiet, terminal = false } = options;
  const listing = terminal ? shownListing(given) : given;
  if (format === undefined || format === '' || format === 'table') return quiet ? idLines(listing, items) : plainTable(listing, items);
  // Most lists are tables: only a template pays for what reads one.
  const { fillList } = await import('../template/list.ts');
  return fillList(listing, items, format === 'raw' ? rawTemplate(listing, quiet) : format);
}

/** The listing for a terminal: control characters of what it lists are shown, not obeyed. */
export function shownListing<Item>(listing: Listing<Item>): Listing<Item> {
  const { columns, labels } = listing;
  const shown = Object.entries(columns).map(([name, { title, text }]) => [name, { title, text: (item: Item) => visible(text(item)) }]);
  return {
    ...listing,
    columns: Object.fromEntries(shown) as Listing<Item>['columns'],
    ...(labels === undefined ? {} : { labels: (item: Item) => visibleData(labels(item)) }),
  };
}

function idLines<Item>({ columns, id }: Listing<Item>, items: readonly Item[]): string {
  return items.map((item) => `${columns[id]?.text(item)}\n`).join('');
}

function plainTable<Item>({ columns, table }: Listing<Item>, items: readonly Item[]): string {
  const shown = table.map((name) => columns[name]).filter((column) => column !== undefined);
  return formatTable(
    shown.map((column) => column.title),
    items.map((item) => shown.map((column) => column.text(item))),
  );
}

function rawTemplate<Item>({ raw, id }: Listing<Item>, quiet: boolean): string {
  if (raw === undefined) return 'raw';
  return quiet ? `${raw.id}: {{.${id}}}` : raw.template;
}
