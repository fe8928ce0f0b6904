/**
 * A container's config as the text of its row. What is as it usually is, most of it, is left out: a list of a thousand containers
 * reads a thousand of these.
 */
import type { ContainerConfig } from '../model/container.ts';

type UsualConfig = Omit<ContainerConfig, 'image' | 'imageId'>;

/**
 * What a missing member stands for, in a row of any age. Not `defaultConfig`: a default that changes must not change the containers
 * that are there. New objects each time, as JSON.parse gives them.
 */
const usualConfig = (): UsualConfig => ({
  entrypoint: [],
  command: [],
  environment: [],
  user: '',
  workingDirectory: '',
  hostname: '',
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
  readOnlyRoot: false,
  shmSize: 67_108_864,
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
  asGiven: {
    cidfile: '',
    cgroupParent: '',
    isolation: '',
    volumeDriver: '',
    usernsMode: '',
    volumesFrom: [],
    binds: [],
    mounts: [],
    securityOptions: [],
    noHealthcheck: false,
  },
});

/** JSON of what is other than usual. */
export function configText(config: ContainerConfig): string {
  const usual: Partial<ContainerConfig> = usualConfig();
  const isKept = ([name, value]: [string, unknown]): boolean =>
    JSON.stringify(value) !== JSON.stringify(usual[name as keyof ContainerConfig]);
  return JSON.stringify(Object.fromEntries(Object.entries(config).filter(isKept)));
}

/** The whole config again. @throws SyntaxError for what is no JSON */
export function parseConfig(text: string): ContainerConfig {
  const kept = JSON.parse(text) as Record<string, unknown>;
  const config: Record<string, unknown> = usualConfig();
  // A spread of both takes twice as long.
  for (const name in kept) config[name] = kept[name];
  return config as unknown as ContainerConfig;
}
