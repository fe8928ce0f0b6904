/** With the kernel of this host, as root, in cgroups named tsrun-test-…, which are removed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import {
  cgroupDirectory,
  controllerHierarchy,
  createCgroup,
  detectCgroups,
  freezeCgroup,
  killCgroup,
  listProcesses,
  readUsage,
  removeCgroup,
  thawCgroup,
  type CreatedCgroup,
} from '../../../src/kernel/cgroup/index.ts';
import { setTraceListener } from '../../../src/kernel/trace.ts';

const layout = detectCgroups();
const isRoot = process.getuid?.() === 0 && layout.hierarchies.length > 0;
const asRoot = isRoot ? test.serial : test.serial.skip;
const MB = 2 ** 20;

function newPath(t: { teardown: (undo: () => void) => void }): string {
  const path = `/tsrun-test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  t.teardown(() => {
    killCgroup(layout, path);
    removeCgroup(layout, path);
  });
  return path;
}

/** A process that joined the cgroup before it became `argv`. */
function runIn(created: CreatedCgroup, script: string): ChildProcess {
  const all = [...created.joins, ...(created.unified === undefined ? [] : [`${created.unified}/cgroup.procs`])];
  const joins = all.map((path) => `echo $$ > '${path}' || exit 99`).join('\n');
  return spawn('/bin/sh', ['-c', `${joins}\n${script}`], { stdio: 'ignore' });
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 6000 && !condition(); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
}

const limit = (path: string, controller: string, v1: string, v2: string): string | undefined => {
  const hierarchy = controllerHierarchy(layout, controller);
  return hierarchy && readFileSync(join(cgroupDirectory(hierarchy, path), hierarchy.version === 1 ? v1 : v2), 'utf8').trim();
};

asRoot('limits that were set are what the kernel says', (t) => {
  const path = newPath(t);
  const { oomPath } = createCgroup(layout, path, {
    memory: { limit: 64 * MB, swap: 128 * MB },
    pids: { limit: 33 },
    cpu: { quota: 50_000, period: 100_000, cpus: '0' },
  });
  t.is(limit(path, 'memory', 'memory.limit_in_bytes', 'memory.max'), String(64 * MB));
  t.is(limit(path, 'pids', 'pids.max', 'pids.max'), '33');
  t.is(limit(path, 'cpu', 'cpu.cfs_quota_us', 'cpu.max')?.split(' ')[0], '50000');
  t.is(limit(path, 'cpuset', 'cpuset.cpus', 'cpuset.cpus'), '0');
  t.true(oomPath === undefined || existsSync(oomPath));
  removeCgroup(layout, path);
  for (const hierarchy of layout.hierarchies) t.false(existsSync(cgroupDirectory(hierarchy, path)));
});

asRoot('processes are listed, frozen, thawed, killed with all they forked, and the directories go', async (t) => {
  const path = newPath(t);
  const created = createCgroup(layout, path, {});
  const child = runIn(created, 'sleep 100 & sleep 100 & wait');
  await until(() => listProcesses(layout, path).length === 3);
  t.is(listProcesses(layout, path).length, 3);
  t.true(listProcesses(layout, path).includes(child.pid as number));
  t.true(freezeCgroup(layout, path));
  t.true(thawCgroup(layout, path));
  const ended = once(child, 'exit');
  killCgroup(layout, path);
  t.deepEqual((await ended)[1], 'SIGKILL');
  removeCgroup(layout, path);
  t.deepEqual(listProcesses(layout, path), []);
});

asRoot('cgroups made inside, and a process that was moved, do not stop a removal', async (t) => {
  const path = newPath(t);
  const created = createCgroup(layout, path, {});
  for (const hierarchy of layout.hierarchies) {
    if (hierarchy.controllers.includes('cpuset') && hierarchy.version === 1) continue;
    mkdirSync(join(cgroupDirectory(hierarchy, path), 'a/b'), { recursive: true });
  }
  const last = layout.hierarchies.at(-1);
  const child = spawn('sleep', ['100']);
  const ended = once(child, 'exit');
  // In one hierarchy only: cgroup.kill does not reach it where that is v1.
  const first = dirname(created.joins[0] ?? `${created.unified}/cgroup.procs`);
  writeFileSync(join(first, existsSync(join(first, 'a/b')) ? 'a/b/cgroup.procs' : 'cgroup.procs'), String(child.pid));
  killCgroup(layout, path);
  removeCgroup(layout, path);
  await ended;
  t.false(last !== undefined && existsSync(cgroupDirectory(last, path)));
});

asRoot('a fork too many is refused, and counted', async (t) => {
  if (controllerHierarchy(layout, 'pids') === undefined) return void t.pass('no pids controller');
  const path = newPath(t);
  const child = runIn(createCgroup(layout, path, { pids: { limit: 2 } }), 'sleep 5 & sleep 5 & wait');
  t.is(readUsage(layout, path).pidsLimit, 2);
  const [code] = (await once(child, 'exit')) as [number];
  t.not(code, 0, 'the second fork fails');
});

asRoot('a process that takes too much memory is killed, and that is counted', async (t) => {
  if (controllerHierarchy(layout, 'memory') === undefined) return void t.pass('no memory controller');
  const path = newPath(t);
  const created = createCgroup(layout, path, { memory: { limit: 16 * MB, swap: 16 * MB } });
  const child = runIn(created, 'exec dd if=/dev/zero of=/dev/null bs=200M count=1');
  t.is(((await once(child, 'exit')) as [number, string])[1], 'SIGKILL');
  await until(() => readUsage(layout, path).oomKills === 1);
  const usage = readUsage(layout, path);
  t.is(usage.oomKills, 1);
  t.is(usage.memoryLimit, 16 * MB);
});

asRoot("what the kernel refuses is said in Docker's words", (t) => {
  if (controllerHierarchy(layout, 'cpuset') === undefined) return void t.pass('no cpuset controller');
  const path = newPath(t);
  const error = t.throws(() => createCgroup(layout, path, { cpu: { cpus: '0-4095' } }));
  t.regex(error.message, /^Requested CPUs are not available - requested 0-4095, available: \d/);
});

asRoot('devices that the rules do not allow cannot be opened', async (t) => {
  const path = newPath(t);
  const devices = [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', major: 1, minor: 3, access: 'rw' },
    { allow: true, type: 'c', major: 1, minor: 5, access: 'r' },
  ];
  const created = createCgroup(layout, path, { devices });
  const script =
    'true > /dev/null && true < /dev/zero || exit 1; true > /dev/zero && exit 2; true < /dev/urandom && exit 3; mknod /tmp/$$ c 1 3 && exit 4; exit 42';
  t.is(((await once(runIn(created, `exec 2>&-; ${script}`), 'exit')) as [number])[0], 42);
});

asRoot('every write is told', (t) => {
  const path = newPath(t);
  const words: string[] = [];
  setTraceListener((event) => words.push(event.type === 'call' ? `${event.call} ${event.words}` : ''));
  try {
    createCgroup(layout, path, { pids: { limit: 7 } });
  } finally {
    setTraceListener(undefined);
  }
  t.true(words.some((line) => line.startsWith('mkdir ') && line.endsWith(path)));
  t.is(
    words.some((line) => /^write echo 7 > .*\/pids\.max$/.test(line)),
    controllerHierarchy(layout, 'pids') !== undefined,
  );
});

test('a limit without its controller is refused, naming both', (t) => {
  const error = t.throws(() => createCgroup({ kind: 'v2', hierarchies: [] }, '/tsrun-test', { memory: { limit: MB } }), {
    name: 'TsrunError',
  });
  t.is(error.message, "no cgroup controller memory on this host: --memory can't be set");
});

test('a path that leaves its place is refused', (t) => {
  for (const path of ['', '/', '/../x', '/a/../../b'])
    t.throws(() => createCgroup({ kind: 'v2', hierarchies: [] }, path, {}), { message: /is not a path below the root/ });
});
