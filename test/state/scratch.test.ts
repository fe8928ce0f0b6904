import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { scratchDirectory, type EnginePaths } from '../../src/state/paths.ts';
import { ownScratch, sweepScratch, tryScratch } from '../../src/state/scratch.ts';

function ownPaths(t: ExecutionContext): EnginePaths {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-scratch-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return { root: folder, state: join(folder, 'state') };
}

test('a place is one’s own until it is released, and nothing of it stays', (t) => {
  const paths = ownPaths(t);
  const place = ownScratch(paths, 'mine');
  t.is(tryScratch(paths, 'mine'), undefined);
  writeFileSync(join(place.directory, 'file'), 'made');
  t.is(sweepScratch(paths), 0);
  place.release();
  t.false(existsSync(place.directory));
  t.is(sweepScratch(paths), 0);
});

test('what a dead maker left is swept', (t) => {
  const paths = ownPaths(t);
  mkdirSync(join(scratchDirectory(paths), 'dead'), { recursive: true });
  writeFileSync(join(scratchDirectory(paths), 'dead.lock'), '');
  t.is(sweepScratch(paths), 1);
  t.false(existsSync(join(scratchDirectory(paths), 'dead.lock')));
});

test('a place of one’s own is waited for while a sweep looks at it', async (t) => {
  const paths = ownPaths(t);
  mkdirSync(scratchDirectory(paths), { recursive: true });
  const lock = join(scratchDirectory(paths), 'mine.lock');
  // A sweep by another process, from its lock to its release.
  const sweep = spawn('flock', [lock, 'sh', '-c', 'echo held; read -r go; sleep 0.3; rm "$1"', 'sh', lock], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(sweep.stdout, 'data');
  t.is(tryScratch(paths, 'mine'), undefined);
  // We block from here on: it must be told before.
  await new Promise<void>((resolve) => sweep.stdin.end('go\n', resolve));
  const place = ownScratch(paths, 'mine');
  t.true(existsSync(place.directory));
  t.true(existsSync(lock), 'its lock is a new file');
  place.release();
  await once(sweep, 'close');
});
