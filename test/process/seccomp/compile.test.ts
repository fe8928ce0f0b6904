import test from 'ava';
import fc from 'fast-check';
import { compileSeccomp } from '../../../src/process/seccomp/compile.ts';
import { defaultProfile } from '../../../src/process/seccomp/default-profile.ts';
import { ABIS, syscallNumbers } from '../../../src/process/seccomp/syscalls.ts';
import type { Processor, SeccompAbi, SeccompArgument, SeccompConfig, SeccompRule } from '../../../src/process/seccomp/types.ts';
import { checkFilter, interestingNumbers, judge, NO_ARGS, runFilter } from './interpreter.ts';

const ABIS_OF: Record<Processor, SeccompAbi[]> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};
const DOCKER_CAPABILITIES = 0xa80425fbn;
const ALL = (1n << 41n) - 1n;
const X86_64 = ABIS.SCMP_ARCH_X86_64.audit;

/** Values on both sides of every value that a rule compares an argument with. */
function interestingArgs(config: SeccompConfig, numbersOf: (name: string) => number | undefined, number: number): bigint[][] {
  const sets: bigint[][] = [[...NO_ARGS]];
  for (const rule of config.syscalls ?? []) {
    if (rule.args === undefined || !rule.names.some((name) => numbersOf(name) === number)) continue;
    for (const { index, value, valueTwo } of rule.args) {
      for (const base of [BigInt(value), BigInt(valueTwo ?? 0)]) {
        for (const change of [-1n, 0n, 1n, 1n << 32n, 1n << 17n, 1n << 63n]) {
          const args = [...NO_ARGS];
          args[index] = BigInt.asUintN(64, base + change);
          sets.push(args);
        }
      }
    }
  }
  for (let inner = 1n; inner < 25n; inner++) sets.push([inner, 0n, 0n, 0n, 0n, 0n]);
  return sets;
}

for (const processor of ['amd64', 'arm64'] as const) {
  for (const [words, capabilities] of [
    ["Docker's capabilities", DOCKER_CAPABILITIES],
    ['all', ALL],
    ['no', 0n],
  ] as const) {
    test(`the default profile for ${processor} with ${words} capabilities decides as its rules say, for every number`, (t) => {
      const config = defaultProfile({ capabilities, processor, kernel: '6.1.0' });
      const { filter, flags } = compileSeccomp(config, processor);
      checkFilter(filter);
      t.is(flags, 4);
      let asked = 0;
      for (const abi of ABIS_OF[processor]) {
        const table = syscallNumbers(abi);
        for (const number of interestingNumbers(abi)) {
          for (const args of interestingArgs(config, (name) => table.get(name), number)) {
            const call = { number, audit: ABIS[abi].audit, args };
            if (runFilter(filter, call).value !== judge(config, ABIS_OF[processor], call)) t.fail(`${abi} ${number} ${args.join()}`);
            asked++;
          }
        }
      }
      t.true(asked > 20_000);
    });
  }
}

test('what Docker forbids is forbidden, what it allows is allowed', (t) => {
  const config = defaultProfile({ capabilities: DOCKER_CAPABILITIES, processor: 'amd64', kernel: '6.1.0' });
  const { filter } = compileSeccomp(config, 'amd64');
  const ask = (name: string, ...args: bigint[]): number => {
    const number = syscallNumbers('SCMP_ARCH_X86_64').get(name) as number;
    return runFilter(filter, { number, audit: X86_64, args: [...args, ...NO_ARGS].slice(0, 6) }).value;
  };
  const [allow, eperm, enosys] = [0x7fff0000, 0x50001, 0x50026];
  for (const name of ['read', 'execve', 'ptrace', 'chroot', 'clone', 'landlock_create_ruleset']) t.is(ask(name), allow, name);
  for (const name of ['mount', 'unshare', 'setns', 'bpf', 'keyctl', 'add_key', 'reboot', 'kexec_load', 'io_uring_setup', 'userfaultfd'])
    t.is(ask(name), eperm, name);
  t.is(ask('clone3'), enosys);
  t.is(ask('clone', 0x10000000n), eperm);
  t.is(ask('clone', 0x11n), allow);
  t.is(ask('socket', 2n), allow);
  t.is(ask('socket', 38n), eperm);
  t.is(ask('socket', 40n), eperm);
  t.is(ask('personality', 0xffffffffn), allow);
  t.is(ask('personality', 0x40000n), eperm);
  t.is(runFilter(filter, { number: 5000, audit: X86_64, args: NO_ARGS }).value, enosys);
  t.is(runFilter(filter, { number: 0, audit: ABIS.SCMP_ARCH_AARCH64.audit, args: NO_ARGS }).value, 0x80000000);
});

test('the default filter is short, and an answer takes few instructions', (t) => {
  const { filter } = compileSeccomp(defaultProfile({ capabilities: DOCKER_CAPABILITIES, processor: 'amd64', kernel: '6.1.0' }), 'amd64');
  const steps = [...syscallNumbers('SCMP_ARCH_X86_64').values()].map(
    (number) => runFilter(filter, { number, audit: X86_64, args: NO_ARGS }).steps,
  );
  t.true(filter.length / 8 < 500, `${filter.length / 8} instructions`);
  t.true(Math.max(...steps) < 40, `${Math.max(...steps)} steps`);
});

const ACTIONS = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_LOG',
];
const OPERATORS = ['SCMP_CMP_EQ', 'SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_GT', 'SCMP_CMP_GE', 'SCMP_CMP_MASKED_EQ'];
const anyWord = fc.oneof(
  fc.bigInt(0n, 0xffffffffffffffffn),
  fc.nat(3).map(BigInt),
  fc.constantFrom(0xffffffffn, 0x100000000n, 0xffffffff00000000n, 0xffffffffffffffffn, 0x80000000n),
);
const anyArgument: fc.Arbitrary<SeccompArgument> = fc.record({
  index: fc.nat(5),
  value: anyWord,
  valueTwo: anyWord,
  op: fc.constantFrom(...OPERATORS),
});

const anyConfig = (processor: Processor): fc.Arbitrary<SeccompConfig> => {
  const names = [...new Set(ABIS_OF[processor].flatMap((abi) => [...syscallNumbers(abi).keys()]))];
  const some = ['socket', 'recvmsg', 'semop', 'socketcall', 'ipc', 'read', 'clone', 'set_tls', 'rt_sigaction', 'no_such_call'];
  const anyRule: fc.Arbitrary<SeccompRule> = fc.record(
    {
      names: fc.array(fc.oneof(fc.constantFrom(...some), fc.constantFrom(...names)), { maxLength: 25 }),
      action: fc.constantFrom(...ACTIONS),
      errnoRet: fc.nat(4095),
      args: fc.array(anyArgument, { maxLength: 4 }),
    },
    { requiredKeys: ['names', 'action'] },
  );
  return fc.record(
    {
      defaultAction: fc.constantFrom(...ACTIONS),
      defaultErrnoRet: fc.constantFrom(1, 38, 13),
      architectures: fc.subarray([...ABIS_OF[processor], 'SCMP_ARCH_S390X']),
      syscalls: fc.array(anyRule, { maxLength: 12 }),
    },
    { requiredKeys: ['defaultAction'] },
  );
};

for (const processor of ['amd64', 'arm64'] as const) {
  test(`any profile for ${processor} decides as its rules say`, (t) => {
    fc.assert(
      fc.property(
        anyConfig(processor),
        fc.array(fc.array(anyWord, { minLength: 6, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        (config, random) => {
          const { filter } = compileSeccomp(config, processor);
          checkFilter(filter);
          const native = ABIS_OF[processor][0] as SeccompAbi;
          const known = ABIS_OF[processor].filter((abi) => abi === native || config.architectures?.includes(abi));
          for (const abi of ABIS_OF[processor]) {
            const table = syscallNumbers(abi);
            const named = (config.syscalls ?? []).flatMap((rule) => rule.names.map((name) => table.get(name)));
            const numbers = new Set(
              [...named, table.get('socketcall'), table.get('ipc')].flatMap((number) =>
                number === undefined ? [] : [number, number + 1, number - 1],
              ),
            );
            for (const number of [...numbers, 0, 0xffffffff, 0x40000000, 600].map((value) => value >>> 0)) {
              for (const args of [...random, ...interestingArgs(config, (name) => table.get(name), number).slice(0, 30)]) {
                const call = { number, audit: ABIS[abi].audit, args };
                const [actual, expected] = [runFilter(filter, call).value, judge(config, known, call)];
                if (actual !== expected)
                  throw new Error(`${abi} ${number} (${args.join()}): ${actual.toString(16)}, not ${expected.toString(16)}`);
              }
            }
          }
        },
      ),
      { numRuns: 150 },
    );
    t.pass();
  });
}

test('jumps may be long: a thousand conditions in one program', (t) => {
  const names = [...syscallNumbers('SCMP_ARCH_X86_64').keys()];
  const syscalls = names.slice(0, 330).map((name, index) => ({
    names: [name],
    action: 'SCMP_ACT_ERRNO',
    errnoRet: index,
    args: [{ index: 2, op: 'SCMP_CMP_GE', value: 7 + index }],
  }));
  const config: SeccompConfig = { defaultAction: 'SCMP_ACT_ALLOW', syscalls };
  const { filter } = compileSeccomp(config, 'amd64');
  checkFilter(filter);
  for (const number of interestingNumbers('SCMP_ARCH_X86_64')) {
    for (const third of [0n, 6n + BigInt(number), 7n + BigInt(number), 1n << 40n]) {
      const call = { number, audit: X86_64, args: [0n, 0n, BigInt.asUintN(64, third), 0n, 0n, 0n] };
      if (runFilter(filter, call).value !== judge(config, ['SCMP_ARCH_X86_64'], call)) t.fail(`${number} ${third}`);
    }
  }
  t.pass();
});

const one = (rule: Partial<SeccompRule>): SeccompConfig => ({
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['read'], action: 'SCMP_ACT_ERRNO', ...rule }],
});
const argument = (part: Partial<SeccompArgument>): Partial<SeccompRule> => ({ args: [{ index: 0, op: 'SCMP_CMP_EQ', value: 1, ...part }] });

for (const [what, config, message] of [
  ['an unknown action', one({ action: 'SCMP_ACT_DANCE' }), /syscalls\[0\]\.action: unknown action "SCMP_ACT_DANCE"/],
  ['notify', one({ action: 'SCMP_ACT_NOTIFY' }), /SCMP_ACT_NOTIFY is not supported/],
  ['a seventh argument', one(argument({ index: 6 })), /args\[0\]\.index: 6 is not in 0-5/],
  ['a half', one(argument({ value: 0.5 })), /args\[0\]\.value: 0\.5 is not an integer/],
  ['an unknown comparison', one(argument({ op: 'EQ' })), /args\[0\]\.op: unknown comparison "EQ"/],
  ['a large errno', one({ errnoRet: 70_000 }), /errno 70000 is not in 0-65535/],
  ['an unknown flag', { ...one({}), flags: ['SECCOMP_FILTER_FLAG_NEW_LISTENER'] }, /flags: "SECCOMP_FILTER_FLAG_NEW_LISTENER"/],
  ['an unknown architecture', { ...one({}), architectures: ['x86'] }, /architectures\[0\]: unknown architecture "x86"/],
] as const) {
  test(`${what} is refused by name`, (t) => {
    t.throws(() => compileSeccomp(config, 'amd64'), { name: 'TsrunError', message });
  });
}

test('a filter beyond 4096 instructions is refused', (t) => {
  const syscalls = Array.from({ length: 1100 }, (_, value) => ({
    names: ['read'],
    action: 'SCMP_ACT_ERRNO',
    args: [{ index: 0, op: 'SCMP_CMP_EQ', value }],
  }));
  t.throws(() => compileSeccomp({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }, 'amd64'), { message: /the kernel takes 4096/ });
});
