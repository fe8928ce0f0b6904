/** Another runtime as the judge: runc takes our config.json as it is, and makes the same container of it. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { buildOciConfig } from '../../src/container/oci-config.ts';
import type { ContainerConfig } from '../../src/model/container.ts';
import { capabilityMaskOf } from '../../src/oci-spec/capabilities.ts';
import { stringifyOciConfig } from '../../src/oci-spec/index.ts';
import { elfInterpreter } from '../../src/process/elf.ts';
import { command } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { ociConfigInput } from './oci-config-fixture.ts';

const RUNC = ['/usr/sbin/runc', '/usr/bin/runc'].find((path) => existsSync(path));
const BUSYBOX = '/bin/busybox';
// A static one: the root file system has nothing else.
const judged = RUNC !== undefined && existsSync(BUSYBOX) && elfInterpreter(readFileSync(BUSYBOX)) === undefined;
if (!judged) test.skip('runc or a static busybox is not here: it can not judge our config.json', () => {});
const judgedTest = judged ? rootTest : (title: string): void => test.skip(`${title} (needs runc)`, () => {});

let runs = 0;

/** Run `script` under runc in a container with these options; gives back what it printed. */
async function underRunc(changes: Partial<ContainerConfig>, script: string): Promise<string> {
  const bundle = mkdtempSync(join(tmpdir(), 'tsrun-runc-'));
  // Two at once are two containers: a later runc refuses a cgroup in which somebody is.
  const id = `tsrun-test-${process.pid}-${runs++}`;
  try {
    mkdirSync(join(bundle, 'rootfs/bin'), { recursive: true });
    mkdirSync(join(bundle, 'source'));
    copyFileSync(BUSYBOX, join(bundle, 'rootfs/bin/busybox'));
    const input = ociConfigInput({ command: ['/bin/busybox', 'sh', '-c', script], ...changes });
    const boundingSet = capabilityMaskOf(readFileSync('/proc/self/status', 'latin1'), 'CapBnd') ?? 0n;
    const spec = buildOciConfig({
      ...input,
      id,
      files: {},
      mounts: [{ type: 'bind', source: join(bundle, 'source'), target: '/data', readOnly: true, below: 'unbound' }],
      host: { ...input.host, boundingSet, cpus: availableParallelism() },
    });
    // Its root is a directory: an overlay at / is ours alone.
    const mounts = spec.mounts?.slice(1) ?? [];
    const config = { ...spec, ociVersion: '1.0.2', root: { ...spec.root, path: 'rootfs' }, mounts };
    writeFileSync(join(bundle, 'config.json'), stringifyOciConfig(config));
    const { stdout, stderr, code } = await command(RUNC ?? '', ['--root', join(bundle, 'state'), 'run', '--bundle', bundle, id]);
    if (code !== 0) throw new Error(`runc: ${code}\n${stdout}${stderr}`);
    return stdout;
  } finally {
    rmSync(bundle, { recursive: true, force: true });
  }
}

judgedTest('runc runs a container of our config.json', async (t) => {
  const script = 'B=/bin/busybox; $B hostname; $B pwd; $B grep CapEff /proc/self/status; $B grep " /data " /proc/mounts; $B ls /dev';
  const lines = (await underRunc({ workingDirectory: '/work' }, script)).trim().split('\n');
  t.deepEqual(lines.slice(0, 3), ['c0ffee000000', '/work', 'CapEff:\t00000000a80425fb']);
  t.regex(lines[3] ?? '', / ro[, ]/);
  t.deepEqual(lines.slice(4), [
    'fd',
    'full',
    'mqueue',
    'null',
    'ptmx',
    'pts',
    'random',
    'shm',
    'stderr',
    'stdin',
    'stdout',
    'tty',
    'urandom',
    'zero',
  ]);
});

judgedTest('runc understands limits and sysctls as we write them', async (t) => {
  const changes: Partial<ContainerConfig> = {
    ulimits: [
      { name: 'nofile', soft: 100, hard: 200 },
      { name: 'core', soft: 0, hard: -1 },
    ],
    sysctls: { 'net.ipv4.ip_forward': '1' },
    noNewPrivileges: true,
    readOnlyRoot: true,
  };
  const script =
    'B=/bin/busybox; ulimit -n; ulimit -Hn; ulimit -Hc; $B cat /proc/sys/net/ipv4/ip_forward; $B grep NoNewPrivs /proc/self/status; $B touch /x || echo read-only';
  t.deepEqual((await underRunc(changes, script)).trim().split('\n'), ['100', '200', 'unlimited', '1', 'NoNewPrivs:\t1', 'read-only']);
});
