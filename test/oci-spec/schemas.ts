/** The specifications' own JSON schemas, where this machine has them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';

const DATA = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** A folder of schemas, e.g. `runtime-spec`; undefined where it is missing. */
export function specFolder(name: string): string | undefined {
  const folder = `${DATA}${name}/`;
  return existsSync(folder) ? folder : undefined;
}

/** A file's JSON. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8')) as unknown;
}

/** What the schema `file` of `folder` finds wrong with a value, as lines; none where it is valid. */
export function schemaChecker(folder: string, file: string): (value: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.json')) ajv.addSchema(withoutDraft4(readJson(folder + name)) as object, name);
  }
  const validate = ajv.getSchema(file);
  if (validate === undefined) throw new Error(`no schema ${file} in ${folder}`);
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map((each) => `${each.instancePath} ${each.message ?? ''}`));
}

/** The schemas are of draft 4, which ajv does not know: its `$schema` and `id` go, and files refer to each other by name. */
function withoutDraft4(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDraft4);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key, each]) => !((key === '$schema' || key === 'id') && typeof each === 'string'));
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutDraft4(each)]));
}
