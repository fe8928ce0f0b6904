/** `--mount type=bind,source=/x,target=/y,readonly`: comma-separated fields, as Docker's client reads them. */
import { resolve } from 'node:path';
import type { MountSpec } from '../../model/as-given.ts';
import { parseSize } from '../../model/size.ts';
import { cut } from '../../model/cut.ts';
import { parseBoolean } from '../flags.ts';

/**
 * The fields of one `--mount`. Whether they fit together is for the engine to say.
 * @throws Error in Docker's words
 */
export function parseMount(text: string): MountSpec {
  const spec: MountSpec = { type: 'volume', source: '', target: '', readOnly: false };
  const groups = new Set<string>();
  for (const field of splitFields(text)) {
    const [key, value] = cut(field, '=');
    const name = key.toLowerCase();
    const group = /^(bind|volume|tmpfs)-/.exec(name)?.[1];
    if (group !== undefined) groups.add(group);
    if (value === undefined) setBare(spec, name, field);
    else setField(spec, name, value, field);
  }
  if (spec.type === '') throw new Error('type is required');
  if (spec.target === '') throw new Error('target is required');
  for (const group of groups) {
    if (group !== spec.type) throw new Error(`cannot mix '${group}-*' options with mount type '${spec.type}'`);
  }
  return spec;
}

function setBare(spec: MountSpec, name: string, field: string): void {
  if (name === 'readonly' || name === 'ro') spec.readOnly = true;
  else if (name === 'volume-nocopy') spec.noCopy = true;
  else if (name === 'bind-nonrecursive') spec.below = 'unbound';
  else throw new Error(`invalid field '${field}' must be a key=value pair`);
}

function setField(spec: MountSpec, name: string, value: string, field: string): void {
  switch (name) {
    case 'type':
      spec.type = value.toLowerCase();
      return;
    case 'source':
    case 'src':
      spec.source = value === '.' || value.startsWith('./') ? resolve(value) : value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      spec.target = value;
      return;
    case 'readonly':
    case 'ro':
      spec.readOnly = parsed(name, value, parseBoolean);
      return;
    case 'consistency':
      // It says something to Docker on a Mac only; on Linux a mount is always consistent.
      spec.consistency = value.toLowerCase();
      return;
    case 'bind-propagation':
      spec.propagation = value.toLowerCase();
      return;
    case 'volume-nocopy':
      spec.noCopy = parsed(name, value, parseBoolean);
      return;
    case 'tmpfs-size':
      spec.tmpfsSize = parsed(name, value, parseSize);
      return;
    case 'tmpfs-mode':
      spec.tmpfsMode = parsed(name, value, parseOctal);
      return;
    case 'volume-driver':
      if (value !== '' && value !== 'local') throw new Error(`volume driver '${value}' is not supported: only 'local' is`);
      return;
    case 'bind-nonrecursive':
      if (parsed(name, value, parseBoolean)) spec.below = 'unbound';
      return;
    case 'bind-recursive':
      setRecursive(spec, value);
      return;
    case 'volume-label': {
      const [label, text = ''] = cut(value, '=');
      spec.labels = { ...spec.labels, [label]: text };
      return;
    }
    case 'volume-opt':
    case 'volume-subpath':
      throw new Error(`${name} is not supported yet`);
    default:
      throw new Error(`unexpected key '${name}' in '${field}'`);
  }
}

const RECURSIVE: Record<string, MountSpec['below']> = {
  enabled: undefined,
  disabled: 'unbound',
  writable: 'writable',
  readonly: 'readonly',
};

function setRecursive(spec: MountSpec, value: string): void {
  if (!Object.hasOwn(RECURSIVE, value)) {
    throw new Error(`invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`);
  }
  const below = RECURSIVE[value];
  if (below === undefined) delete spec.below;
  else spec.below = below;
}

function parsed<Value>(name: string, value: string, parse: (text: string) => Value): Value {
  try {
    return parse(value);
  } catch {
    throw new Error(`invalid value for ${name}: ${value}`);
  }
}

function parseOctal(text: string): number {
  if (!/^[0-7]{1,7}$/.test(text)) throw new Error('not octal');
  return Number.parseInt(text, 8);
}

/** One line of comma-separated values: a field in double quotes may hold commas, and quotes doubled. @throws Error in Go's words (encoding/csv) */
export function splitFields(text: string): string[] {
  if (text === '') throw new Error('EOF');
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const match = rest.startsWith('"') ? /^"((?:[^"]|"")*)"(,|$)/.exec(rest) : /^([^",]*)(,|$)/.exec(rest);
    if (match === null) throw new Error(`parse error on line 1, column ${text.length - rest.length + 1}: bare " in non-quoted-field`);
    fields.push((match[1] ?? '').replaceAll('""', '"'));
    if (match[2] === '') return fields;
    rest = rest.slice(match[0].length);
  }
}
