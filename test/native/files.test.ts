/** The addon's functions on files and mounts. */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import * as k from '../../src/kernel/constants.ts';
import { native } from '../../src/kernel/native.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { makeDirectory } from './small-root.ts';

const { SIGKILL } = constants.signals;

test('a lock is held by one open file at a time', (t) => {
  const path = join(makeDirectory(t), 'lock');
  const [one, two] = [openSync(path, 'w'), openSync(path, 'w')];
  t.true(native().flock(one, k.LOCK_EX | k.LOCK_NB));
  t.false(native().flock(two, k.LOCK_EX | k.LOCK_NB));
  const copy = native().dup(one);
  closeSync(one);
  t.false(native().flock(two, k.LOCK_SH | k.LOCK_NB), 'its copy holds it');
  closeSync(copy);
  t.true(native().flock(two, k.LOCK_EX | k.LOCK_NB));
});

test('an error is like one of Node', (t) => {
  const error = t.throws(() => native().openat2(k.AT_FDCWD, '/nowhere/at/all', k.O_PATH, 0, 0));
  t.like(error, { code: 'ENOENT', errno: -2, syscall: 'openat2', path: '/nowhere/at/all' });
  t.throws(() => native().flock(99_999, k.LOCK_EX), { code: 'EBADF' });
});

test('a confined open stays in its directory', (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, 'in'));
  writeFileSync(join(directory, 'in/file'), 'inside');
  symlinkSync('/file', join(directory, 'in/absolute'));
  symlinkSync('../../../../etc/passwd', join(directory, 'in/climbing'));
  const root = openSync(join(directory, 'in'), k.O_PATH | k.O_DIRECTORY);
  const fd = native().openat2(root, 'absolute', k.O_RDONLY, 0, k.RESOLVE_IN_ROOT);
  t.is(readFileSync(fd, 'utf8'), 'inside');
  t.throws(() => native().openat2(root, 'climbing', k.O_RDONLY, 0, k.RESOLVE_IN_ROOT), { code: 'ENOENT' });
  t.throws(() => native().openat2(root, '../in/file', k.O_RDONLY, 0, k.RESOLVE_BENEATH), { code: 'EXDEV' });
});

rootTest('extended attributes hold any bytes', (t) => {
  const path = join(makeDirectory(t), 'file');
  writeFileSync(path, '');
  const capability = Uint8Array.from([1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  native().lsetxattr(path, 'security.capability', capability);
  native().lsetxattr(path, 'trusted.empty', new Uint8Array());
  t.deepEqual(new Uint8Array(native().lgetxattr(path, 'security.capability') ?? []), capability);
  t.is(native().lgetxattr(path, 'trusted.empty')?.length, 0);
  t.is(native().lgetxattr(path, 'trusted.missing'), undefined);
  t.deepEqual(native().llistxattr(path).toSorted(), ['security.capability', 'trusted.empty']);
});

rootTest('nodes and times are made as asked for', (t) => {
  const directory = makeDirectory(t);
  native().mknod(join(directory, 'null'), k.S_IFCHR | 0o640, 1, 3);
  t.like(lstatSync(join(directory, 'null')), { rdev: 0x103 });
  symlinkSync('nowhere', join(directory, 'link'));
  native().lutimens(join(directory, 'link'), 10, 0, 1_600_000_000, 123_000_000);
  t.is(lstatSync(join(directory, 'link')).mtimeMs, 1_600_000_000_123);
});

test('a tree is removed whatever its depth, and links are not followed', (t) => {
  const directory = makeDirectory(t);
  mkdirSync(join(directory, 'kept'));
  writeFileSync(join(directory, 'kept/file'), '');
  const tree = join(directory, 'tree');
  mkdirSync(tree);
  symlinkSync(join(directory, 'kept'), join(tree, 'link'));
  const home = process.cwd();
  process.chdir(tree);
  for (let depth = 0; depth < 3000; depth++) {
    mkdirSync('d'.repeat(100));
    writeFileSync('file', '');
    process.chdir('d'.repeat(100));
  }
  process.chdir(home);
  native().removeTree(tree);
  t.false(existsSync(tree));
  t.true(existsSync(join(directory, 'kept/file')));
  native().removeTree(tree);
  native().removeTree(join(directory, 'kept/file'));
  t.deepEqual(readdirSync(join(directory, 'kept')), []);
});

test('a tree with more entries than a listing holds is removed', (t) => {
  const tree = join(makeDirectory(t), 'tree');
  for (let index = 0; index < 40; index++) {
    mkdirSync(join(tree, `folder ${index}`, 'deeper'), { recursive: true });
    for (let file = 0; file < 50; file++) writeFileSync(join(tree, `folder ${index}`, `a file with a long name ${file}`), '');
  }
  native().removeTree(tree);
  t.false(existsSync(tree));
});

rootTest('an overlay can be read through a descriptor, and no mount table shows it', (t) => {
  const directory = makeDirectory(t);
  for (const name of ['top', 'bottom', 'upper', 'work']) mkdirSync(join(directory, name));
  writeFileSync(join(directory, 'top/file'), 'top');
  writeFileSync(join(directory, 'bottom/file'), 'bottom');
  writeFileSync(join(directory, 'bottom/other'), 'other');
  const read = native().overlayMount(directory, ['top', 'bottom'], undefined, undefined, '');
  t.is(readFileSync(`/proc/self/fd/${read}/file`, 'utf8'), 'top');
  t.deepEqual(readdirSync(`/proc/self/fd/${read}`).toSorted(), ['file', 'other']);
  t.throws(() => writeFileSync(`/proc/self/fd/${read}/new`, ''), { code: 'EROFS' });
  const written = native().overlayMount(directory, ['top', 'bottom'], join(directory, 'upper'), join(directory, 'work'), '');
  writeFileSync(`/proc/self/fd/${written}/new`, 'new');
  t.is(readFileSync(join(directory, 'upper/new'), 'utf8'), 'new');
  const one = native().overlayMount(directory, ['bottom'], undefined, undefined, '');
  t.is(readFileSync(`/proc/self/fd/${one}/file`, 'utf8'), 'bottom');
  t.notRegex(readFileSync('/proc/self/mountinfo', 'utf8'), /tsrun-native-/);
  for (const fd of [read, written, one]) closeSync(fd);
  t.throws(() => native().overlayMount(directory, ['missing', 'top'], undefined, undefined, ''), { code: 'ENOENT' });
});

rootTest('an overlay in a directory whose name holds what parts its options', (t) => {
  const directory = join(makeDirectory(t), 'a,b:c\\d');
  for (const name of ['top', 'bottom', 'upper', 'work']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'top/file'), 'top');
  const mount = native().overlayMount(directory, ['top', 'bottom'], join(directory, 'upper'), join(directory, 'work'), '');
  t.deepEqual(readdirSync(`/proc/self/fd/${mount}`), ['file']);
  writeFileSync(`/proc/self/fd/${mount}/new`, 'new');
  t.is(readFileSync(join(directory, 'upper/new'), 'utf8'), 'new');
  closeSync(mount);
});

rootTest('an overlay of many layers', (t) => {
  const directory = makeDirectory(t);
  const names = Array.from({ length: 120 }, (_, index) => `${'e'.repeat(60)}${index}`);
  for (const name of names) mkdirSync(join(directory, name));
  writeFileSync(join(directory, names[100] ?? '', 'file'), 'found');
  const fd = native().overlayMount(directory, names, undefined, undefined, '');
  t.is(readFileSync(`/proc/self/fd/${fd}/file`, 'utf8'), 'found');
  closeSync(fd);
});

rootTest('a thread can be confined to a directory, the main thread never', async (t) => {
  const directory = makeDirectory(t);
  writeFileSync(join(directory, 'only'), '');
  t.throws(() => native().confineThread(directory));
  const addon = join(import.meta.dirname, '../../build/tsrun.node');
  const source = `const { parentPort, workerData } = require('node:worker_threads');
    const native = require(workerData.addon);
    native.confineThread(workerData.directory);
    parentPort.postMessage(require('node:fs').readdirSync('/'));`;
  const worker = new Worker(source, { eval: true, workerData: { addon, directory } });
  t.deepEqual(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)), ['only']);
  t.true(existsSync('/proc/self'));
});

rootTest('a process that has ended, and that nobody has waited for, has no mounts to clone', async (t) => {
  // What the shell becomes never waits for its child.
  const parent = spawn('sh', ['-c', 'exec 3<&0; sh -c "read go" <&3 & echo $!; exec sleep 1000'], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(() => parent.kill('SIGKILL'));
  const pid = Number(await once(parent.stdout, 'data'));
  const pidfd = native().pidfdOpen(pid);
  await until('the shell is sleep', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
  parent.stdin.end();
  await once(parent.stdin, 'close');
  t.true(native().pidfdWait(pidfd, 60_000));
  t.like(
    t.throws(() => native().cloneMount(pidfd, '/')),
    { code: 'ESRCH', syscall: 'setns' },
  );
  closeSync(pidfd);
});

rootTest('a network namespace comes with a socket inside, and is not ours', (t) => {
  const before = readlinkSync('/proc/self/ns/net');
  const { namespace, route, microseconds } = native().finishNetworkNamespace(native().beginNetworkNamespace([]));
  t.true(microseconds > 0);
  t.is(readlinkSync('/proc/self/ns/net'), before);
  t.not(`net:[${statSync(`/proc/self/fd/${namespace}`).ino}]`, before);
  // RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP: a new namespace has its loopback (and tunnels of modules), and nothing of ours.
  const request = new Uint8Array(32);
  const view = new DataView(request.buffer);
  view.setUint32(0, 32, true);
  view.setUint16(4, 18, true);
  view.setUint16(6, 0x301, true);
  view.setUint32(8, 1, true);
  for (const socket of [route, native().openNetlink(k.NETLINK_ROUTE, namespace)]) {
    native().netlinkSend(socket, request);
    const answer = Buffer.from(native().netlinkReceive(socket));
    t.true(answer.includes('lo\0'));
    t.false(answer.includes('eth0'));
    closeSync(socket);
  }
  closeSync(namespace);
});

rootTest('unshare can be tried, and changes nothing', (t) => {
  const before = readlinkSync('/proc/self/ns/uts');
  native().tryUnshare(k.CLONE_NEWUTS);
  t.like(
    t.throws(() => native().tryUnshare(0x1)),
    { code: 'EINVAL', syscall: 'unshare' },
  );
  t.is(readlinkSync('/proc/self/ns/uts'), before);
});

test('processes are waited for and signalled by descriptor', async (t) => {
  const { spawn } = await import('node:child_process');
  const child = spawn('sleep', ['100']);
  const pidfd = native().pidfdOpen(child.pid ?? 0);
  t.false(native().pidfdWait(pidfd, 10));
  const other = native().pipe();
  t.deepEqual(native().pollReadable([pidfd, -1, other.read], 10), [false, false, false]);
  t.deepEqual(native().pollReadable([], 0), []);
  native().pidfdSendSignal(pidfd, SIGKILL);
  t.deepEqual(native().pollReadable([other.read, -1, pidfd], 60_000), [false, false, true]);
  for (const fd of [other.read, other.write]) closeSync(fd);
  t.true(native().pidfdWait(pidfd, 5000));
  closeSync(pidfd);
  t.like(
    t.throws(() => native().pidfdOpen(2 ** 22 + 1)),
    { syscall: 'pidfd_open' },
  );
});

test('terminals are made, told from files, and measured', (t) => {
  const { master, slave } = native().openPty();
  const fd = openSync(slave, k.O_RDWR | k.O_NOCTTY);
  t.true(native().isTerminal(fd));
  t.deepEqual(native().windowSize(fd), { rows: 0, columns: 0 });
  const file = openSync('/dev/null', 'r');
  t.false(native().isTerminal(file));
  t.throws(() => native().windowSize(file), { code: 'ENOTTY' });
  for (const each of [fd, file, master]) closeSync(each);
});

test('random bytes are many and not the same', (t) => {
  const [one, two] = [native().randomBytes(1000), native().randomBytes(1000)];
  t.is(one.length, 1000);
  t.notDeepEqual(one, two);
});
