/** What a container sees of its cgroups, on hosts with v1, v2 or both. */
import { globSync, readFileSync } from 'node:fs';
import { cgroupDirectory, detectCgroups, listProcesses } from '../../src/kernel/cgroup/index.ts';
import { command } from '../helpers/command.ts';
import { PROGRAM, startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

const layout = detectCgroups();
const memoryLimit = layout.kind === 'v2' ? '/sys/fs/cgroup/memory.max' : '/sys/fs/cgroup/memory/memory.limit_in_bytes';

rootTest('its own cgroup is the root of what it sees, and it can’t change its limits', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok(
    'run',
    '--rm',
    '-m',
    '64m',
    'busybox',
    'sh',
    '-c',
    `cut -d: -f3 /proc/self/cgroup | sort -u; cat ${memoryLimit}; (echo 1000000000 > ${memoryLimit}) 2>/dev/null || echo refused`,
  );
  t.is(out, `/\n${64 * 1024 * 1024}\nrefused`);
});

rootTest('--cgroupns host shows where it is on the host', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const lines = (await engine.ok('run', '--rm', '--cgroupns', 'host', 'busybox', 'cat', '/proc/self/cgroup')).split('\n');
  t.true(
    lines.every((line) => /:\/tsrun-[0-9a-f]{64}$/.test(line)),
    lines.join('\n'),
  );
});

rootTest('exec’s program is in the container’s cgroups, and dies with it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', 'busybox', 'sleep', '1000');
  await engine.ok('exec', '-d', id, 'sleep', '2000');
  const path = `/tsrun-${id}`;
  const pids = await until('two processes', () => {
    const found = listProcesses(layout, path);
    return found.length === 2 && found;
  });
  for (const hierarchy of layout.hierarchies) {
    const text = readFileSync(`${cgroupDirectory(hierarchy, path)}/cgroup.procs`, 'utf8');
    for (const pid of pids) t.true(text.split('\n').includes(String(pid)), `${hierarchy.mountPoint}: ${text}`);
  }
  await engine.ok('rm', '-f', id);
  t.deepEqual(listProcesses(layout, path), []);
});

rootTest('CPUs that are not there are refused, and nothing is left', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { code, stderr } = await engine.tsrun(['run', '--rm', '--cpuset-cpus', '4000', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /Requested CPUs are not available - requested 4000, available: /);
});

rootTest('what can’t be given back is waited for once, and told by each command until it can', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  const [cgroup = ''] = globSync(`/sys/fs/cgroup/{unified,}/tsrun-${id}`);
  // A directory that something is mounted on stays busy, for whoever sees that mount.
  const script = `mount --bind "$1" "$1"; shift; "$@" rm -f box; echo $?; SECONDS=0; "$@" ps -aq; echo $SECONDS`;
  const words = ['--mount', '--propagation', 'private', 'bash', '-c', script, 'bash', cgroup, PROGRAM];
  const { stdout, stderr } = await command(...engine.network.enter('unshare', words), { environment: engine.environment });
  const [code, short, seconds] = stdout.split('\n');
  t.deepEqual([code, id.startsWith(short ?? '')], ['1', true]);
  t.regex(stderr, /^tsrun: cgroup \S+ is busy: no process is seen in it$/m);
  t.regex(stderr, new RegExp(`container ${id.slice(0, 12)} has ended, and could not be given back yet: cgroup`));
  // The first waits for twenty seconds.
  t.true(Number(seconds) < 15, seconds);
  t.is(await engine.ok('ps', '-a', '--format', '{{.Status}}').then((status) => status.replace(/\).*/, ')')), 'Exited (137)');
});
