import test from 'ava';
import { isRestored, restartDelay } from '../../src/container/restart-policy.ts';
import type { Container, EndedFacts, RestartFacts, RestartPolicy } from '../../src/model/container.ts';
import { sample } from './sample.ts';

const ended = (exitCode: number, seconds = 1): EndedFacts => ({
  exitCode,
  oomKilled: false,
  startedAt: '2026-01-02T03:04:00Z',
  finishedAt: new Date(Date.parse('2026-01-02T03:04:00Z') + seconds * 1000).toISOString(),
});

function under(name: RestartPolicy['name'], restarts: Partial<RestartFacts> = {}, maximumRetries = 0): Container {
  const container = sample({ status: 'exited', ...ended(1) }, { restartPolicy: { name, maximumRetries } });
  return { ...container, restarts: { ...container.restarts, ...restarts } };
}

test('the wait doubles from 100 ms to a minute, and begins anew after ten seconds of running', (t) => {
  const waits = [];
  for (let delayMs = 0; waits.length < 12;) {
    delayMs = restartDelay(under('always', { delayMs }), ended(0)) ?? -1;
    waits.push(delayMs);
  }
  t.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  t.is(restartDelay(under('always', { delayMs: 60_000 }), ended(0, 10)), 100);
});

test('a clock that was set back is no long life', (t) => {
  t.is(restartDelay(under('always', { delayMs: 400 }), ended(0, -3600)), 800);
});

test('on-failure counts, and wants a failure', (t) => {
  t.is(restartDelay(under('on-failure'), ended(0)), undefined);
  t.is(restartDelay(under('on-failure', { count: 1000 }), ended(1)), 100);
  t.is(restartDelay(under('on-failure', { count: 2 }, 3), ended(1)), 100);
  t.is(restartDelay(under('on-failure', { count: 3 }, 3), ended(1)), undefined);
});

test('what was stopped stays down, under every policy', (t) => {
  for (const stoppedBy of ['user', 'engine'] as const)
    for (const name of ['always', 'unless-stopped', 'on-failure'] as const)
      t.is(restartDelay(under(name, { stoppedBy }), ended(137)), undefined);
});

test('what its user restarts starts at once, under every policy', (t) => {
  for (const name of ['no', 'always', 'unless-stopped', 'on-failure'] as const)
    t.is(restartDelay(under(name, { stoppedBy: 'restart' }), ended(0)), 0);
});

test('after a boot always is started though it was stopped, others are not', (t) => {
  t.true(isRestored(under('always', { stoppedBy: 'user' })));
  t.false(isRestored(under('unless-stopped', { stoppedBy: 'user' })));
  t.true(isRestored(under('unless-stopped', { stoppedBy: 'engine' })));
  t.true(isRestored(under('on-failure')));
  t.false(isRestored(under('no')));
  t.false(isRestored({ ...under('always'), state: { status: 'created' } }));
  t.false(isRestored({ ...under('always'), state: { status: 'running', pid: 1, startedAt: '', ports: [] } }));
});
