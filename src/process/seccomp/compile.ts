/**
 * Compile an OCI `linux.seccomp` object to a classic BPF filter: the ABI is looked at first, then a binary search finds
 * the range of numbers with one decision, then the arguments are compared where the decision depends on them.
 */
import { filterFlags, profileError, RET_KILL_PROCESS } from './actions.ts';
import { FilterAssembler, JMP_JEQ_K, JMP_JGE_K, JMP_JGT_K, MAX_INSTRUCTIONS, type Label } from './assembler.ts';
import { compileRules, type Condition, type Decision, type Segment } from './rules.ts';
import { ABIS, NATIVE_ABI } from './syscalls.ts';
import type { Processor, SeccompAbi, SeccompConfig, SeccompFilter } from './types.ts';

// struct seccomp_data { int nr; __u32 arch; __u64 instruction_pointer; __u64 args[6]; }, little-endian.
const NUMBER_OFFSET = 0;
const ARCH_OFFSET = 4;
const argumentOffset = (index: number): number => 16 + 8 * index;

/** Go to `ok` if the condition holds, else to `fail`. Halves are compared one after the other; 32-bit ABIs have one. */
function emitCondition(out: FilterAssembler, condition: Condition, bits: number, ok: Label, fail: Label): Label {
  const low = Number(BigInt.asUintN(32, condition.value));
  const high = Number(condition.value >> 32n);
  const offset = argumentOffset(condition.argument);
  const wide = bits === 64;
  const equal = (ifEqual: Label, ifNot: Label): Label => {
    const lower = out.load(offset, out.branch(JMP_JEQ_K, low, ifEqual, ifNot));
    return wide ? out.load(offset + 4, out.branch(JMP_JEQ_K, high, lower, ifNot)) : lower;
  };
  const ordered = (code: number, ifGreater: Label, ifNot: Label): Label => {
    const lower = out.load(offset, out.branch(code, low, ifGreater, ifNot));
    if (!wide) return lower;
    const same = out.branch(JMP_JEQ_K, high, lower, ifNot);
    return out.load(offset + 4, out.branch(JMP_JGT_K, high, ifGreater, same));
  };
  switch (condition.comparison) {
    case 'EQ':
      return equal(ok, fail);
    case 'NE':
      return equal(fail, ok);
    case 'GT':
      return ordered(JMP_JGT_K, ok, fail);
    case 'GE':
      return ordered(JMP_JGE_K, ok, fail);
    case 'LT':
      return ordered(JMP_JGE_K, fail, ok);
    case 'LE':
      return ordered(JMP_JGT_K, fail, ok);
    case 'MASKED_EQ': {
      const maskLow = Number(BigInt.asUintN(32, condition.mask));
      const maskHigh = Number(condition.mask >> 32n);
      const lower = out.load(offset, out.branch(JMP_JEQ_K, low, ok, fail), maskLow);
      // A mask of zero says nothing about that half (and its value is zero, too).
      return wide && maskHigh !== 0 ? out.load(offset + 4, out.branch(JMP_JEQ_K, high, lower, fail), maskHigh) : lower;
    }
  }
}

function emitDecision(out: FilterAssembler, decision: Decision, bits: number): Label {
  let next = out.return(decision.otherwise);
  for (const { conditions, value } of decision.alternatives.toReversed()) {
    let label = out.return(value);
    for (const condition of conditions.toReversed()) label = emitCondition(out, condition, bits, label, next);
    next = label;
  }
  return next;
}

/** Binary search for the segment of the number in the accumulator; `from` to `to` (exclusive) are left. */
function emitSearch(out: FilterAssembler, segments: readonly Segment[], from: number, to: number, bits: number): Label {
  if (to - from === 1) return emitDecision(out, (segments[from] as Segment).decision, bits);
  const middle = (from + to) >> 1;
  const above = emitSearch(out, segments, middle, to, bits);
  const below = emitSearch(out, segments, from, middle, bits);
  return out.branch(JMP_JGE_K, (segments[middle] as Segment).start, above, below);
}

/** The ABIs of a config that this processor can run, its own first; libseccomp adds that one, too. */
function selectAbis(config: SeccompConfig, processor: Processor): SeccompAbi[] {
  const native = NATIVE_ABI[processor];
  const selected = new Set<SeccompAbi>([native]);
  for (const [index, name] of (config.architectures ?? []).entries()) {
    if (!/^SCMP_ARCH_[A-Z0-9_]+$/.test(name)) throw profileError(`architectures[${index}]`, `unknown architecture ${JSON.stringify(name)}`);
    if (Object.hasOwn(ABIS, name) && ABIS[name as SeccompAbi].processor === processor) selected.add(name as SeccompAbi);
  }
  return [...selected];
}

/**
 * The filter of `linux.seccomp` for a host of this processor. A foreign ABI kills the process.
 * @throws TsrunError INVALID_ARGUMENT (naming the field) where the object can't be right or the filter would exceed the
 *   kernel's 4096 instructions, UNSUPPORTED for SCMP_ACT_NOTIFY.
 */
export function compileSeccomp(config: SeccompConfig, processor: Processor): SeccompFilter {
  const flags = filterFlags(config);
  const abis = selectAbis(config, processor);
  const out = new FilterAssembler();
  let dispatch = out.return(RET_KILL_PROCESS);
  const sections: [audit: number, entry: Label][] = [];
  // The last written is the nearest to the beginning: the native ABI comes first when it runs.
  for (const [audit, segments] of [...compileRules(config, abis)].toReversed()) {
    const bits = audit === ABIS.SCMP_ARCH_X86.audit || audit === ABIS.SCMP_ARCH_ARM.audit ? 32 : 64;
    sections.push([audit, out.load(NUMBER_OFFSET, emitSearch(out, segments, 0, segments.length, bits))]);
  }
  for (const [audit, entry] of sections) dispatch = out.branch(JMP_JEQ_K, audit, entry, dispatch);
  const entry = out.load(ARCH_OFFSET, dispatch);
  if (out.length > MAX_INSTRUCTIONS) {
    throw profileError('syscalls', `compiled to ${out.length} instructions, the kernel takes ${MAX_INSTRUCTIONS}`);
  }
  return { filter: out.finish(entry), flags };
}
