import test from 'ava';
import { parseFlags } from '../../src/cli/flags.ts';
import { runFlags } from '../../src/cli/options/run-flags.ts';
import { parseRunRequest } from '../../src/cli/options/run-options.ts';
import { mergeImage, type MergeContext, type MergedConfig } from '../../src/container/merge-image.ts';
import type { ContainerConfig } from '../../src/model/container.ts';
import { TsrunError } from '../../src/model/errors.ts';
import { containerConfig } from './oci-config-fixture.ts';
import type { Digest, ImageRunConfig } from '../../src/model/image.ts';

const ID = '0123456789abcdef'.repeat(4);
const IMAGE_ID: Digest = `sha256:${'a'.repeat(64)}`;

/** What the container `web` has. */
const OTHER_MOUNTS: ContainerConfig['mounts'] = [
  { type: 'bind', source: '/h', target: '/bind', readOnly: true, propagation: undefined, createSource: true },
  { type: 'volume', name: undefined, target: '/anonymous', readOnly: false, copy: true },
  { type: 'volume', name: 'named', target: '/named', readOnly: false, copy: true },
  { type: 'tmpfs', target: '/tmp', options: '' },
];

const context: MergeContext = {
  id: ID,
  host: { hostname: () => 'thehost', onlineCpus: () => '0-1', onlineMems: () => '0', hasSecurityModule: () => false },
  findContainer(text) {
    if (text !== 'web') throw new TsrunError('NOT_FOUND', `No such container: ${text}`);
    return { id: 'f'.repeat(64), name: 'web', config: containerConfig({ hostname: 'webhost', mounts: OTHER_MOUNTS }) };
  },
};

function merge(argv: readonly string[], image: ImageRunConfig): MergedConfig {
  const { flags, words } = parseFlags(runFlags, argv, { command: 'run', interspersed: false });
  const config = { architecture: 'amd64', os: 'linux', config: image, rootfs: { type: 'layers' as const, diff_ids: [] } };
  return mergeImage(parseRunRequest('run', flags, words, {}), { id: IMAGE_ID, config }, context);
}

const merged = (argv: readonly string[], image: ImageRunConfig = { Cmd: ['sh'] }): ContainerConfig => merge([...argv, 'img'], image).config;

test('entrypoint and command, as Docker merges them', (t) => {
  const both = { Entrypoint: ['/e', '-x'], Cmd: ['c', 'd'] };
  const cases: [string[], ImageRunConfig, string[], string[]][] = [
    [['img'], both, ['/e', '-x'], ['c', 'd']],
    [['img', 'y'], both, ['/e', '-x'], ['y']],
    [['--entrypoint', '/z', 'img'], both, ['/z'], []],
    [['--entrypoint', '/z', 'img', 'a', 'b'], both, ['/z'], ['a', 'b']],
    [['--entrypoint=', 'img', 'a'], both, [], ['a']],
    [['img'], { Cmd: ['only'] }, [], ['only']],
    [['img'], { Entrypoint: ['only'], Cmd: null }, ['only'], []],
    [['img', 'x'], { Entrypoint: null }, [], ['x']],
  ];
  for (const [argv, image, entrypoint, command] of cases) {
    const { config } = merge(argv, image);
    t.deepEqual([config.entrypoint, config.command], [entrypoint, command], argv.join(' '));
  }
});

test('nothing to run is said', (t) => {
  t.throws(() => merge(['img'], {}), { message: 'No command specified' });
  t.throws(() => merge(['--entrypoint=', 'img'], { Entrypoint: ['/e'], Cmd: ['c'] }), { message: 'No command specified' });
});

test('the environment: ours first, then what the image has beside it', (t) => {
  const image = { Cmd: ['sh'], Env: ['PATH=/x', 'A=image', 'B=image'] };
  t.deepEqual(merged(['-e', 'A=1', '-e', 'C=3', '-e', 'A=2'], image).environment, ['A=2', 'C=3', 'PATH=/x', 'B=image']);
  t.deepEqual(merged(['-e', 'A'], image).environment, ['A', 'PATH=/x', 'B=image']);
  t.deepEqual(merged([], image).environment, ['PATH=/x', 'A=image', 'B=image']);
});

test('what the image says where we do not', (t) => {
  const image = {
    Cmd: ['sh'],
    User: 'app',
    WorkingDir: '/srv',
    StopSignal: 'SIGQUIT',
    Labels: { a: 'image', b: 'image' },
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
  };
  t.like(merged([], image), {
    user: 'app',
    workingDirectory: '/srv',
    stopSignal: 'SIGQUIT',
    labels: { a: 'image', b: 'image' },
    exposedPorts: ['80/tcp', '53/udp'],
  });
  t.like(merged(['-u', '0', '-w', '/', '--stop-signal', '9', '-l', 'a=ours'], image), {
    user: '0',
    workingDirectory: '/',
    stopSignal: '9',
    labels: { a: 'ours', b: 'image' },
  });
  t.like(merged([]), { user: '', workingDirectory: '', stopSignal: undefined, imageId: IMAGE_ID, image: 'img' });
});

test('volumes of the image are anonymous, except where something else is', (t) => {
  const image = { Cmd: ['sh'], Volumes: { '/data': {}, '/log/': {} } };
  t.deepEqual(merged([], image).mounts, [
    { type: 'volume', name: undefined, target: '/data', readOnly: false, copy: true },
    { type: 'volume', name: undefined, target: '/log', readOnly: false, copy: true },
  ]);
  t.deepEqual(
    merged(['-v', 'mine:/data', '--tmpfs', '/log'], image).mounts.map((mount) => `${mount.type} ${mount.target}`),
    ['volume /data', 'tmpfs /log'],
  );
});

test('the host name', (t) => {
  t.is(merged([]).hostname, '0123456789ab');
  t.is(merged(['-h', 'mine']).hostname, 'mine');
  t.is(merged(['--network', 'host']).hostname, 'thehost');
  t.is(merged(['--uts', 'host']).hostname, 'thehost');
  t.is(merged(['--network', 'container:web']).hostname, 'webhost');
});

test('other containers are looked up', (t) => {
  const config = merged(['--network', 'container:web', '--pid', 'container:web', '--ipc', 'container:web']);
  t.deepEqual(config.network, { type: 'container', id: 'f'.repeat(64) });
  t.is(config.pid, `container:${'f'.repeat(64)}`);
  t.is(config.ipc, `container:${'f'.repeat(64)}`);
  t.throws(() => merged(['--pid', 'container:nope']), { message: 'No such container: nope' });
});

test('ports: -P publishes what is exposed and not published', (t) => {
  const image = { Cmd: ['sh'], ExposedPorts: { '80/tcp': {}, '443/tcp': {}, '53/udp': {} } };
  t.deepEqual(merged(['-P'], { Cmd: ['sh'], ExposedPorts: { '1-99999999999/tcp': {} } }).ports, [], 'no port, though an image says so');
  t.deepEqual(
    merged(['-P', '-p', '8080:80'], image).ports.map((port) => `${port.hostPort}:${port.containerPort}/${port.protocol}`),
    ['8080:80/tcp', '0:443/tcp', '0:53/udp'],
  );
  const host = merge(['--network', 'host', '-p', '80:80', 'img'], image);
  t.deepEqual(host.config.ports, []);
  t.deepEqual(host.warnings, ['Published ports are discarded when using host network mode']);
  t.deepEqual(merge(['--network', 'none', '-p', '80:80', 'img'], image).config.ports, []);
});

test('volumes of other containers: the last of several wins, what is asked for here wins over them', (t) => {
  const anonymous = { type: 'volume', name: `${'f'.repeat(60)}0001`, target: '/anonymous', copy: false };
  const { mounts } = merged(['--volumes-from', 'web:ro', '--volumes-from', 'web', '-v', 'own:/named']);
  t.deepEqual(mounts, [
    { type: 'bind', source: '/h', target: '/bind', readOnly: true, propagation: undefined, createSource: true },
    { ...anonymous, readOnly: false } as (typeof mounts)[number],
    { type: 'volume', name: 'own', target: '/named', readOnly: false, copy: true },
  ]);
  const shadowed = merged(['--volumes-from', 'web:ro'], { Cmd: ['sh'], Volumes: { '/named': {}, '/new': {} } });
  t.deepEqual(
    shadowed.mounts.map(({ target }) => target),
    ['/bind', '/anonymous', '/named', '/new'],
  );
  t.throws(() => merged(['--volumes-from', 'nobody']), { message: 'No such container: nobody' });
});

test('links are to containers that are there', (t) => {
  t.deepEqual(merged(['--link', 'web:w']).links, [{ id: 'f'.repeat(64), name: 'web', alias: 'w' }]);
  t.throws(() => merged(['--link', 'nobody']), { message: 'could not get container for nobody: No such container: nobody' });
  t.throws(() => merged(['--link', ':x']), { message: 'could not get container for : invalid name or ID supplied: ""' });
});

test('kernel memory is discarded, and that is said', (t) => {
  const { config, warnings } = merge(['--kernel-memory', '50m', 'img'], { Cmd: ['sh'] });
  t.deepEqual(config.limits, {});
  t.deepEqual(warnings, [
    'Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
  ]);
});

test('security modules that the kernel has not are told of', (t) => {
  const { warnings } = merge(
    ['--security-opt', 'apparmor=mine', '--security-opt', 'label=user:u', '--security-opt', 'label=disable', 'img'],
    { Cmd: ['sh'] },
  );
  t.deepEqual(warnings, [
    'Your kernel does not support AppArmor, or it is not enabled. --security-opt apparmor=mine discarded.',
    'Your kernel does not support SELinux, or it is not enabled. --security-opt label=user:u discarded.',
  ]);
});

test('memory alone allows as much swap again', (t) => {
  t.deepEqual(merged(['-m', '64m']).limits, { memory: 64 << 20, memorySwap: 128 << 20 });
  t.deepEqual(merged(['-m', '64m', '--memory-swap', '-1']).limits, { memory: 64 << 20, memorySwap: -1 });
});

test('what the daemon of Docker refuses is refused in its words', (t) => {
  const cases: [string[], string][] = [
    [['-m', '1m'], 'Minimum memory limit allowed is 6MB'],
    [['-m', '6m', '--memory-swap', '5m'], 'Minimum memoryswap limit should be larger than memory limit, see usage'],
    [['--memory-swap', '5m'], 'You should always set the Memory limit when using Memoryswap limit, see usage'],
    [['-m', '6m', '--memory-reservation', '1g'], 'Minimum memory limit can not be less than memory reservation limit, see usage'],
    [['--oom-score-adj', '5000'], 'Invalid value 5000, range for oom score adj is [-1000, 1000]'],
    [['--cpus', '400'], 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
    [['--cpus', '-1'], 'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available'],
    [['--cpuset-cpus', 'a'], 'Invalid value a for cpuset cpus: invalid format: a'],
    [['--cpuset-cpus', '99'], 'Requested CPUs are not available - requested 99, available: 0-1'],
    [['--cap-add', 'FOO'], 'invalid CapAdd: unknown capability: "CAP_FOO"'],
    [['--cap-drop', 'foo'], 'invalid CapDrop: unknown capability: "CAP_FOO"'],
    [['--stop-signal', 'FOO'], 'Invalid signal: FOO'],
    [['-w', 'foo'], "the working directory 'foo' is invalid, it needs to be an absolute path"],
    [['--uts', 'host', '-h', 'a'], 'conflicting options: hostname and the UTS mode'],
    [['--network', 'container:web', '-h', 'a'], 'conflicting options: hostname and the network mode'],
    [['--network', 'container:web', '--dns', '1.1.1.1'], 'conflicting options: dns and the network mode'],
    [['--network', 'container:web', '--add-host', 'a:1.1.1.1'], 'conflicting options: custom host-to-IP mapping and the network mode'],
    [['--network', 'container:web', '-p', '80:80'], 'conflicting options: port publishing and the container type network mode'],
  ];
  for (const [argv, message] of cases) t.throws(() => merged(argv), { message }, argv.join(' '));
});
