/** A plain container and host for the tests of config.json and plans. */
import type { OciConfigInput } from '../../src/container/oci-config.ts';
import { NOTHING_GIVEN } from '../../src/model/as-given.ts';
import type { ContainerConfig } from '../../src/model/container.ts';

export const ID: string = 'c0ffee'.padEnd(64, '0');

/** `tsrun run busybox sh`, with `changes`. */
export function containerConfig(changes: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    image: 'busybox',
    imageId: `sha256:${'0'.repeat(64)}`,
    entrypoint: [],
    command: ['sh'],
    environment: [],
    user: '',
    workingDirectory: '',
    hostname: ID.slice(0, 12),
    domainname: '',
    labels: {},
    terminal: false,
    openStdin: false,
    attach: ['stdout', 'stderr'],
    stopSignal: 'SIGTERM',
    stopTimeout: 10,
    removeOnExit: false,
    useInit: false,
    network: { type: 'bridge' },
    ports: [],
    publishAll: false,
    exposedPorts: [],
    extraHosts: [],
    links: [],
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    macAddress: undefined,
    mounts: [],
    readOnlyRoot: false,
    shmSize: 64 * 1024 * 1024,
    limits: {},
    cgroupParent: '',
    ulimits: [],
    sysctls: {},
    devices: [],
    deviceCgroupRules: [],
    capAdd: [],
    capDrop: [],
    privileged: false,
    seccomp: 'default',
    noNewPrivileges: false,
    maskedPathsUnconfined: false,
    ipc: 'private',
    pid: 'private',
    uts: 'private',
    cgroupns: 'private',
    groupAdd: [],
    annotations: {},
    logDriver: 'json-file',
    logOptions: {},
    restartPolicy: { name: 'no', maximumRetries: 0 },
    healthcheck: undefined,
    asGiven: NOTHING_GIVEN,
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
