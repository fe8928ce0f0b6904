/** What a container has where nobody says otherwise: Docker's defaults, for every face of the engine. */
import { NOTHING_GIVEN } from './as-given.ts';
import type { RequestedConfig } from './run-request.ts';

/** Bytes of /dev/shm. */
export const DEFAULT_SHM_SIZE: number = 64 * 1024 * 1024;

/** Asks a program to end, where neither the user nor the image names another. */
export const DEFAULT_STOP_SIGNAL = 'SIGTERM';

/** Seconds between the stop signal and SIGKILL. */
export const DEFAULT_STOP_TIMEOUT = 10;

/** `tsrun create IMAGE` without a flag. A new one each time: whoever asks may change what is in it. */
export function defaultConfig(): RequestedConfig {
  return {
    entrypoint: undefined,
    command: [],
    environment: [],
    user: undefined,
    workingDirectory: undefined,
    hostname: undefined,
    domainname: '',
    labels: {},
    terminal: false,
    openStdin: false,
    attach: ['stdout', 'stderr'],
    stopSignal: undefined,
    stopTimeout: undefined,
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
    volumesFrom: [],
    readOnlyRoot: false,
    shmSize: DEFAULT_SHM_SIZE,
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
  };
}
