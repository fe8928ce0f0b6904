/** Where the processes that outlive a command live: in no cgroup that ends with its caller's session or service. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupDirectory, detectCgroups, unifiedHierarchy } from '../../src/kernel/cgroup/index.ts';
import { supervisors } from '../helpers/duties.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTestWhere } from '../helpers/root.ts';
import { findProcesses } from '../native/processes.ts';
import { until } from '../helpers/wait.ts';

const unified = unifiedHierarchy(detectCgroups());
const v2Test = rootTestWhere(unified !== undefined, 'a cgroup v2 tree');

/** A process' path in the v2 tree. */
const cgroupOf = (pid: number): string | undefined => /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];

v2Test('monitors and a supervisor are in /tsrun/monitors', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--health-cmd', 'true', '--restart', 'always', 'busybox', 'sleep', '1000');
  const { pid, monitorPid } = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as {
    pid: number;
    monitorPid: number;
  };
  t.is(cgroupOf(pid), `/tsrun-${id}`);
  await engine.ok('exec', '-d', id, 'sleep', '1000');
  // The container's, and that of what was executed in it.
  const monitors = findProcesses((command) => command.startsWith('tsrun-monitor\0') && command.includes(id));
  t.is(monitors.length, 2);
  t.true(monitors.includes(monitorPid));
  t.deepEqual(monitors.map(cgroupOf), ['/tsrun/monitors', '/tsrun/monitors']);
  await until('the supervisor is there, too', () => supervisors(engine).some((each) => cgroupOf(each) === '/tsrun/monitors'));
});

v2Test('controllers that containers have can’t be taken from them: the kernel sees that our own cgroup has them, too', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', 'busybox', 'sleep', '1000');
  const enabled = (path: string): string[] => {
    const file = `${cgroupDirectory(unified as NonNullable<typeof unified>, path)}/cgroup.subtree_control`;
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').toSorted() : ['none'];
  };
  // Another engine may be about to enable one more.
  await until('both have the same', () => enabled('/tsrun').join() === enabled('').join());
  t.pass();
});
