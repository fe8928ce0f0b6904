/**
 * From the rules of a profile to what is decided for each number of an ABI: ranges of numbers with one decision. What
 * wins is what wins in runc with libseccomp:
 *
 * - a rule whose action is the default's says nothing;
 * - a rule without conditions wins over those with conditions, and the first of its kind over later ones;
 * - rules with conditions are alternatives, the first that matches wins; otherwise the default;
 * - conditions of one rule must all hold, unless two of them look at the same argument: then each is a rule of its own;
 * - names that an ABI doesn't have are passed over;
 * - numbers beyond the last that the profile names get ENOSYS unless the default allows, so that programs fall back.
 */
import { profileError, returnValue, isPermissive, RET_ENOSYS, RET_KILL_PROCESS } from './actions.ts';
import { ABIS, ARM_PRIVATE, MULTIPLEXED, syscallNumbers, X32_BIT } from './syscalls.ts';
import type { SeccompAbi, SeccompArgument, SeccompConfig, SeccompRule } from './types.ts';

type Comparison = 'EQ' | 'NE' | 'LT' | 'LE' | 'GT' | 'GE' | 'MASKED_EQ';

/** A comparison with all 64 bits known. `mask` is meant for MASKED_EQ. */
export interface Condition {
  argument: number;
  comparison: Comparison;
  value: bigint;
  mask: bigint;
}

/** All of `conditions` hold: return `value` to the kernel. */
interface Alternative {
  conditions: readonly Condition[];
  value: number;
}

/** What is decided for a call: the first alternative that matches, else `otherwise`. */
export interface Decision {
  alternatives: readonly Alternative[];
  otherwise: number;
}

/** From `start` to the next segment's start, the same decision. The first starts at 0. */
export interface Segment {
  start: number;
  decision: Decision;
}

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  SCMP_CMP_EQ: 'EQ',
  SCMP_CMP_NE: 'NE',
  SCMP_CMP_LT: 'LT',
  SCMP_CMP_LE: 'LE',
  SCMP_CMP_GT: 'GT',
  SCMP_CMP_GE: 'GE',
  SCMP_CMP_MASKED_EQ: 'MASKED_EQ',
};

function toUnsigned(value: number | bigint | undefined, bits: number, field: string): bigint {
  if (value === undefined) return 0n;
  if (typeof value === 'number' && !Number.isInteger(value)) throw profileError(field, `${value} is not an integer`);
  if (value < 0 || value > 2 ** 64) throw profileError(field, `${value} is not a number of 64 bits without sign`);
  // 2^64 is what a plain JSON parser makes of 2^64-1.
  const exact = BigInt(value) === 1n << 64n ? (1n << 64n) - 1n : BigInt(value);
  return BigInt.asUintN(bits, exact);
}

function toCondition(argument: SeccompArgument, bits: number, field: string): Condition {
  const comparison = Object.hasOwn(COMPARISONS, argument.op) ? COMPARISONS[argument.op] : undefined;
  if (comparison === undefined) throw profileError(`${field}.op`, `unknown comparison ${JSON.stringify(argument.op)}`);
  if (!Number.isInteger(argument.index) || argument.index < 0 || argument.index > 5) {
    throw profileError(`${field}.index`, `${argument.index} is not in 0-5`);
  }
  const first = toUnsigned(argument.value, bits, `${field}.value`);
  const second = toUnsigned(argument.valueTwo, bits, `${field}.valueTwo`);
  return comparison === 'MASKED_EQ'
    ? { argument: argument.index, comparison, mask: first, value: second & first }
    : { argument: argument.index, comparison, mask: 0n, value: first };
}

/** The conditions of a rule, as alternatives of conditions that must all hold; [[]] for none. */
function toConditions(rule: SeccompRule, bits: number, field: string): Condition[][] {
  const all = (rule.args ?? []).map((argument, index) => toCondition(argument, bits, `${field}.args[${index}]`));
  const repeated = new Set(all.map((condition) => condition.argument)).size < all.length;
  return repeated ? all.map((condition) => [condition]) : [all];
}

/** Collects, in the order of the rules, what is said about each number. */
class Decisions {
  readonly byNumber = new Map<number, { alternatives: Alternative[]; always: number | undefined }>();

  add(number: number, conditions: readonly Condition[], value: number): void {
    let entry = this.byNumber.get(number);
    if (entry === undefined) {
      entry = { alternatives: [], always: undefined };
      this.byNumber.set(number, entry);
    }
    if (conditions.length === 0) entry.always ??= value;
    else entry.alternatives.push({ conditions, value });
  }
}

/** A rule about a call that i386 also has inside socketcall(2) or ipc(2), where its own arguments can't be seen. */
function addMultiplexed(decisions: Decisions, abi: SeccompAbi, name: string, conditional: boolean, value: number): void {
  if (abi !== 'SCMP_ARCH_X86') return;
  // What we can't check is not allowed, and is forbidden if some of it is.
  if (conditional && isPermissive(value)) return;
  for (const [outer, calls] of Object.entries(MULTIPLEXED)) {
    const inner = Object.hasOwn(calls, name) ? calls[name] : undefined;
    const number = syscallNumbers(abi).get(outer);
    if (inner === undefined || number === undefined) continue;
    decisions.add(number, [{ argument: 0, comparison: 'EQ', value: BigInt(inner), mask: 0n }], value);
  }
}

function sameDecision(a: Decision, b: Decision): boolean {
  return a === b || (a.otherwise === b.otherwise && a.alternatives.length === 0 && b.alternatives.length === 0);
}

/** Segments of one ABI; they cover the numbers from the ABI's first (0, or x32's bit) on. */
function abiSegments(config: SeccompConfig, abi: SeccompAbi, defaultValue: number): Segment[] {
  const numbers = syscallNumbers(abi);
  const base = abi === 'SCMP_ARCH_X32' ? X32_BIT : 0;
  const decisions = new Decisions();
  let last = -1;
  for (const [index, rule] of (config.syscalls ?? []).entries()) {
    const field = `syscalls[${index}]`;
    const value = returnValue(rule.action, rule.errnoRet, `${field}.action`);
    const alternatives = toConditions(rule, ABIS[abi].bits, field);
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number !== undefined && (base > 0 || number < ARM_PRIVATE)) last = Math.max(last, number);
      if (value === defaultValue) continue;
      addMultiplexed(decisions, abi, name, (rule.args ?? []).length > 0, value);
      if (number === undefined) continue;
      for (const conditions of alternatives) decisions.add(number, conditions, value);
    }
  }

  const otherwise: Decision = { alternatives: [], otherwise: defaultValue };
  const points = new Map<number, Decision>();
  const put = (number: number, decision: Decision): void => {
    points.set(number, decision);
  };
  if (last >= 0 && !isPermissive(defaultValue) && defaultValue !== RET_ENOSYS) {
    put(last + 1, { alternatives: [], otherwise: RET_ENOSYS });
    if (abi === 'SCMP_ARCH_ARM') put(ARM_PRIVATE, otherwise);
  }
  for (const [number, { alternatives, always }] of decisions.byNumber) {
    put(number, always === undefined ? { alternatives, otherwise: defaultValue } : { alternatives: [], otherwise: always });
    if (!points.has(number + 1) && !decisions.byNumber.has(number + 1)) put(number + 1, otherwise);
  }
  if (!points.has(base)) put(base, otherwise);

  const segments: Segment[] = [];
  for (const [start, decision] of [...points].toSorted(([a], [b]) => a - b)) {
    const previous = segments.at(-1);
    if (previous === undefined || !sameDecision(previous.decision, decision)) segments.push({ start, decision });
  }
  return segments;
}

/** For each AUDIT_ARCH that the filter knows, what is decided for all numbers from 0 to 2^32-1. */
export function compileRules(config: SeccompConfig, abis: readonly SeccompAbi[]): Map<number, Segment[]> {
  const defaultValue = returnValue(config.defaultAction, config.defaultErrnoRet, 'defaultAction');
  const byAudit = new Map<number, Segment[]>();
  for (const abi of abis) {
    if (abi === 'SCMP_ARCH_X32') continue;
    const segments = abiSegments(config, abi, defaultValue);
    if (abi === 'SCMP_ARCH_X86_64') {
      if (abis.includes('SCMP_ARCH_X32')) segments.push(...abiSegments(config, 'SCMP_ARCH_X32', defaultValue));
      else {
        // x32 is a foreign ABI then. -1 is what a tracer writes to skip a call: no number at all.
        segments.push({ start: X32_BIT, decision: { alternatives: [], otherwise: RET_KILL_PROCESS } });
        segments.push({ start: 0xffffffff, decision: { alternatives: [], otherwise: defaultValue } });
      }
    }
    byAudit.set(ABIS[abi].audit, segments);
  }
  return byAudit;
}
