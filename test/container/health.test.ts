import test from 'ava';
import { checkCommand, checkTimes, healthAfter, nextCheck, recordProbe } from '../../src/container/health.ts';
import { changeState } from '../../src/container/change-state.ts';
import { insertContainer, readContainer } from '../../src/container/records.ts';
import { mergeHealthcheck } from '../../src/container/merge-healthcheck.ts';
import type { Health, Healthcheck, HealthProbe } from '../../src/model/container.ts';
import { readEvents } from '../../src/state/events.ts';
import { emptyDatabase } from '../state/empty-database.ts';
import { ID, sample } from './sample.ts';

const check: Healthcheck = { test: ['CMD-SHELL', 'true'], interval: 0, timeout: 0, startPeriod: 0, retries: 0 };
const startedAt = '2026-01-02T03:04:00.000Z';
const answer = (exitCode: number, second = 1): HealthProbe => ({
  start: `2026-01-02T03:04:${String(second).padStart(2, '0')}.000Z`,
  end: `2026-01-02T03:04:${String(second).padStart(2, '0')}.500Z`,
  exitCode,
  output: `${second}`,
});
const starting: Health = { status: 'starting', failingStreak: 0, log: [] };

const after = (answers: HealthProbe[], asked = check): Health =>
  answers.reduce((health, probe) => healthAfter(health, asked, probe, startedAt), starting);

test('three failures in a row make it unhealthy, one success healthy', (t) => {
  t.like(after([answer(1), answer(2)]), { status: 'starting', failingStreak: 2 });
  t.like(after([answer(1), answer(1), answer(-1)]), { status: 'unhealthy', failingStreak: 3 });
  t.like(after([answer(1), answer(1), answer(1), answer(0)]), { status: 'healthy', failingStreak: 0 });
  t.like(after([answer(0), answer(1), answer(1)]), { status: 'healthy', failingStreak: 2 });
  t.like(after([answer(1)], { ...check, retries: 1 }), { status: 'unhealthy' });
});

test('one that is starting is asked at another pace, in its start period and where somebody said so', (t) => {
  const patient = { ...check, interval: 30e9, startPeriod: 10e9 };
  const now = Date.parse(startedAt) + 5000;
  t.is(nextCheck(patient, 'starting', startedAt, now), 30_000);
  const eager = { ...patient, startInterval: 2e9 };
  t.is(nextCheck(eager, 'starting', startedAt, now), 2000);
  t.is(nextCheck(eager, 'healthy', startedAt, now), 30_000);
  t.is(nextCheck(eager, 'starting', startedAt, now + 5000), 30_000);
});

test('in its start period failures don’t count, until it was well once', (t) => {
  const patient = { ...check, retries: 1, startPeriod: 10e9 };
  t.like(after([answer(1, 1), answer(1, 9)], patient), { status: 'starting', failingStreak: 0 });
  t.like(after([answer(1, 1), answer(1, 10)], patient), { status: 'unhealthy' });
  t.like(after([answer(0, 1), answer(1, 2)], patient), { status: 'unhealthy' });
  const setBack = { ...answer(1), start: '2026-01-01T03:04:00.000Z' };
  t.like(after([setBack], patient), { status: 'unhealthy' }, 'the period does not begin a day before the container');
});

test('the last five answers are kept', (t) => {
  t.deepEqual(
    after([1, 2, 3, 4, 5, 6, 7].map((second) => answer(0, second))).log.map(({ output }) => output),
    ['3', '4', '5', '6', '7'],
  );
});

test('what is executed, and how often', (t) => {
  t.deepEqual(checkCommand({ ...check, test: ['CMD-SHELL', 'a && b'] }), ['/bin/sh', '-c', 'a && b']);
  t.deepEqual(checkCommand({ ...check, test: ['CMD-SHELL', 'a'], shell: ['/bin/bash', '-ec'] }), ['/bin/bash', '-ec', 'a']);
  t.deepEqual(checkCommand({ ...check, test: ['CMD', 'a', 'b'] }), ['a', 'b']);
  t.is(checkCommand({ ...check, test: ['a'] }), undefined);
  t.deepEqual(checkTimes(check), { intervalMs: 30_000, timeoutMs: 30_000 });
  t.deepEqual(checkTimes({ ...check, interval: 5e6, timeout: 2e9 }), { intervalMs: 5, timeoutMs: 2000 });
});

test('the image’s check, with what was asked for instead', (t) => {
  const Healthcheck = { Test: ['CMD', 'probe'], Interval: 5e9, Retries: 7 };
  t.deepEqual(mergeHealthcheck(undefined, { Healthcheck }), { ...check, test: ['CMD', 'probe'], interval: 5e9, retries: 7 });
  t.like(mergeHealthcheck({ ...check, test: [], interval: 1e9 }, { Healthcheck }), { test: ['CMD', 'probe'], interval: 1e9, retries: 7 });
  t.is(mergeHealthcheck({ ...check, test: ['NONE'] }, { Healthcheck }), undefined);
  t.is(mergeHealthcheck(undefined, { Healthcheck: { Test: ['NONE'] } }), undefined);
  t.is(mergeHealthcheck({ ...check, test: [], interval: 1e9 }, {}), undefined);
  t.is(mergeHealthcheck(undefined, { Healthcheck: { Test: 5 as unknown as string[] } }), undefined, 'an image is what its author wrote');
});

test('an answer is written and told where it changes something; one of another life is not', (t) => {
  const database = emptyDatabase(t);
  insertContainer(database, sample({ status: 'created' }, { healthcheck: check }));
  changeState(database, ID, { type: 'started', by: 'user', facts: { pid: 1, startedAt, ports: [] } });
  const statusNow = (): string | undefined => readContainer(database, ID)?.health?.status;
  t.is(statusNow(), 'starting');
  recordProbe(database, { id: ID }, 'another life', answer(0));
  t.is(statusNow(), 'starting');
  for (let times = 0; times < 2; times++) recordProbe(database, { id: ID }, startedAt, answer(0));
  t.is(statusNow(), 'healthy');
  t.deepEqual(
    readEvents(database, 0).map(({ action }) => action),
    ['connect', 'start', 'health_status: healthy'],
  );
  changeState(database, ID, { type: 'ended', facts: { exitCode: 0, oomKilled: false, startedAt, finishedAt: startedAt } });
  recordProbe(database, { id: ID }, startedAt, answer(0));
  t.is(statusNow(), 'unhealthy');
});
