/** User and time namespaces are for whoever asks for them in a config.json: its plan is not only compiled but run. */
import { chmodSync, closeSync, existsSync, mkdirSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { native } from '../../src/kernel/native.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { OciConfig, OciMount, OciNamespaceType, OciProcess } from '../../src/oci-spec/runtime.ts';
import { compileExecPlan } from '../../src/process/compile-exec.ts';
import { rootTest } from '../helpers/root.ts';
import { compileMinimal, minimalConfig } from '../process/plan-fixture.ts';
import { finishPlan, runPlan, startPlan } from './run-plan.ts';
import { makeRoot } from './small-root.ts';

/** For what busybox hasn't. */
const hostPrograms: OciMount[] = ['/usr', '/lib', '/lib64']
  .filter((path) => existsSync(path))
  .map((path) => ({ destination: path, type: 'bind', source: path, options: ['rbind', 'ro'] }));

/** A container of busybox with what config.json says: itself, and the plan of its start. */
function container(
  t: ExecutionContext,
  script: string,
  namespaces: OciNamespaceType[],
  linux: OciConfig['linux'],
): { spec: OciConfig; plan: Plan } {
  const rootfs = makeRoot(t);
  const bundle = dirname(rootfs);
  // Root of a user namespace is nobody out here, where this folder is ours alone.
  chmodSync(bundle, 0o755);
  const rootMountPoint = join(bundle, 'mounted');
  const mountPoints = ['proc', 'dev', ...hostPrograms.map(({ destination }) => destination)];
  for (const path of [rootMountPoint, ...mountPoints.map((name) => join(rootfs, name))]) mkdirSync(path);
  const spec: Partial<OciConfig> = {
    root: { path: 'root' },
    process: processOf(script),
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ...hostPrograms,
    ],
    linux: { ...linux, namespaces: (['mount', 'pid', ...namespaces] as const).map((type) => ({ type })) },
  };
  return { spec: minimalConfig(spec), plan: compileMinimal(spec, { bundle, rootMountPoint }) };
}

const processOf = (script: string): OciProcess => ({
  cwd: '/',
  args: ['/bin/sh', '-c', script],
  env: ['PATH=/bin'],
  user: { uid: 0, gid: 0 },
});

/** What a script prints in such a container. */
function printed(t: ExecutionContext, script: string, namespaces: OciNamespaceType[], linux: OciConfig['linux']): string {
  const { stdout, stderr } = runPlan(t, container(t, script, namespaces, linux));
  t.is(stderr, '');
  return stdout;
}

rootTest('a user namespace: root in there is nobody out here', (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const script =
    'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map; echo x > /dev/null; stat -c %u /bin/busybox; cat /proc/1/comm; :';
  const lines = printed(t, script, ['user', 'network', 'uts', 'ipc', 'cgroup'], { uidMappings: map, gidMappings: map });
  // The host's root, who owns busybox, has no number in there: it shows as the overflow one.
  t.is(lines.replaceAll(/ +/g, ' '), '0\n0\n 0 100000 65536\n 0 100000 65536\n65534\nsh\n');
});

rootTest('an exec is root in the user namespace, too, and has the session keyring of PID 1', (t) => {
  const map = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
  const script = 'id -u; /usr/bin/keyctl id @s';
  const { spec, plan } = container(t, `${script}; read line`, ['user', 'network'], { uidMappings: map, gidMappings: map });
  const first = startPlan({ plan, monitor: { openStdin: true } });
  if (first.report.type !== 'started') return t.fail(JSON.stringify(first.report));
  const exec = compileExecPlan(spec, processOf(script), {
    pid: first.report.pid,
    keyring: '_ses.box',
    cgroupJoins: [],
    seccomp: undefined,
    terminalSize: undefined,
  });
  const { stdout } = runPlan(t, { plan: exec });
  const { read, write } = native().pipe();
  writeSync(write, '\n');
  closeSync(write);
  t.is(finishPlan(t, first, read).stdout, stdout);
  closeSync(read);
  t.regex(stdout, /^0\n\d+\n$/);
});

rootTest('a time namespace: the clocks that began with the boot are set forward', (t) => {
  const days = 40;
  const uptime = (linux: OciConfig['linux'], ...namespaces: OciNamespaceType[]): number =>
    Number(printed(t, 'cat /proc/uptime', namespaces, linux).split(' ')[0]);
  const without = uptime({});
  const within = uptime({ timeOffsets: { boottime: { secs: days * 86_400 }, monotonic: { secs: 5 } } }, 'time');
  const ahead = within - without - days * 86_400;
  // What passed between the two, and at most that.
  t.true(ahead >= 0 && ahead < 3600, `${without} ${within}`);
});
