import test from 'ava';
import { commandCandidates } from '../../src/process/compile-process.ts';
import { defaultRlimitOperations, rlimitOperations } from '../../src/process/rlimits.ts';
import { sysctlOperations } from '../../src/process/compile-sysctls.ts';
import type { Namespaces } from '../../src/process/namespaces.ts';

test('a command is looked for as execvp(3) does', (t) => {
  t.deepEqual(commandCandidates('sh', ['PATH=/bin:/usr/bin/']), ['/bin/sh', '/usr/bin/sh']);
  t.deepEqual(commandCandidates('sh', ['PATH=/a', 'PATH=/b']), ['/b/sh'], 'the last one counts');
  t.deepEqual(commandCandidates('sh', ['PATH=:/bin']), ['./sh', '/bin/sh'], 'an empty element is the working directory');
  t.deepEqual(commandCandidates('/bin/sh', []), ['/bin/sh']);
  t.deepEqual(commandCandidates('./sh', ['PATH=/bin']), ['./sh']);
  t.deepEqual(commandCandidates('', ['PATH=/bin']), ['']);
  t.is(commandCandidates('sh', []).length, 6, "without PATH, Docker's");
});

test('limits: names, infinity, order', (t) => {
  t.deepEqual(rlimitOperations([{ type: 'RLIMIT_CORE', soft: 0, hard: 2 ** 64 }]), [
    { op: 'setRlimit', resource: 4, soft: 0n, hard: 0xffffffffffffffffn },
  ]);
  t.throws(() => rlimitOperations([{ type: 'RLIMIT_FOO', soft: 0, hard: 0 }]), { message: /"RLIMIT_FOO" is no limit/ });
  t.throws(() => rlimitOperations([{ type: 'RLIMIT_CPU', soft: 2, hard: 1 }]), { message: /above hard limit/ });
  const twice = [1, 2].map((soft) => ({ type: 'RLIMIT_CPU', soft, hard: 9 }));
  t.throws(() => rlimitOperations(twice), { message: 'process.rlimits[1].type: RLIMIT_CPU is given twice' });
});

test('open files and processes have a default, which an asked for limit takes the place of', (t) => {
  const [files, processes] = defaultRlimitOperations([]);
  t.deepEqual(files, { op: 'defaultRlimit', resource: 7, value: 1_048_576n });
  t.deepEqual(processes, { op: 'defaultRlimit', resource: 6, value: 0xffffffffffffffffn });
  t.deepEqual(defaultRlimitOperations([{ type: 'RLIMIT_NOFILE', soft: 1, hard: 1 }]), [processes]);
});

test("sysctls go to /proc/sys, and only the container's own", (t) => {
  const own: Namespaces = new Map([
    ['network', 'new'],
    ['ipc', 'new'],
  ]);
  const none: Namespaces = new Map();
  const path = (name: string): string | undefined => {
    const [operation] = sysctlOperations({ [name]: '1' }, own);
    return operation?.op === 'writeFile' ? operation.path : undefined;
  };
  t.is(path('net.ipv4.ip_forward'), '/proc/sys/net/ipv4/ip_forward');
  t.is(path('net/ipv4/conf/eth0.1/rp_filter'), '/proc/sys/net/ipv4/conf/eth0.1/rp_filter');
  t.is(path('net.ipv4.conf.eth0/1.rp_filter'), '/proc/sys/net/ipv4/conf/eth0.1/rp_filter');
  t.is(path('kernel.shmmax'), '/proc/sys/kernel/shmmax');
  t.throws(() => path('net...passwd'), { message: /not a name of a sysctl/ });
  t.throws(() => path('net./..x'), { message: /not a name of a sysctl/ });
  t.throws(() => path('kernel.hostname'), { message: /conflicts with the OCI "hostname" field/ });
  t.throws(() => path('kernel.panic'), { message: 'sysctl "kernel.panic" is not in a separate kernel namespace' });
  t.throws(() => sysctlOperations({ 'net.x': '1' }, none), { message: 'sysctl "net.x" not allowed in host network namespace' });
  t.throws(() => sysctlOperations({ 'kernel.sem': '1' }, none), {
    message: 'sysctl "kernel.sem" is not allowed in the hosts ipc namespace',
  });
});
