import test from 'ava';
import { toRunRequest } from '../../src/api/run-options.ts';
import { isTsrunError } from '../../src/model/errors.ts';

test('an image alone: the rest is the image’s or Docker’s default, and it ends with its caller', (t) => {
  const request = toRunRequest({ image: 'busybox' });
  t.like(request, { image: 'busybox', name: undefined, pull: 'missing', detach: false, endsWithCaller: true });
  t.like(request.config, {
    entrypoint: undefined,
    command: [],
    attach: ['stdout', 'stderr'],
    openStdin: false,
    removeOnExit: true,
    network: { type: 'bridge' },
    shmSize: 67_108_864,
    seccomp: 'default',
  });
  t.false(request.abort?.aborted);
});

test('ports are on 127.0.0.1 and any free port unless said', (t) => {
  const { config } = toRunRequest({
    image: 'x',
    ports: [{ container: 80 }, { container: 53, host: 5353, address: '0.0.0.0', protocol: 'udp' }],
  });
  t.deepEqual(config.ports, [
    { protocol: 'tcp', containerPort: 80, hostAddress: '127.0.0.1', hostPort: 0 },
    { protocol: 'udp', containerPort: 53, hostAddress: '0.0.0.0', hostPort: 5353 },
  ]);
  t.deepEqual(config.exposedPorts, ['80/tcp', '53/udp']);
});

test('mounts, network, environment', (t) => {
  const { config } = toRunRequest({
    image: 'x',
    stdin: true,
    environment: { ONE: '1', TWO: 'a=b' },
    network: 'container:other',
    mounts: [
      { type: 'bind', source: '/host', target: '/a', readOnly: true },
      { type: 'volume', name: 'data', target: '/b' },
      { type: 'tmpfs', target: '/c', options: 'size=1m' },
    ],
  });
  t.deepEqual(config.environment, ['ONE=1', 'TWO=a=b']);
  t.deepEqual(config.network, { type: 'container', id: 'other' });
  t.deepEqual(config.attach, ['stdin', 'stdout', 'stderr']);
  t.deepEqual(config.mounts, [
    { type: 'bind', source: '/host', target: '/a', readOnly: true, propagation: undefined, createSource: false },
    { type: 'volume', name: 'data', target: '/b', readOnly: false, copy: true },
    { type: 'tmpfs', target: '/c', options: 'size=1m' },
  ]);
});

test('relative paths of mounts are refused by name', (t) => {
  for (const mount of [
    { type: 'bind', source: 'host', target: '/a' },
    { type: 'tmpfs', target: 'c' },
  ] as const) {
    const error = t.throws(() => toRunRequest({ image: 'x', mounts: [mount] }));
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
  }
});

test('ports and variables that can’t be are refused', (t) => {
  for (const options of [
    { ports: [{ container: 0 }] },
    { ports: [{ container: 80.5 }] },
    { ports: [{ container: 65_536 }] },
    { ports: [{ container: 80, host: -1 }] },
    { ports: [{ container: 80, address: 'localhost' }] },
    { ports: [{ container: 80, address: '::1' }] },
    { environment: { '': 'value' } },
    { environment: { 'A=B': 'value' } },
  ]) {
    const error = t.throws(() => toRunRequest({ image: 'x', ...options }), undefined, JSON.stringify(options));
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
  }
});
