/**
 * Docker's profile files (`--security-opt seccomp=FILE`): an OCI `linux.seccomp` object whose rules may depend on
 * capabilities, architectures and the kernel. Their format is moby's `profiles/seccomp` types; plain OCI objects are
 * accepted as they are.
 */
import { profileError, returnValue } from './actions.ts';
import { hasCapability, kernelAtLeast, type Circumstances } from './circumstances.ts';
import { NATIVE_ABI } from './syscalls.ts';
import type { SeccompArgument, SeccompConfig, SeccompRule } from './types.ts';

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

/** Readers of one field each; null is like a missing one, as in Go. */
function readText(from: Json, key: string, where: string): string | undefined {
  const value = from[key] ?? undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw profileError(where + key, `expected a string, not ${typeName(value)}`);
}

function readInteger(from: Json, key: string, where: string): number | bigint | undefined {
  const value = from[key] ?? undefined;
  if (value === undefined || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw profileError(where + key, `expected an unsigned integer, not ${typeof value === 'number' ? value : typeName(value)}`);
}

function readSmall(from: Json, key: string, where: string): number | undefined {
  const value = readInteger(from, key, where);
  return value === undefined ? undefined : Number(value);
}

function readList(from: Json, key: string, where: string): readonly unknown[] {
  const value = from[key] ?? [];
  if (Array.isArray(value)) return value;
  throw profileError(where + key, `expected an array, not ${typeName(value)}`);
}

function readTexts(from: Json, key: string, where: string): string[] {
  return readList(from, key, where).map((value, index) => {
    if (typeof value === 'string') return value;
    throw profileError(`${where}${key}[${index}]`, `expected a string, not ${typeName(value)}`);
  });
}

function readObject(value: unknown, where: string): Json {
  if (isObject(value)) return value;
  throw profileError(where, `expected an object, not ${typeName(value)}`);
}

/** JSON whose integers beyond 2^53 stay exact, as bigints: masks of 64 bits are written that way. */
function parseExact(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? 0) : value;
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    throw profileError('JSON', error instanceof Error ? error.message : String(error));
  }
}

/** `includes` and `excludes`. An `includes` asks that everything holds, an `excludes` that nothing does. */
function applies(rule: Json, where: string, circumstances: Circumstances): boolean {
  const { kernel, processor } = circumstances;
  for (const [key, isExclude] of [
    ['excludes', true],
    ['includes', false],
  ] as const) {
    if ((rule[key] ?? undefined) === undefined) continue;
    const filter = readObject(rule[key], where + key);
    const inside = `${where}${key}.`;
    const arches = readTexts(filter, 'arches', inside);
    const capabilities = readTexts(filter, 'caps', inside);
    const minimum = readText(filter, 'minKernel', inside);
    const version = minimum === undefined ? undefined : /^(\d+)\.(\d+)$/.exec(minimum);
    if (version === null) throw profileError(`${inside}minKernel`, `${JSON.stringify(minimum)} is not VERSION.NUMBER`);
    const newEnough = version !== undefined && kernelAtLeast(kernel, Number(version[1]), Number(version[2]));
    const has = (name: string): boolean => hasCapability(circumstances, name);
    if (isExclude) {
      if (arches.includes(processor) || capabilities.some(has) || newEnough) return false;
    } else {
      if (arches.length > 0 && !arches.includes(processor)) return false;
      if (!capabilities.every(has) || (version !== undefined && !newEnough)) return false;
    }
  }
  return true;
}

function readArgument(value: unknown, where: string): SeccompArgument {
  const argument = readObject(value, where);
  const op = readText(argument, 'op', `${where}.`);
  const index = readSmall(argument, 'index', `${where}.`);
  if (op === undefined || index === undefined) throw profileError(where, 'index and op are required');
  const valueTwo = readInteger(argument, 'valueTwo', `${where}.`);
  return { index, op, value: readInteger(argument, 'value', `${where}.`) ?? 0, ...(valueTwo === undefined ? {} : { valueTwo }) };
}

function readRule(rule: Json, where: string): SeccompRule {
  const name = readText(rule, 'name', where);
  const names = readTexts(rule, 'names', where);
  if (name !== undefined && name !== '') {
    if (names.length > 0)
      throw profileError(`${where}name`, "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
    names.push(name);
  }
  const action = readText(rule, 'action', where);
  if (action === undefined) throw profileError(`${where}action`, 'is required');
  const errnoRet = readSmall(rule, 'errnoRet', where);
  returnValue(action, errnoRet, `${where}action`);
  const args = readList(rule, 'args', where).map((value, index) => readArgument(value, `${where}args[${index}]`));
  return { names, action, ...(errnoRet === undefined ? {} : { errnoRet }), ...(args.length === 0 ? {} : { args }) };
}

/** `architectures` as written, or what `archMap` says for this processor. */
function readArchitectures(profile: Json, circumstances: Circumstances): string[] {
  const listed = readTexts(profile, 'architectures', '');
  const map = readList(profile, 'archMap', '');
  if (listed.length > 0 && map.length > 0) {
    throw profileError(
      'archMap',
      "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'",
    );
  }
  for (const [index, value] of map.entries()) {
    const where = `archMap[${index}]`;
    const entry = readObject(value, where);
    if (readText(entry, 'architecture', `${where}.`) !== NATIVE_ABI[circumstances.processor]) continue;
    return [NATIVE_ABI[circumstances.processor], ...readTexts(entry, 'subArchitectures', `${where}.`)];
  }
  return listed;
}

/**
 * A profile file's rules as they are for one container.
 * @param profile the file's text, or what JSON.parse made of it.
 * @throws TsrunError INVALID_ARGUMENT naming the field; UNSUPPORTED for SCMP_ACT_NOTIFY.
 */
export function resolveProfile(profile: unknown, circumstances: Circumstances): SeccompConfig {
  const from = readObject(typeof profile === 'string' ? parseExact(profile) : profile, 'profile');
  const defaultAction = readText(from, 'defaultAction', '');
  if (defaultAction === undefined) throw profileError('defaultAction', 'is required');
  const defaultErrnoRet = readSmall(from, 'defaultErrnoRet', '');
  returnValue(defaultAction, defaultErrnoRet, 'defaultAction');
  const flags = readTexts(from, 'flags', '');
  const architectures = readArchitectures(from, circumstances);
  const syscalls: SeccompRule[] = [];
  for (const [index, value] of readList(from, 'syscalls', '').entries()) {
    const rule = readObject(value, `syscalls[${index}]`);
    const where = `syscalls[${index}].`;
    const read = readRule(rule, where);
    if (applies(rule, where, circumstances)) syscalls.push(read);
  }
  return {
    defaultAction,
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    ...(architectures.length === 0 ? {} : { architectures }),
    ...((from['flags'] ?? undefined) === undefined ? {} : { flags }),
    syscalls,
  };
}
