import { readFileSync } from 'node:fs';
import test from 'ava';
import { mergeCapabilities } from '../../src/container/oci-config-capabilities.ts';
import { CAPABILITY_NAMES, capabilityBit, capabilityMaskOf, capabilityNames } from '../../src/oci-spec/capabilities.ts';
import { capabilityMask } from '../../src/process/capabilities.ts';

const ALL = (1n << 41n) - 1n;
const none = { capAdd: [], capDrop: [], privileged: false };

test('41 names, each at its bit', (t) => {
  t.is(CAPABILITY_NAMES.length, 41);
  t.is(capabilityBit('CAP_CHOWN'), 0);
  t.is(capabilityBit('CAP_SYS_ADMIN'), 21);
  t.is(capabilityBit('CAP_SYS_RESOURCE'), 24);
  t.is(capabilityBit('CAP_CHECKPOINT_RESTORE'), 40);
  t.is(capabilityBit('CAP_FOO'), undefined);
  t.is(capabilityMask(CAPABILITY_NAMES), ALL);
  t.deepEqual(capabilityNames(ALL), [...CAPABILITY_NAMES]);
});

test('masks are read from /proc/PID/status', (t) => {
  t.is(capabilityMaskOf('CapPrm:\t0000000000000000\nCapBnd:\t000001fffeffffff\n', 'CapBnd'), ALL & ~(1n << 24n));
  t.is(capabilityMaskOf('Name:\tx\n', 'CapBnd'), undefined);
  t.is(typeof capabilityMaskOf(readFileSync('/proc/self/status', 'latin1'), 'CapBnd'), 'bigint');
});

test("Docker's fourteen", (t) => {
  t.is(capabilityMask(mergeCapabilities(none, ALL)), 0xa80425fbn);
});

test('adding and dropping, in any spelling', (t) => {
  const merge = (capAdd: string[], capDrop: string[] = []): string[] => mergeCapabilities({ capAdd, capDrop, privileged: false }, ALL);
  t.deepEqual(merge(['net_admin', 'CAP_NET_ADMIN', 'chown']).slice(-1), ['CAP_NET_ADMIN']);
  t.false(merge([], ['chown']).includes('CAP_CHOWN'));
  t.deepEqual(merge(['sys_time'], ['all']), ['CAP_SYS_TIME']);
  t.deepEqual(
    merge(['ALL'], ['MKNOD']),
    CAPABILITY_NAMES.filter((name) => name !== 'CAP_MKNOD'),
  );
  t.deepEqual(
    mergeCapabilities({ capAdd: [], capDrop: ['ALL'], privileged: true }, ALL),
    [...CAPABILITY_NAMES],
    'privileged ignores drops',
  );
});

test('never more than root has here', (t) => {
  const here = ALL & ~(1n << 24n);
  t.false(mergeCapabilities({ ...none, privileged: true }, here).includes('CAP_SYS_RESOURCE'));
  t.false(mergeCapabilities({ ...none, capAdd: ['ALL'] }, here).includes('CAP_SYS_RESOURCE'));
  t.throws(() => mergeCapabilities({ ...none, capAdd: ['SYS_RESOURCE'] }, here), { message: /"CAP_SYS_RESOURCE" can't be added/ });
});

test('unknown names are refused', (t) => {
  t.throws(() => mergeCapabilities({ ...none, capAdd: ['foo'] }, ALL), { message: 'invalid CapAdd: unknown capability: "CAP_FOO"' });
  t.throws(() => capabilityMask(['CHOWN']), { message: 'unknown capability: "CHOWN"' });
});
