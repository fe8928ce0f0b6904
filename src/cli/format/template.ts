/**
 * The part of Go's templates that `--format` knows for now: text, `{{.A.B}}`, `{{json .A}}`. Anything else is refused
 * by name, so that nobody is given something else than asked for.
 */
import { TsrunError } from '../../model/errors.ts';

/**
 * Fill in a template.
 * @throws TsrunError INVALID_ARGUMENT for a field that isn't there; UNSUPPORTED for what isn't known here
 */
export function fillTemplate(template: string, data: unknown): string {
  return template
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (whole, inner: string) => fillAction(whole, inner, data));
}

function fillAction(whole: string, inner: string, data: unknown): string {
  const match = /^(json\s+)?(\.|(?:\.[A-Za-z_]\w*)+)$/.exec(inner);
  const [, json, path = ''] = match ?? [];
  if (match === null || whole.includes('{{-') || whole.includes('-}}')) {
    throw new TsrunError('UNSUPPORTED', `the template action ${whole} is not supported yet`, {
      hint: 'what is: {{.Field.Field}} and {{json .Field}}',
    });
  }
  const value = field(path, data);
  return json === undefined ? goText(value) : JSON.stringify(value);
}

function field(path: string, data: unknown): unknown {
  let value = data;
  for (const name of path.split('.').filter(Boolean)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) {
      throw new TsrunError(
        'INVALID_ARGUMENT',
        `template parsing error: template: :1: executing "" at <${path}>: map has no entry for key ${JSON.stringify(name)}`,
      );
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** As Go prints it: lists in brackets, maps sorted by key. */
function goText(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map((each) => goText(each)).join(' ')}]`;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `map[${entries.map(([name, each]) => `${name}:${goText(each)}`).join(' ')}]`;
}
