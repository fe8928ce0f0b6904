/** A plain container and host for the tests of config.json and plans. */
import type { OciConfigInput } from '../../src/container/oci-config.ts';
import { defaultConfig } from '../../src/model/container-defaults.ts';
import type { ContainerConfig } from '../../src/model/container.ts';

export const ID: string = 'c0ffee'.padEnd(64, '0');

/** `tsrun run busybox sh`, with `changes`. */
export function containerConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
  const { volumesFrom: _asked, links: _asTyped, ...defaults } = defaultConfig();
  return {
    ...defaults,
    image: 'busybox',
    imageId: `sha256:${'0'.repeat(64)}`,
    entrypoint: [],
    command: ['sh'],
    user: '',
    workingDirectory: '',
    hostname: ID.slice(0, 12),
    stopSignal: undefined,
    links: [],
    ...changes,
  };
}

/** What `buildOciConfig` gets for it on a host that has all capabilities and cgroup v2. */
export function ociConfigInput(changes: Partial<ContainerConfig> = {}, more: Partial<OciConfigInput> = {}): OciConfigInput {
  return {
    id: ID,
    config: containerConfig(changes),
    user: { uid: 0, gid: 0, groups: [], home: '/root' },
    rootPath: '/run/tsrun/root',
    overlay: { directory: '/var/lib/tsrun/layers', lower: ['top', 'bottom'], upper: '/c/upper', work: '/c/work' },
    files: { hosts: '/c/hosts', hostname: '/c/hostname', resolvConf: '/c/resolv.conf' },
    mounts: [],
    devices: [],
    hostDevices: [],
    seccomp: undefined,
    host: { boundingSet: 0x1ffffffffffn, cgroup: { kind: 'v2' }, cpus: 2, recursiveReadOnly: true, thermalThrottlePaths: [] },
    ...more,
  };
}
