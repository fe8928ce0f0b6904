import test from 'ava';
import fc from 'fast-check';
import { configText, parseConfig } from '../../src/container/config-text.ts';
import type { ContainerConfig } from '../../src/model/container.ts';
import { containerConfig } from './oci-config-fixture.ts';

/** As a row had it on the day when this was written, and what it meant. Both stay as they are. */
const WRITTEN = `{"command":["sh"],"hostname":"c0ffee000000","image":"busybox","imageId":"sha256:${'0'.repeat(64)}"}`;
const MEANT = {
  terminal: false,
  attach: ['stdout', 'stderr'],
  stopSignal: undefined,
  stopTimeout: undefined,
  network: { type: 'bridge' },
  shmSize: 67_108_864,
  seccomp: 'default',
  privileged: false,
  ipc: 'private',
  pid: 'private',
  uts: 'private',
  cgroupns: 'private',
  logDriver: 'json-file',
  restartPolicy: { name: 'no', maximumRetries: 0 },
};

test('what is as usual is left out, and means the same in a year', (t) => {
  t.deepEqual(parseConfig(WRITTEN), containerConfig());
  t.like(parseConfig(WRITTEN), MEANT);
  t.deepEqual(JSON.parse(configText(containerConfig())), JSON.parse(WRITTEN));
});

test('what one container changes in its config is not in another’s', (t) => {
  parseConfig(WRITTEN).labels['name'] = 'changed';
  t.deepEqual(parseConfig(WRITTEN).labels, {});
});

test('any config is the same after it was written and read', (t) => {
  const changes = fc.record<Partial<ContainerConfig>>(
    {
      entrypoint: fc.array(fc.string()),
      labels: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      attach: fc.subarray(['stdin', 'stdout', 'stderr']),
      stopSignal: fc.constantFrom('SIGTERM', 'SIGQUIT'),
      stopTimeout: fc.constantFrom(0, 10, -1),
      network: fc.constantFrom({ type: 'bridge' }, { type: 'none' }, { type: 'container', id: 'f00' }),
      macAddress: fc.constantFrom('02:42:ac:11:00:02', undefined),
      limits: fc.record({ memory: fc.nat(), cpus: fc.constantFrom(0.5, 2) }, { requiredKeys: [] }),
      seccomp: fc.constantFrom('default', 'unconfined', '{}'),
      healthcheck: fc.constantFrom(undefined, { test: ['NONE'], interval: 0, timeout: 0, startPeriod: 0, retries: 0 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(changes, (changed) => {
      const config = containerConfig(changed);
      t.deepEqual(parseConfig(configText(config)), config);
    }),
  );
});

test('a text that is no JSON is an error', (t) => {
  t.throws(() => parseConfig('{"image":'), { instanceOf: SyntaxError });
});
