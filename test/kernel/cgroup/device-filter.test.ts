import test from 'ava';
import fc from 'fast-check';
import { compileDeviceFilter } from '../../../src/kernel/cgroup/index.ts';
import type { LinuxDeviceCgroup } from '../../../src/oci-spec/resources.ts';

interface Request {
  type: 'b' | 'c';
  major: number;
  minor: number;
  access: string;
}

const ACCESSES: Record<string, number> = { m: 1, r: 2, w: 4 };
const bitsOf = (access: string): number => access.split('').reduce((bits, letter) => bits | (ACCESSES[letter] ?? 0), 0);

/** Run the program as the kernel would; throws for what its verifier would refuse. */
function run(program: Uint8Array, { type, major, minor, access }: Request): boolean {
  const view = new DataView(program.buffer);
  const context = [(bitsOf(access) << 16) | (type === 'c' ? 2 : 1), major, minor];
  const registers: (number | undefined)[] = Array.from({ length: 11 });
  const read = (register: number): number => {
    const value = registers[register];
    if (value === undefined) throw new Error(`r${register} is read before it is written`);
    return value;
  };
  for (let at = 0; at < program.length / 8; at++) {
    const [code, both] = [view.getUint8(8 * at), view.getUint8(8 * at + 1)];
    const [destination, source] = [both & 15, both >> 4];
    const [offset, immediate] = [view.getInt16(8 * at + 2, true), view.getInt32(8 * at + 4, true)];
    if (code === 0x61) {
      if (source !== 1 || offset % 4 !== 0 || offset > 8) throw new Error('load from elsewhere');
      registers[destination] = context[offset / 4] as number;
    } else if (code === 0xbc) registers[destination] = read(source);
    else if (code === 0xb7) registers[destination] = immediate;
    else if (code === 0x54) registers[destination] = (read(destination) & immediate) >>> 0;
    else if (code === 0x74) registers[destination] = read(destination) >>> immediate;
    else if (code === 0x56) at += read(destination) === immediate >>> 0 ? 0 : offset;
    else if (code === 0x16) at += read(destination) === immediate >>> 0 ? offset : 0;
    else if (code === 0x95) return read(0) === 1;
    else throw new Error(`unknown instruction ${code}`);
  }
  throw new Error('ran over the end');
}

/** The same, from the rules. */
function judge(rules: readonly LinuxDeviceCgroup[], { type, major, minor, access }: Request): boolean {
  const asked = bitsOf(access);
  for (const rule of rules.toReversed()) {
    if (rule.type !== undefined && rule.type !== 'a' && rule.type !== '' && rule.type !== type) continue;
    if ((rule.major ?? -1) >= 0 && rule.major !== major) continue;
    if ((rule.minor ?? -1) >= 0 && rule.minor !== minor) continue;
    const covered = bitsOf(rule.access ?? '') || 7;
    if (rule.allow ? (asked & ~covered) === 0 : (asked & covered) !== 0) return rule.allow;
  }
  return true;
}

const DOCKER: LinuxDeviceCgroup[] = [
  { allow: false, access: 'rwm' },
  { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  { allow: true, type: 'c', major: 136, access: 'rwm' },
];

test("Docker's rules: null may be used, disks not, nodes may be made", (t) => {
  const program = compileDeviceFilter(DOCKER);
  t.true(run(program, { type: 'c', major: 1, minor: 3, access: 'rw' }));
  t.true(run(program, { type: 'c', major: 136, minor: 7, access: 'rw' }));
  t.true(run(program, { type: 'b', major: 8, minor: 0, access: 'm' }));
  t.false(run(program, { type: 'b', major: 8, minor: 0, access: 'r' }));
  t.false(run(program, { type: 'c', major: 10, minor: 200, access: 'rw' }));
});

test('any list of rules decides as its rules say', (t) => {
  const access = fc.constantFrom('r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm');
  const number = fc.constantFrom(-1, 0, 1, 5, 136, 0xfffff);
  const rule: fc.Arbitrary<LinuxDeviceCgroup> = fc.record(
    {
      allow: fc.boolean(),
      type: fc.constantFrom('a', 'b', 'c', ''),
      major: number,
      minor: number,
      access: fc.oneof(access, fc.constant('')),
    },
    { requiredKeys: ['allow'] },
  );
  const natural = fc.constantFrom(0, 1, 5, 136, 7, 0xfffff);
  const request: fc.Arbitrary<Request> = fc.record({
    type: fc.constantFrom('b' as const, 'c' as const),
    major: natural,
    minor: natural,
    access,
  });
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 12 }), fc.array(request, { minLength: 1, maxLength: 20 }), (rules, requests) => {
      const program = compileDeviceFilter(rules);
      for (const each of requests) if (run(program, each) !== judge(rules, each)) throw new Error(JSON.stringify(each));
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a type or access that is none is refused', (t) => {
  t.throws(() => compileDeviceFilter([{ allow: true, type: 'x' }]), { message: /type "x" is not a, b or c/ });
  t.throws(() => compileDeviceFilter([{ allow: true, access: 'rx' }]), { message: /access "rx" is not of r, w and m/ });
});
