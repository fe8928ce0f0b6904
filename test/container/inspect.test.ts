import test from 'ava';
import { inspectContainer } from '../../src/container/inspect.ts';
import { NOTHING_GIVEN } from '../../src/model/as-given.ts';
import { running, sample, ID } from './sample.ts';

const facts = {
  paths: { root: '/r', state: '/s' },
  network: { subnet: '172.17.0.0/16', gateway: '172.17.0.1' },
  lower: ['/r/layers/b', '/r/layers/a'],
  execs: ['e'],
  hasLog: true,
  networkNamespace: '402',
};

test('a running container in the shape of Docker', (t) => {
  const inspected = inspectContainer(
    sample(running([{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }]), {
      exposedPorts: ['80/tcp', '443/tcp'],
      ports: [{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }],
      limits: { memory: 64 << 20, memorySwap: 128 << 20, cpus: 1.5 },
      mounts: [
        { type: 'bind', source: '/etc', target: '/host', readOnly: true, propagation: undefined, createSource: true },
        { type: 'volume', name: 'vol1', target: '/vv', readOnly: false, copy: true },
        { type: 'volume', name: undefined, target: '/data', readOnly: false, copy: true },
        { type: 'tmpfs', target: '/t', options: 'size=1m' },
        { type: 'bind', source: '/usr', target: '/mounted', readOnly: true, propagation: undefined, createSource: false },
        { type: 'volume', name: 'vol2', target: '/mounted2', readOnly: true, copy: true },
      ],
      asGiven: {
        ...NOTHING_GIVEN,
        binds: ['/etc:/host:ro', 'vol1:/vv'],
        mounts: [
          { type: 'bind', source: '/usr', target: '/mounted/', readOnly: true },
          { type: 'volume', source: 'vol2', target: '/mounted2', readOnly: true },
        ],
      },
    }),
    facts,
  );
  t.like(inspected, {
    Id: ID,
    Path: '/bin/sh',
    Args: ['-c', 'while true; do echo hello world; sleep 1; done'],
    Name: '/infallible_kare',
    LogPath: `/r/containers/${ID}/${ID}-json.log`,
    State: {
      Status: 'running',
      Running: true,
      Pid: 42,
      ExitCode: 0,
      StartedAt: '2026-07-13T00:00:01.000Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    HostConfig: {
      Binds: ['/etc:/host:ro', 'vol1:/vv'],
      PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
      Memory: 67_108_864,
      MemorySwap: 134_217_728,
      NanoCpus: 1_500_000_000,
      Tmpfs: { '/t': 'size=1m' },
    },
    Config: { Cmd: ['/bin/sh', '-c', 'while true; do echo hello world; sleep 1; done'], Entrypoint: null, Volumes: { '/data': {} } },
    ExecIDs: ['e'],
    GraphDriver: {
      Data: {
        LowerDir: '/r/layers/b:/r/layers/a',
        MergedDir: '/proc/42/root',
        UpperDir: `/r/containers/${ID}/upper`,
        WorkDir: `/r/containers/${ID}/work`,
      },
    },
    NetworkSettings: {
      SandboxID: '402',
      SandboxKey: '/proc/42/ns/net',
      IPAddress: '172.17.0.2',
      IPPrefixLen: 16,
      Gateway: '172.17.0.1',
      Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '443/tcp': null },
    },
  });
  t.deepEqual(
    (inspected['Mounts'] as { Destination: string; Mode: string; RW: boolean }[]).map(({ Destination, Mode, RW }) => [
      Destination,
      Mode,
      RW,
    ]),
    [
      ['/host', 'ro', false],
      ['/vv', 'z', true],
      ['/data', '', true],
      ['/mounted', '', false],
      ['/mounted2', 'z', false],
    ],
  );
});

test('limits, links and what was given, each as Docker has it', (t) => {
  const { HostConfig: told } = inspectContainer(
    sample(running(), {
      annotations: { a: 'b' },
      cgroupParent: '/x',
      links: [{ id: 'f'.repeat(64), name: 'db', alias: 'database' }],
      maskedPathsUnconfined: true,
      limits: {
        blkioWeight: 500,
        blkioWeightDevices: [{ path: '/dev/a', weight: 10 }],
        deviceReadBps: [{ path: '/dev/a', rate: 1 }],
        deviceWriteIops: [{ path: '/dev/a', rate: 2 }],
        cpuPeriod: 50_000,
        cpuQuota: 25_000,
        cpuRealtimePeriod: 1_000_000,
        memorySwappiness: 0,
      },
      asGiven: {
        cidfile: '/id',
        cgroupParent: 'x',
        isolation: 'default',
        volumeDriver: 'local',
        usernsMode: 'host',
        volumesFrom: ['src:ro'],
        binds: [],
        mounts: [
          { type: 'volume', source: 'lab', target: '/x', readOnly: true, noCopy: true, labels: { a: 'b' } },
          { type: 'bind', source: '/tmp', target: '/y', readOnly: false, consistency: 'cached', propagation: 'rslave', below: 'unbound' },
          { type: 'tmpfs', source: '', target: '/z', readOnly: false, tmpfsSize: 1_048_576, tmpfsMode: 0o700 },
        ],
        securityOptions: ['label=disable', 'systempaths=unconfined', 'no-new-privileges=false'],
        noHealthcheck: false,
      },
      mounts: [{ type: 'tmpfs', target: '/z', options: 'mode=700,size=1048576' }],
    }),
    facts,
  );
  t.like(told, {
    Annotations: { a: 'b' },
    UsernsMode: 'host',
    Binds: null,
    BlkioDeviceReadBps: [{ Path: '/dev/a', Rate: 1 }],
    BlkioDeviceReadIOps: null,
    BlkioDeviceWriteIOps: [{ Path: '/dev/a', Rate: 2 }],
    BlkioWeight: 500,
    BlkioWeightDevice: [{ Path: '/dev/a', Weight: 10 }],
    CgroupParent: 'x',
    ContainerIDFile: '/id',
    CpuPeriod: 50_000,
    CpuQuota: 25_000,
    CpuRealtimePeriod: 1_000_000,
    CpuRealtimeRuntime: 0,
    Isolation: 'default',
    Links: ['/db:/infallible_kare/database'],
    MaskedPaths: [],
    MemorySwappiness: 0,
    Mounts: [
      { Type: 'volume', Source: 'lab', Target: '/x', ReadOnly: true, VolumeOptions: { NoCopy: true, Labels: { a: 'b' } } },
      { Type: 'bind', Source: '/tmp', Target: '/y', Consistency: 'cached', BindOptions: { Propagation: 'rslave', NonRecursive: true } },
      { Type: 'tmpfs', Target: '/z', TmpfsOptions: { SizeBytes: 1_048_576, Mode: 448 } },
    ],
    ReadonlyPaths: [],
    SecurityOpt: ['label=disable', 'no-new-privileges=false'],
    VolumeDriver: 'local',
    VolumesFrom: ['src:ro'],
  });
  t.false('Tmpfs' in (told as object), '--mount type=tmpfs is told with the mounts');
});

test('a container that ended', (t) => {
  const inspected = inspectContainer(
    sample({ status: 'exited', exitCode: 137, oomKilled: true, startedAt: '2026-01-01T00:00:00Z', finishedAt: '2026-01-01T00:00:09Z' }),
    facts,
  );
  t.like(inspected['State'], {
    Status: 'exited',
    Running: false,
    Pid: 0,
    ExitCode: 137,
    OOMKilled: true,
    FinishedAt: '2026-01-01T00:00:09Z',
  });
  t.like(inspected['NetworkSettings'], { IPAddress: '', IPPrefixLen: 0, Ports: {} });
});
