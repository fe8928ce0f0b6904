/** User and time namespaces are for whoever asks for them in a config.json: its plan is not only compiled but run. */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { OciConfig, OciNamespaceType } from '../../src/oci-spec/runtime.ts';
import { rootTest } from '../helpers/root.ts';
import { compileMinimal } from '../process/plan-fixture.ts';
import { runPlan } from './run-plan.ts';
import { makeRoot } from './small-root.ts';

/** What a script prints in a container of busybox, with what config.json says beside it. */
function printed(t: ExecutionContext, script: string, namespaces: OciNamespaceType[], linux: OciConfig['linux']): string {
  const rootfs = makeRoot(t);
  const bundle = dirname(rootfs);
  // Root of a user namespace is nobody out here, where this folder is ours alone.
  chmodSync(bundle, 0o755);
  const rootMountPoint = join(bundle, 'mounted');
  for (const path of [rootMountPoint, join(rootfs, 'proc'), join(rootfs, 'dev')]) mkdirSync(path);
  const plan = compileMinimal(
    {
      root: { path: 'root' },
      process: { cwd: '/', args: ['/bin/sh', '-c', script], env: ['PATH=/bin'], user: { uid: 0, gid: 0 } },
      mounts: [
        { destination: '/proc', type: 'proc', source: 'proc' },
        { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      ],
      linux: { ...linux, namespaces: (['mount', 'pid', ...namespaces] as const).map((type) => ({ type })) },
    },
    { bundle, rootMountPoint },
  );
  const { stdout, stderr } = runPlan(t, { plan });
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
