/** `--format` of a list: a template filled for each thing, as a table where it begins with `table`. */
import { TsrunError } from '../../model/errors.ts';
import type { Listing } from '../format/listing.ts';
import { alignTabs } from '../format/table.ts';
import { evaluate } from './evaluator.ts';
import { functions, type GoFunction } from './functions.ts';
import type { TemplateNode } from './nodes.ts';
import { parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { GoStruct, type GoValue } from './values.ts';

const TABLE = 'table';

/**
 * The text of a list. Source of the rules: docker/cli, formatter.go.
 * @throws TsrunError INVALID_ARGUMENT when the template can't be parsed or filled in
 */
export function fillList<Item>(listing: Listing<Item>, items: readonly Item[], format: string): string {
  const isTable = format.startsWith(TABLE);
  const text = format === 'json' ? '{{json .}}' : preparedText(isTable ? format.slice(TABLE.length) : format);
  const complaints = listing.complaints ?? { parse: 'template parsing error', execute: 'template parsing error' };
  const nodes = complainAs(complaints.parse, () => parseTemplate(text));
  const rows = complainAs(complaints.execute, () => items.map((item) => `${evaluate(text, nodes, listedValue(listing, item))}\n`));
  // With words of its own Docker tries the template before there is anything to show.
  if (listing.complaints !== undefined) complainAs(complaints.execute, () => headerText(listing, text, nodes));
  return isTable ? alignTabs(`${headerText(listing, text, nodes)}\n${rows.join('')}`) : rows.join('');
}

/** Without blanks at its ends, and with `\t` and `\n` for what they stand for. */
function preparedText(format: string): string {
  return format
    .replace(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
}

function complainAs<Result>(words: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new TsrunError('INVALID_ARGUMENT', `${words}: ${error.message}`, { exitCode: 1, cause: error });
  }
}

/** A thing of a list as a template sees it. */
export function listedValue<Item>({ type, columns, labels }: Listing<Item>, item: Item): GoValue {
  const fields = Object.keys(columns).toSorted();
  return new GoStruct(type, new Map(fields.map((name) => [name, () => columns[name]?.text(item) ?? ''])), {
    methods: labels === undefined ? {} : { Label: (name) => (Object.hasOwn(labels(item), name) ? (labels(item)[name] ?? '') : '') },
    marshals: true,
  });
}

/** In a header the words stay as they are. */
const unchanged = (name: string): GoFunction => ({ parameters: functions[name]?.parameters ?? [], call: ([word = null]) => word });
const HEADER_FUNCTIONS = Object.fromEntries(['json', 'title', 'lower', 'upper', 'truncate'].map((name) => [name, unchanged(name)]));

function headerText<Item>({ type, columns, labels }: Listing<Item>, text: string, nodes: readonly TemplateNode[]): string {
  const titles = new Map(Object.entries(columns).map(([name, { title }]): [string, () => GoValue] => [name, () => title]));
  const methods = labels === undefined ? {} : { Label: (name: string) => (name.split('.').at(-1) ?? '').replaceAll(/[-_]/g, ' ') };
  return evaluate(text, nodes, new GoStruct(type, titles, { methods }), { functions: HEADER_FUNCTIONS });
}
