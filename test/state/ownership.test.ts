import { closeSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { native } from '../../src/kernel/native.ts';
import { TsrunError } from '../../src/model/errors.ts';
import { disownContainer, isContainerName, isOwned, liveNames, ownContainer, removeLeftover, takeOver } from '../../src/state/ownership.ts';
import { liveContainerDirectory, type EnginePaths } from '../../src/state/paths.ts';

function ownPaths(t: ExecutionContext): EnginePaths {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-owner-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return { root: join(folder, 'root'), state: join(folder, 'state') };
}

const ID = 'a'.repeat(64);

test('a container is owned as long as its lock is open', (t) => {
  const paths = ownPaths(t);
  t.false(isOwned(paths, ID));
  t.deepEqual(liveNames(paths), []);
  const lock = ownContainer(paths, ID);
  t.true(isOwned(paths, ID));
  t.is(takeOver(paths, ID), undefined, 'somebody has it');
  t.deepEqual(liveNames(paths), [ID]);
  closeSync(lock);
  t.false(isOwned(paths, ID));
  t.deepEqual(liveNames(paths), [ID], 'what it held is still to be given back');
});

test('a lock handed on is held until its last copy is closed', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  const copy = native().dup(lock);
  closeSync(lock);
  t.true(isOwned(paths, ID));
  closeSync(copy);
  t.false(isOwned(paths, ID));
});

test('one that is alive is not owned twice, and nothing of the second try stays', (t) => {
  const paths = ownPaths(t);
  const lock = ownContainer(paths, ID);
  const error = t.throws(() => ownContainer(paths, ID), { instanceOf: TsrunError });
  t.is(error.code, 'CONFLICT');
  t.deepEqual(readdirSync(join(paths.state, 'containers')), [ID]);
  closeSync(lock);
});

test('only one takes over a dead one', (t) => {
  const paths = ownPaths(t);
  closeSync(ownContainer(paths, ID));
  const first = takeOver(paths, ID);
  t.not(first, undefined);
  t.is(takeOver(paths, ID), undefined);
  disownContainer(paths, ID, first ?? -1);
  t.is(takeOver(paths, ID), undefined, 'it is gone');
  t.false(existsSync(liveContainerDirectory(paths, ID)));
});

test('what was being made or removed is told from a container', (t) => {
  const paths = ownPaths(t);
  mkdirSync(join(paths.state, 'containers', `.new-1-${ID}`), { recursive: true });
  mkdirSync(join(paths.state, 'containers', `.gone-1-${ID}`));
  t.deepEqual(liveNames(paths).filter(isContainerName), []);
  const lock = ownContainer(paths, ID);
  t.deepEqual(liveNames(paths).filter(isContainerName), [ID]);
  disownContainer(paths, ID, lock);
  t.deepEqual(liveNames(paths).filter(isContainerName), []);
  t.is(takeOver(paths, `.new-1-${ID}`), undefined, 'it has no lock yet');
});

test('what a killed process left half made is removed; what a living one makes is left alone, locked or not yet', (t) => {
  const paths = ownPaths(t);
  const live = join(paths.state, 'containers');
  const ours = `.new-${process.pid}-${ID}`;
  // No process has this number: it is above the kernel's limit.
  const dead = `.new-4194305-${ID}`;
  for (const name of [ours, dead]) mkdirSync(join(live, name), { recursive: true });
  for (const name of [ours, dead]) removeLeftover(paths, name);
  t.deepEqual(liveNames(paths), [ours]);
  const old = new Date(Date.now() - 120_000);
  utimesSync(join(live, ours), old, old);
  removeLeftover(paths, ours);
  t.deepEqual(liveNames(paths), [], 'a number that is used again');
});
