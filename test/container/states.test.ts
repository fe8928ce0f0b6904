import { closeSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { currentState, exitRecordPath, startedRecordPath } from '../../src/container/states.ts';
import type { Container, ContainerState, RestartPolicy } from '../../src/model/container.ts';
import { ownContainer } from '../../src/state/ownership.ts';
import { containerDirectory, type EnginePaths } from '../../src/state/paths.ts';

const ID = 'b'.repeat(64);
const STARTED = { pid: 42, monitorPid: 41, startedAt: '2026-01-02T03:04:05Z' };
const EXIT = { status: 137, signal: 9, oomKilled: true, finishedAt: '2026-01-02T03:04:06Z' };
const running: ContainerState = { status: 'running', pid: 42, startedAt: STARTED.startedAt, ports: [] };

function ownPaths(t: ExecutionContext): EnginePaths {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-states-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const paths = { root: join(folder, 'root'), state: join(folder, 'state') };
  mkdirSync(containerDirectory(paths, ID), { recursive: true });
  return paths;
}

const withState = (state: ContainerState, policy: RestartPolicy['name'] = 'no'): Container =>
  ({
    id: ID,
    state,
    createdAt: '2026-01-02T03:04:04Z',
    config: { cgroupParent: '', restartPolicy: { name: policy, maximumRetries: 0 } },
    restarts: { count: 0, delayMs: 0, stoppedBy: undefined },
  }) as unknown as Container;

test('one that runs, as its lock says', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  t.deepEqual(currentState(paths, withState(running)), running);
  closeSync(lock);
});

test('one whose monitor was killed is no longer shown as running', (t) => {
  const paths = ownPaths(t);
  closeSync(ownContainer(paths, ID));
  const state = currentState(paths, withState(running));
  t.is(state.status, 'exited');
  t.like(state, { exitCode: 137, oomKilled: false, startedAt: STARTED.startedAt });
});

test('the exit record says how one ended, before anybody has reclaimed it', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  writeFileSync(exitRecordPath(paths, ID), JSON.stringify(EXIT));
  t.deepEqual(currentState(paths, withState(running)), {
    status: 'exited',
    exitCode: 137,
    oomKilled: true,
    startedAt: STARTED.startedAt,
    finishedAt: EXIT.finishedAt,
  });
  closeSync(lock);
});

test('one that its policy starts again is restarting from the moment of its end', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  writeFileSync(exitRecordPath(paths, ID), JSON.stringify(EXIT));
  const end = { exitCode: 137, oomKilled: true, startedAt: STARTED.startedAt, finishedAt: EXIT.finishedAt };
  t.deepEqual(currentState(paths, withState(running, 'always')), { status: 'restarting', restartAt: '2026-01-02T03:04:06.100Z', ...end });
  closeSync(lock);
  t.is(currentState(paths, withState(running, 'always')).status, 'restarting');
});

test('one whose starter was killed after its program began runs', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  t.is(currentState(paths, withState({ status: 'creating' })).status, 'creating');
  writeFileSync(startedRecordPath(paths, ID), JSON.stringify(STARTED));
  for (const status of ['creating', 'created'] as const) t.like(currentState(paths, withState({ status })), { status: 'running', pid: 42 });
  closeSync(lock);
});

test('a record that a crash cut off is as good as none', (t) => {
  const paths = ownPaths(t);
  closeSync(ownContainer(paths, ID));
  writeFileSync(exitRecordPath(paths, ID), '{"status":1');
  t.like(currentState(paths, withState(running)), { status: 'exited', exitCode: 137 });
});

test('what ended stays ended', (t) => {
  const state: ContainerState = { status: 'exited', exitCode: 3, oomKilled: false, startedAt: 'x', finishedAt: 'y' };
  t.deepEqual(currentState(ownPaths(t), withState(state)), state);
});
