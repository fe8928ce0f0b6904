/** On a disk that is full to the last byte, what gives space back works; what can't be done loses nothing. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { command, type Outcome } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest, rootTestWhere } from '../helpers/root.ts';

/** In a mount namespace of its own: a disk of 24 or 48 MB at $1 with the data root on it, and words for what follows. */
const PREPARE = `
  disk=$1; export TSRUN_ROOT="$disk/root"
  tsrun() { "$PROGRAM" "$@"; }
  # Twice: the second time what is smaller than a block.
  fill() { cat /dev/zero >>"$disk/fill" 2>/dev/null; dd if=/dev/zero bs=1 count=5000 2>/dev/null >>"$disk/fill"; }
  # Until the disk is full again, and all of it written: nothing of what was given back is there for the next one.
  check() { if "$PROGRAM" "$@" >/dev/null; then echo "$*: 0"; else echo "$*: $?"; fi; fill; sync -f "$disk"; }
  tsrun load --quiet --input "$FIXTURE" || exit 98
  tsrun create --name made --net none busybox true
  tsrun volume create data
  tar cf - -C /etc hostname | tsrun import - other:1
`;
const DISKS = {
  tmpfs: 'mount -t tmpfs -o size=24m none "$1" || exit 99',
  // Large enough for what ext4 counts as free and gives to nobody to be more than a removal needs. Not its 1 KiB blocks for small disks: SQLite asks for its shared memory's pages by a byte each, and the rest of one may be no block's.
  // Larger than what it is written to: from some point on, what a program has written can't be kept.
  failing:
    'mkdir "$1.back" && mount -t tmpfs -o size=24m none "$1.back" && truncate -s 96M "$1.back/image" && mkfs.ext4 -q -F -O ^has_journal "$1.back/image" && mount -o loop "$1.back/image" "$1" || exit 99',
  ext4: 'truncate -s 48M "$1.image" && mkfs.ext4 -q -F -b 4096 "$1.image" && mount -o loop "$1.image" "$1" || exit 99',
};

async function onDisk(t: ExecutionContext, kind: keyof typeof DISKS, script: string): Promise<{ engine: TestEngine; outcome: Outcome }> {
  const engine = await startEngine(t);
  const disk = join(engine.directory, 'disk');
  mkdirSync(disk);
  const environment = {
    ...engine.environment,
    PROGRAM: join(import.meta.dirname, '../../bin/tsrun'),
    FIXTURE: fixture('busybox'),
  };
  const words = ['--mount', 'sh', '-c', DISKS[kind] + PREPARE + script, 'sh', disk];
  const outcome = await command(...engine.network.enter('unshare', words), { environment, timeoutMs: 240_000 });
  return { engine, outcome };
}

const REMOVALS = [
  'rm made',
  'rmi other:1',
  'ps',
  'rm filler',
  'volume rm data',
  'container prune --force',
  'image prune --all --force',
  'system prune --all --force',
];

/** A container fills it up; then everything goes, one after the other. */
const REMOVE = `
  tsrun create --name other --net none busybox true
  tsrun run --name filler --net none busybox sh -c 'cat /dev/zero >/big' 2>/dev/null; echo "run: $?"
  # SQLite makes it anew in each command that finds itself alone, and may find no room for it.
  rm "$TSRUN_ROOT/tsrun.db-shm"
  fill
  ${REMOVALS.map((words) => `check ${words}`).join('\n')}
  rm "$disk/fill"
  tsrun doctor; echo "doctor: $?"
  tsrun load --quiet --input "$FIXTURE"; echo "load: $?"
  ls "$TSRUN_ROOT/reserve" | wc -l`;

async function checkRemovals(t: ExecutionContext, kind: keyof typeof DISKS): Promise<void> {
  const { outcome } = await onDisk(t, kind, REMOVE);
  const lines = outcome.stdout.slice(outcome.stdout.indexOf('run: ')).trim().split('\n');
  const expected = ['run: 1', ...REMOVALS.map((words) => `${words}: 0`), 'Nothing is wrong.', 'doctor: 0', 'Loaded image: busybox:latest', 'load: 0', '8']; // prettier-ignore
  t.deepEqual(lines, expected, outcome.stdout + outcome.stderr);
}

rootTest('a full tmpfs: containers, images and volumes can be removed', (t) => checkRemovals(t, 'tmpfs'));

/** A loop device is the machine's: not every one has them. */
function canLoop(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-loop-'));
  try {
    const script = 'mkdir "$1/disk"; truncate -s 2M "$1/image" && mkfs.ext4 -q -F "$1/image" && mount -o loop "$1/image" "$1/disk"';
    execFileSync('unshare', ['--mount', 'sh', '-c', script, 'sh', directory], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

rootTestWhere(canLoop(), 'ext4 on a loop device')('a full ext4: containers, images and volumes can be removed', (t) =>
  checkRemovals(t, 'ext4'),
);

/** The program's own error, which `dd` is told of; the kernel keeps it for whoever syncs the file system, too. */
const FAIL_TO_WRITE = `
  dd if=/dev/zero of="$disk/big" bs=1M count=60 conv=fsync 2>/dev/null; echo "dd: $?"
  tsrun run --rm --net none busybox echo fine; echo "run: $?"`;

rootTestWhere(canLoop(), 'ext4 on a loop device')(
  'a write error of somebody else’s keeps no container with --rm from running',
  async (t) => {
    const { outcome } = await onDisk(t, 'failing', FAIL_TO_WRITE);
    t.is(outcome.stdout.slice(outcome.stdout.indexOf('dd: ')), 'dd: 1\nfine\nrun: 0\n', outcome.stderr);
  },
);

/** Without a reserve: another one took it. */
const LOSE = `
  tsrun run --rm --net none -v data:/data busybox sh -c 'echo precious >/data/file'
  rm -r "$TSRUN_ROOT/reserve"; fill
  for words in 'rm made' 'rmi other:1' 'volume rm data'; do check $words; done
  rm "$disk/fill"
  tsrun doctor; echo "doctor: $?"
  tsrun run --rm --net none -v data:/data busybox cat /data/file
  tsrun image inspect --format '{{.RepoTags}}' other:1
  tsrun ps --all --format '{{.Names}}'`;

rootTest('a removal that fails for want of space has removed nothing', async (t) => {
  const { outcome } = await onDisk(t, 'tmpfs', LOSE);
  const lines = outcome.stdout.slice(outcome.stdout.indexOf('rm made: ')).trim().split('\n');
  t.deepEqual(
    lines,
    ['rm made: 1', 'rmi other:1: 1', 'volume rm data: 1', 'Nothing is wrong.', 'doctor: 0', 'precious', '[other:1]', 'made'],
    outcome.stdout + outcome.stderr,
  );
  t.is(outcome.stderr.match(/no space left on device\nfree some space/g)?.length, 3, outcome.stderr);
});
