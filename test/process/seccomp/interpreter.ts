/** Two judges of a system call: one runs the compiled filter as the kernel would, the other reads the rules. */
import { ABIS, MULTIPLEXED, syscallNumbers, X32_BIT } from '../../../src/process/seccomp/syscalls.ts';
import type { SeccompAbi, SeccompArgument, SeccompConfig, SeccompRule } from '../../../src/process/seccomp/types.ts';

/** struct seccomp_data. */
export interface Call {
  number: number;
  audit: number;
  args: readonly bigint[];
}

export const NO_ARGS: readonly bigint[] = [0n, 0n, 0n, 0n, 0n, 0n];

/** Check a filter as the kernel's bpf_check_classic and seccomp_check_filter do; throws for what it would refuse. */
export function checkFilter(filter: Uint8Array): void {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const count = filter.length / 8;
  if (!Number.isInteger(count) || count === 0 || count > 4096) throw new Error(`${count} instructions`);
  for (let at = 0; at < count; at++) {
    const code = view.getUint16(8 * at, true);
    const [jt, jf, k] = [view.getUint8(8 * at + 2), view.getUint8(8 * at + 3), view.getUint32(8 * at + 4, true)];
    if ((code & 7) === 5) {
      if (code === 0x05 ? at + 1 + k >= count : at + 1 + Math.max(jt, jf) >= count) throw new Error(`${at}: jump out of the program`);
    } else if (code === 0x20) {
      if (k % 4 !== 0 || k >= 64) throw new Error(`${at}: load at ${k}`);
    } else if (code !== 0x06 && code !== 0x54) throw new Error(`${at}: code ${code}`);
  }
  if (view.getUint16(8 * (count - 1), true) !== 0x06) throw new Error('does not end with a return');
}

/** Run a filter: its return value, and how many instructions that took. */
export function runFilter(filter: Uint8Array, { number, audit, args }: Call): { value: number; steps: number } {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, number, true);
  data.setUint32(4, audit, true);
  args.forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true));
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  let accumulator = 0;
  let steps = 0;
  for (let at = 0; ; at++) {
    steps++;
    const jt = view.getUint8(8 * at + 2);
    const jf = view.getUint8(8 * at + 3);
    const k = view.getUint32(8 * at + 4, true);
    switch (view.getUint16(8 * at, true)) {
      case 0x20:
        accumulator = data.getUint32(k, true);
        break;
      case 0x54:
        accumulator = (accumulator & k) >>> 0;
        break;
      case 0x05:
        at += k;
        break;
      case 0x15:
        at += accumulator === k ? jt : jf;
        break;
      case 0x25:
        at += accumulator > k ? jt : jf;
        break;
      case 0x35:
        at += accumulator >= k ? jt : jf;
        break;
      case 0x06:
        return { value: k, steps };
      default:
        throw new Error(`unknown instruction at ${at}`);
    }
  }
}

const VALUES: Record<string, number> = {
  SCMP_ACT_KILL: 0,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

const actionValue = (action: string, errno: number | undefined): number =>
  (VALUES[action] ?? NaN) + (action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? (errno ?? 1) : 0);

function holds(argument: SeccompArgument, args: readonly bigint[], bits: number): boolean {
  const actual = BigInt.asUintN(bits, args[argument.index] ?? 0n);
  const value = BigInt.asUintN(bits, BigInt(argument.value));
  const second = BigInt.asUintN(bits, BigInt(argument.valueTwo ?? 0));
  switch (argument.op) {
    case 'SCMP_CMP_EQ':
      return actual === value;
    case 'SCMP_CMP_NE':
      return actual !== value;
    case 'SCMP_CMP_LT':
      return actual < value;
    case 'SCMP_CMP_LE':
      return actual <= value;
    case 'SCMP_CMP_GT':
      return actual > value;
    case 'SCMP_CMP_GE':
      return actual >= value;
    default:
      return (actual & value) === (second & value);
  }
}

function ruleHolds(rule: SeccompRule, args: readonly bigint[], bits: number): boolean {
  const conditions = rule.args ?? [];
  const repeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  const test = (argument: SeccompArgument): boolean => holds(argument, args, bits);
  return repeated ? conditions.some(test) : conditions.every(test);
}

/** Which ABI a call is made in, as the kernel's numbers tell. */
function abiOf({ number, audit }: Call): SeccompAbi | undefined {
  if (audit === ABIS.SCMP_ARCH_X86_64.audit) return number >= X32_BIT ? 'SCMP_ARCH_X32' : 'SCMP_ARCH_X86_64';
  return (Object.keys(ABIS) as SeccompAbi[]).find((abi) => ABIS[abi].audit === audit);
}

/** What the rules say about a call, read rule by rule. */
export function judge(config: SeccompConfig, abis: readonly SeccompAbi[], call: Call): number {
  const abi = abiOf(call);
  const otherwise = actionValue(config.defaultAction, config.defaultErrnoRet);
  if (abi === 'SCMP_ARCH_X32' && !abis.includes(abi) && call.number === 0xffffffff) return otherwise;
  if (abi === undefined || !abis.includes(abi)) return 0x80000000;
  const numbers = syscallNumbers(abi);
  const bits = ABIS[abi].bits;
  const permissive = ['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'];
  let last = -1;
  let first: number | undefined;
  for (const rule of config.syscalls ?? []) {
    for (const name of rule.names) {
      const number = numbers.get(name);
      if (number !== undefined && (number < 0xf0000 || number >= X32_BIT)) last = Math.max(last, number);
    }
  }
  for (const rule of config.syscalls ?? []) {
    const value = actionValue(rule.action, rule.errnoRet);
    if (value === otherwise) continue;
    const conditional = (rule.args ?? []).length > 0;
    for (const name of rule.names) {
      if (numbers.get(name) === call.number) {
        if (!conditional) return value;
        if (first === undefined && ruleHolds(rule, call.args, bits)) first = value;
      }
      if (abi !== 'SCMP_ARCH_X86' || (conditional && permissive.includes(rule.action))) continue;
      for (const [outer, inner] of Object.entries(MULTIPLEXED)) {
        if (numbers.get(outer) === call.number && BigInt(inner[name] ?? -1) === BigInt.asUintN(32, call.args[0] ?? 0n)) first ??= value;
      }
    }
  }
  if (first !== undefined) return first;
  const isNewer = last >= 0 && call.number > last && !(abi === 'SCMP_ARCH_ARM' && call.number >= 0xf0000);
  return isNewer && !permissive.includes(config.defaultAction) ? 0x50026 : otherwise;
}

/** Every number worth asking about in an ABI: all that have names, their neighbours, and the edges. */
export function interestingNumbers(abi: SeccompAbi): number[] {
  const numbers = new Set<number>();
  for (const number of syscallNumbers(abi).values()) for (const near of [number - 1, number, number + 1]) numbers.add(near >>> 0);
  for (const edge of [0, 1023, 0xeffff, 0xf0000, X32_BIT - 1, X32_BIT, X32_BIT + 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff])
    numbers.add(edge);
  return [...numbers];
}
