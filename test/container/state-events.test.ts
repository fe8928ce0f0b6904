import test from 'ava';
import { stateEvents } from '../../src/container/state-events.ts';
import type { StateChange } from '../../src/container/change-state.ts';
import type { ContainerConfig } from '../../src/model/container.ts';
import { ID, running, sample } from './sample.ts';

const started: StateChange = {
  type: 'started',
  by: 'user',
  facts: { pid: 42, startedAt: '2026-01-02T03:04:05Z', ports: [] },
  attached: true,
};
const ended: StateChange = {
  type: 'ended',
  facts: { exitCode: 3, oomKilled: false, startedAt: '2026-01-02T03:04:05Z', finishedAt: '2026-01-02T03:04:06Z' },
};

const told = (change: StateChange, config: Partial<ContainerConfig> = {}): string[] =>
  stateEvents(sample(running(), config), change).map(({ type, action, actor }) => `${type} ${action} ${actor === ID ? 'ID' : actor}`);

test('a start and an end, in Docker’s order, with the network and the volumes', (t) => {
  const mounts: ContainerConfig['mounts'] = [
    { type: 'volume', name: 'kept', target: '/kept', readOnly: true, copy: true },
    { type: 'tmpfs', target: '/tmp', options: '' },
    { type: 'volume', name: undefined, target: '/own', readOnly: false, copy: true },
  ];
  const own = `${ID.slice(0, 60)}0002`;
  t.deepEqual(told(started, { mounts }), [
    'container attach ID',
    'network connect bridge',
    'volume mount kept',
    `volume mount ${own}`,
    'container start ID',
  ]);
  t.deepEqual(told(ended, { mounts }), ['container die ID', 'network disconnect bridge', 'volume unmount kept', `volume unmount ${own}`]);
  const [mount] = stateEvents(sample(running(), { mounts }), started).filter(({ type }) => type === 'volume');
  t.deepEqual(mount?.attributes, { container: ID, destination: '/kept', driver: 'local', propagation: '', 'read/write': 'false' });
});

test('networks by what drives them; another container’s is none of ours', (t) => {
  const network = (given: ContainerConfig['network']): unknown =>
    stateEvents(sample(running(), { network: given }), ended).find(({ type }) => type === 'network')?.attributes;
  t.deepEqual(network({ type: 'none' }), { container: ID, name: 'none', type: 'null' });
  t.deepEqual(network({ type: 'host' }), { container: ID, name: 'host', type: 'host' });
  t.is(network({ type: 'container', id: 'x' }), undefined);
});

test('a start that failed tells of the network only where it was there', (t) => {
  const failed: StateChange = { type: 'startFailed', error: 'no', exitCode: 127, attached: true };
  t.deepEqual(told(failed), ['container attach ID']);
  t.deepEqual(told({ ...failed, wasConnected: true }), ['container attach ID', 'network connect bridge', 'network disconnect bridge']);
});
