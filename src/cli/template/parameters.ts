/** Whether values fit what a function takes. */
import type { Parameter } from './functions.ts';
import { GoNil, isList, typeOf, type GoValue } from './values.ts';

/** What errors say that each takes. */
export const EXPECTED: Record<Parameter, string> = { any: 'interface {}', string: 'string', int: 'integer', '[]string': '[]string' };

/** @param isUntyped of JSON without types: a list of texts is no list of strings there */
export function isOf(value: GoValue, parameter: Parameter, isUntyped: boolean): boolean {
  if (parameter === 'any') return true;
  if (parameter === 'string') return typeof value === 'string';
  if (parameter === 'int') return typeof value === 'number';
  if (value instanceof GoNil) return value.kind === 'list';
  return isList(value) && !isUntyped && value.every((each) => typeof each === 'string');
}

/** As `typeOf`; of JSON without types, as Go reads it. */
export function nameOfType(value: GoValue, isUntyped: boolean): string {
  if (!isUntyped) return typeOf(value);
  return typeof value === 'number' ? 'json.Number' : isList(value) ? '[]interface {}' : typeOf(value);
}
