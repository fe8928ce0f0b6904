import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { CAPABILITY_NAMES } from '../../../src/oci-spec/capabilities.ts';
import { compileSeccomp } from '../../../src/process/seccomp/compile.ts';
import { defaultProfile } from '../../../src/process/seccomp/default-profile.ts';
import { buildSeccompFilter, resolveSeccomp } from '../../../src/process/seccomp/build.ts';
import { resolveProfile } from '../../../src/process/seccomp/docker-profile.ts';
import { syscallNumbers } from '../../../src/process/seccomp/syscalls.ts';
import type { Processor, SeccompAbi, SeccompConfig } from '../../../src/process/seccomp/types.ts';

/** Docker's own profile, as reference: beside the project, not in it. */
const REFERENCE = new URL('../../../../shared/data/seccomp/default.json', import.meta.url);
const withReference = existsSync(REFERENCE) ? test : test.skip;

const ABIS_OF: Record<Processor, SeccompAbi[]> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

/** A config as a sorted list of facts `name action conditions`, without the names that this processor can't have. */
function facts(config: SeccompConfig, processor: Processor): string[] {
  const known = new Set(ABIS_OF[processor].flatMap((abi) => [...syscallNumbers(abi).keys()]));
  const lines = (config.syscalls ?? []).flatMap((rule) =>
    rule.names
      .filter((name) => known.has(name))
      .map((name) => {
        const conditions = (rule.args ?? []).map(({ index, op, value, valueTwo }) => `${index} ${op} ${value} ${valueTwo ?? 0}`);
        return `${name} ${rule.action} ${rule.errnoRet ?? ''} ${conditions.join(', ')}`;
      }),
  );
  return [...new Set(lines)].toSorted();
}

for (const processor of ['amd64', 'arm64'] as const) {
  withReference(`our default profile says for ${processor} what Docker's says, with each capability and without`, (t) => {
    const text = readFileSync(REFERENCE, 'utf8');
    const sets = [0n, 0xa80425fbn, (1n << 41n) - 1n, ...CAPABILITY_NAMES.map((_, bit) => 1n << BigInt(bit))];
    for (const kernel of ['3.10.0', '4.7.9-x', '4.8.0', '6.18.4-1-amd64', '10.0']) {
      for (const capabilities of sets) {
        const circumstances = { capabilities, processor, kernel };
        const [theirs, ours] = [resolveProfile(text, circumstances), defaultProfile(circumstances)];
        t.deepEqual(facts(ours, processor), facts(theirs, processor), `${kernel} ${capabilities.toString(16)}`);
        t.deepEqual([ours.defaultAction, ours.defaultErrnoRet], [theirs.defaultAction, theirs.defaultErrnoRet]);
        t.deepEqual(ours.architectures, theirs.architectures);
      }
    }
  });
}

withReference("every call that Docker names is in our tables, or is another processor's", (t) => {
  const all = new Set(
    (['amd64', 'arm64'] as const).flatMap((processor) => ABIS_OF[processor]).flatMap((abi) => [...syscallNumbers(abi).keys()]),
  );
  const profile = JSON.parse(readFileSync(REFERENCE, 'utf8')) as SeccompConfig;
  const unknown = (profile.syscalls ?? []).flatMap((rule) => rule.names).filter((name) => !all.has(name));
  t.deepEqual([...new Set(unknown)].toSorted(), [
    'riscv_flush_icache',
    'riscv_hwprobe',
    's390_pci_mmio_read',
    's390_pci_mmio_write',
    's390_runtime_instr',
    'swapcontext',
  ]);
});

const CIRCUMSTANCES = { capabilities: 1n << 21n, processor: 'amd64', kernel: '5.10.0-8-amd64' } as const;
const resolve = (profile: unknown): SeccompConfig => resolveProfile(profile, CIRCUMSTANCES);
const withRule = (rule: object): object => ({
  defaultAction: 'SCMP_ACT_ERRNO',
  syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW', ...rule }],
});

test('rules are kept or dropped by capabilities, architecture and kernel', (t) => {
  const kept = (rule: object): boolean => resolve(withRule(rule)).syscalls?.length === 1;
  t.true(kept({ includes: { caps: ['CAP_SYS_ADMIN'] } }));
  t.false(kept({ includes: { caps: ['CAP_SYS_ADMIN', 'CAP_BPF'] } }));
  t.false(kept({ excludes: { caps: ['CAP_BPF', 'CAP_SYS_ADMIN'] } }));
  t.true(kept({ excludes: { caps: ['CAP_BPF'] } }));
  t.true(kept({ includes: { arches: ['s390', 'amd64'] } }));
  t.false(kept({ includes: { arches: ['arm64'] } }));
  t.false(kept({ excludes: { arches: ['amd64'] } }));
  t.true(kept({ includes: { minKernel: '5.10' } }));
  t.false(kept({ includes: { minKernel: '5.11' } }));
  t.false(kept({ excludes: { minKernel: '4.8' } }));
  t.true(kept({ includes: null, excludes: {} }));
  t.false(kept({ includes: { caps: ['CAP_OF_TOMORROW'] } }));
});

test('the older form with `name`, and plain OCI objects, are read', (t) => {
  const old = resolve({
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86'],
    syscalls: [{ name: 'chmod', action: 'SCMP_ACT_ERRNO', args: null }],
  });
  t.deepEqual(old, {
    defaultAction: 'SCMP_ACT_ALLOW',
    architectures: ['SCMP_ARCH_X86'],
    syscalls: [{ names: ['chmod'], action: 'SCMP_ACT_ERRNO' }],
  });
});

test('masks of 64 bits stay exact, also when written into a config.json', (t) => {
  const text =
    '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]}';
  t.is(resolve(text).syscalls?.[0]?.args?.[0]?.value, 0xffffffffffffffffn);
  const written = JSON.stringify(resolveSeccomp(text, CIRCUMSTANCES));
  t.true(written.includes('"value":18446744073709551615'));
  t.deepEqual(buildSeccompFilter(written, CIRCUMSTANCES), buildSeccompFilter(text, CIRCUMSTANCES));
  t.deepEqual(compileSeccomp(JSON.parse(written) as SeccompConfig, 'amd64'), buildSeccompFilter(text, CIRCUMSTANCES));
});

for (const [what, profile, message] of [
  ['no JSON', '{', /seccomp profile: JSON: /],
  ['a list', '[]', /profile: expected an object, not array/],
  ['no default action', {}, /defaultAction: is required/],
  ['a default action that is none', { defaultAction: 'ALLOW' }, /defaultAction: unknown action "ALLOW"/],
  ['names that are no list', withRule({ names: 'read' }), /syscalls\[0\]\.names: expected an array, not string/],
  ['a name that is a number', withRule({ names: ['read', 5] }), /syscalls\[0\]\.names\[1\]: expected a string, not number/],
  ['name and names', withRule({ name: 'write' }), /use either 'name' or 'names'/],
  ['no action', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [] }] }, /syscalls\[0\]\.action: is required/],
  ['a rule that is null', { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [null] }, /syscalls\[0\]: expected an object, not null/],
  ['an argument without op', withRule({ args: [{ index: 1 }] }), /syscalls\[0\]\.args\[0\]: index and op are required/],
  [
    'a negative value',
    withRule({ args: [{ index: 1, op: 'SCMP_CMP_EQ', value: -1 }] }),
    /args\[0\]\.value: expected an unsigned integer, not -1/,
  ],
  ['a kernel version that is none', withRule({ includes: { minKernel: 'new' } }), /includes\.minKernel: "new" is not VERSION.NUMBER/],
  [
    'archMap and architectures',
    { defaultAction: 'SCMP_ACT_ALLOW', archMap: [{}], architectures: ['SCMP_ARCH_X86'] },
    /use either 'architectures' or 'archMap'/,
  ],
  ['notify', withRule({ action: 'SCMP_ACT_NOTIFY' }), /SCMP_ACT_NOTIFY is not supported/],
] as const) {
  test(`a profile with ${what} is refused, naming the field`, (t) => {
    t.throws(() => resolve(profile), { name: 'TsrunError', message });
  });
}
