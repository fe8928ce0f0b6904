import test from 'ava';
import { changeState, nextState } from '../../src/container/change-state.ts';
import { insertContainer, readContainer, writeStoppedBy } from '../../src/container/records.ts';
import type { ContainerState } from '../../src/model/container.ts';
import { lastEvent, readEvents } from '../../src/state/events.ts';
import { emptyDatabase } from '../state/empty-database.ts';
import { ID, sample } from './sample.ts';

const facts = { pid: 42, startedAt: '2026-01-02T03:04:05Z', ports: [] };
const ended = { exitCode: 3, oomKilled: false, startedAt: facts.startedAt, finishedAt: '2026-01-02T03:04:06Z' };

test('a failed start leaves created, or exited where it had run before', (t) => {
  const change = { type: 'startFailed', error: 'no', exitCode: 127 } as const;
  t.deepEqual(nextState({ status: 'creating' }, change), { status: 'created', error: 'no', exitCode: 127 });
  t.deepEqual(nextState({ status: 'exited', ...ended }, change), { status: 'exited', ...ended, exitCode: 127, error: 'no' });
});

test('what was to be restarted and is not is exited, as it had ended', (t) => {
  const restarting: ContainerState = { status: 'restarting', restartAt: '2026-01-02T03:04:07Z', ...ended };
  t.deepEqual(nextState(restarting, { type: 'restartCanceled' }), { status: 'exited', ...ended });
  t.throws(() => nextState({ status: 'running', ...facts }, { type: 'restartCanceled' }), { message: /running, not restarting/ });
});

test('when the life before ended is known while one runs', (t) => {
  const { finishedAt } = ended;
  const first = nextState({ status: 'created' }, { type: 'started', by: 'user', facts });
  t.deepEqual(first, { status: 'running', ...facts });
  const second = nextState({ status: 'exited', ...ended }, { type: 'started', by: 'user', facts });
  t.deepEqual(second, { status: 'running', ...facts, finishedAt });
  const paused = nextState(second, { type: 'paused', facts });
  t.deepEqual(paused, { status: 'paused', ...facts, finishedAt });
  t.deepEqual(nextState(paused, { type: 'resumed', facts }), second);
});

test('a life: its rows and its events', (t) => {
  const database = emptyDatabase(t);
  insertContainer(database, sample({ status: 'creating' }, { labels: { tier: 'web' } }));
  changeState(database, ID, { type: 'made' });
  changeState(database, ID, { type: 'started', by: 'user', facts });
  changeState(database, ID, { type: 'paused', facts });
  changeState(database, ID, { type: 'resumed', facts });
  changeState(database, ID, { type: 'ended', facts: { ...ended, oomKilled: true } });
  t.deepEqual(readContainer(database, ID)?.state, { status: 'exited', ...ended, oomKilled: true });
  const events = readEvents(database, 0);
  t.deepEqual(
    events.map(({ action }) => action),
    ['connect', 'start', 'pause', 'unpause', 'oom', 'die', 'disconnect'],
  );
  t.like(events.at(-2), { actor: ID, attributes: { tier: 'web', image: 'ubuntu:20.04', name: 'infallible_kare', exitCode: '3' } });
  t.is(lastEvent(database), 7);
});

test('restarts count until a user starts it, and a stop is remembered until then', (t) => {
  const database = emptyDatabase(t);
  insertContainer(database, sample({ status: 'created' }));
  const restart = (delayMs: number): unknown =>
    changeState(database, ID, { type: 'restarting', facts: ended, delayMs, restartAt: ended.finishedAt });
  changeState(database, ID, { type: 'started', by: 'user', facts });
  restart(100);
  changeState(database, ID, { type: 'started', by: 'policy', facts });
  restart(200);
  t.deepEqual(readContainer(database, ID)?.restarts, { count: 2, delayMs: 200, stoppedBy: undefined });
  writeStoppedBy(database, ID, 'user');
  changeState(database, ID, { type: 'restartCanceled' });
  t.deepEqual(readContainer(database, ID)?.restarts, { count: 2, delayMs: 200, stoppedBy: 'user' });
  changeState(database, ID, { type: 'started', by: 'user', facts });
  t.deepEqual(readContainer(database, ID)?.restarts, { count: 0, delayMs: 0, stoppedBy: undefined });
});

test('a restart by its user counts as its start, and only once', (t) => {
  const database = emptyDatabase(t);
  insertContainer(database, sample({ status: 'created' }));
  changeState(database, ID, { type: 'started', by: 'user', facts });
  writeStoppedBy(database, ID, 'restart');
  changeState(database, ID, { type: 'restarting', facts: ended, delayMs: 0, restartAt: ended.finishedAt });
  t.deepEqual(readContainer(database, ID)?.restarts, { count: 0, delayMs: 0, stoppedBy: 'restart' });
  changeState(database, ID, { type: 'started', by: 'policy', facts });
  t.deepEqual(readContainer(database, ID)?.restarts, { count: 0, delayMs: 0, stoppedBy: undefined });
});

test('one that is gone changes no more', (t) => {
  t.is(changeState(emptyDatabase(t), ID, { type: 'made' }), undefined);
});
