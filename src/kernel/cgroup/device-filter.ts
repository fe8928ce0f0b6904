/**
 * Device rules as an eBPF program of type cgroup-device, for v2. The program gets struct bpf_cgroup_dev_ctx
 * { __u32 access_type; __u32 major; __u32 minor; }, access_type being (access << 16 | type), and returns 1 to allow.
 * Rules are asked from the last to the first, so that a later one wins, as in v1: an allowing rule decides if it covers
 * all of the access, a denying one if it touches any of it. Without a match a device is allowed, as in a fresh v1 cgroup;
 * Docker's list begins with a rule that denies all.
 */
import { TsrunError } from '../../model/errors.ts';
import type { LinuxDeviceCgroup } from '../../oci-spec/resources.ts';

// BPF_DEVCG_* of <linux/bpf.h>.
const DEVICE_TYPES: Readonly<Record<string, number>> = { b: 1, c: 2 };
const ACCESSES: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;

// Opcodes of the eBPF instruction set (RFC 9669) that are used here.
const LDX_W = 0x61; // dst = *(u32 *)(src + offset)
const MOV32_REG = 0xbc; // dst = (u32)src
const MOV64_IMM = 0xb7;
const AND32_IMM = 0x54;
const RSH32_IMM = 0x74;
const JNE32_IMM = 0x56;
const JEQ32_IMM = 0x16;
const EXIT = 0x95;

// Registers: r1 is the context; the rest are ours.
const [R0, R1, TYPE, ACCESS, MAJOR, MINOR, SCRATCH] = [0, 1, 2, 3, 4, 5, 6];

interface Instruction {
  code: number;
  destination: number;
  source: number;
  offset: number;
  immediate: number;
}

const make = (code: number, destination: number, immediate = 0, offset = 0, source = 0): Instruction => ({
  code,
  destination,
  source,
  offset,
  immediate,
});

const verdict = (allow: boolean): Instruction[] => [make(MOV64_IMM, R0, allow ? 1 : 0), make(EXIT, 0)];

function accessBits(access: string | undefined): number {
  let bits = 0;
  for (const letter of access ?? '') {
    const bit = ACCESSES[letter];
    if (bit === undefined) throw new TsrunError('INVALID_ARGUMENT', `device rule: access ${JSON.stringify(access)} is not of r, w and m`);
    bits |= bit;
  }
  return bits === 0 ? ALL_ACCESS : bits;
}

/** The checks of a rule, each jumping past the rule where it fails, and its verdict. */
function ruleInstructions({ allow, type = 'a', major = -1, minor = -1, access }: LinuxDeviceCgroup): Instruction[] {
  const checks: Instruction[] = [];
  const typeNumber = DEVICE_TYPES[type];
  if (typeNumber !== undefined) checks.push(make(JNE32_IMM, TYPE, typeNumber));
  else if (type !== 'a' && type !== '')
    throw new TsrunError('INVALID_ARGUMENT', `device rule: type ${JSON.stringify(type)} is not a, b or c`);
  const bits = accessBits(access);
  if (bits !== ALL_ACCESS) {
    checks.push(make(MOV32_REG, SCRATCH, 0, 0, ACCESS));
    if (allow) {
      // Nothing may be left beside what the rule allows.
      checks.push(make(AND32_IMM, SCRATCH, ALL_ACCESS & ~bits), make(JNE32_IMM, SCRATCH, 0));
    } else {
      checks.push(make(AND32_IMM, SCRATCH, bits), make(JEQ32_IMM, SCRATCH, 0));
    }
  }
  if (major >= 0) checks.push(make(JNE32_IMM, MAJOR, major));
  if (minor >= 0) checks.push(make(JNE32_IMM, MINOR, minor));
  const all = [...checks, ...verdict(allow)];
  const isJump = ({ code }: Instruction): boolean => code === JNE32_IMM || code === JEQ32_IMM;
  return all.map((instruction, index) => (isJump(instruction) ? { ...instruction, offset: all.length - index - 1 } : instruction));
}

/**
 * The program for a list of rules: struct bpf_insn, 8 bytes each, little-endian.
 * @throws TsrunError INVALID_ARGUMENT for a type or access that is none.
 */
export function compileDeviceFilter(rules: readonly LinuxDeviceCgroup[]): Uint8Array {
  const program: Instruction[] = [
    make(LDX_W, TYPE, 0, 0, R1),
    make(MOV32_REG, ACCESS, 0, 0, TYPE),
    make(AND32_IMM, TYPE, 0xffff),
    make(RSH32_IMM, ACCESS, 16),
    make(LDX_W, MAJOR, 0, 4, R1),
    make(LDX_W, MINOR, 0, 8, R1),
  ];
  // What comes before a rule about everything can't matter: the verifier refuses code that is never reached.
  const decisive = rules.findLastIndex(isAboutAll);
  for (const rule of rules.slice(Math.max(0, decisive)).toReversed()) program.push(...ruleInstructions(rule));
  if (decisive === -1) program.push(...verdict(true));

  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { code, destination, source, offset, immediate }] of program.entries()) {
    view.setUint8(8 * index, code);
    view.setUint8(8 * index + 1, (source << 4) | destination);
    view.setInt16(8 * index + 2, offset, true);
    view.setInt32(8 * index + 4, immediate | 0, true);
  }
  return bytes;
}

function isAboutAll({ type = 'a', major = -1, minor = -1, access }: LinuxDeviceCgroup): boolean {
  return (type === 'a' || type === '') && major < 0 && minor < 0 && accessBits(access) === ALL_ACCESS;
}
