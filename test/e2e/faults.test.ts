/** Databases that are locked, disks that are full or read-only: a clear error, and nothing is lost. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { command, type Outcome } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('a database that another holds for five seconds is waited for; one that is held on is said to be', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const other = new DatabaseSync(join(engine.root, 'tsrun.db'));
  t.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const waiting = engine.ok('run', '-d', '--name', 'patient', 'busybox', 'sleep', '1000');
  await sleep(5000);
  other.exec('COMMIT');
  await waiting;
  // Readers wait for nobody.
  other.exec('BEGIN IMMEDIATE');
  t.regex(await engine.ok('ps'), /patient/);
  const { code, stderr } = await engine.tsrun(['create', '--name', 'late', 'busybox', 'true']);
  other.exec('COMMIT');
  t.is(code, 1);
  t.regex(stderr, /^tsrun: the state database is locked by another command\nit has been for 10 seconds/);
  t.is(await engine.ok('ps', '-a', '--format', '{{.Names}}'), 'patient');
});

/** Run a shell script in a mount namespace of its own, with a small disk at $DISK that has the data root, and busybox in it. */
async function onSmallDisk(t: ExecutionContext, engine: TestEngine, script: string): Promise<Outcome> {
  const disk = join(engine.directory, 'disk');
  mkdirSync(disk);
  const prepare =
    'mount -t tmpfs -o size=24m none "$DISK" && export TSRUN_ROOT="$DISK/root" && "$TSRUN" load -q -i "$IMAGE" >/dev/null || exit 99';
  const environment = { ...engine.environment, DISK: disk, TSRUN: join(import.meta.dirname, '../../bin/tsrun'), IMAGE: fixture('busybox') };
  const outcome = await command(...engine.network.enter('unshare', ['--mount', 'sh', '-c', `${prepare}\n${script}`]), { environment });
  t.not(outcome.code, 99, outcome.stderr);
  return outcome;
}

rootTest('a disk that fills up while a container runs: what can’t be written is said, how it ended is not lost', async (t) => {
  const engine = await startEngine(t);
  const { stdout, stderr } = await onSmallDisk(
    t,
    engine,
    `"$TSRUN" run -d --name box busybox sh -c 'trap "exit 7" TERM; while :; do sleep 0.1; done' >/dev/null
     until "$TSRUN" exec box true; do :; done
     cat /dev/zero > "$DISK/fill" 2>/dev/null
     "$TSRUN" run --name other busybox true; echo "run $?"
     "$TSRUN" stop box; echo "stop $?"
     rm "$DISK/fill"
     "$TSRUN" ps -a --format '{{.Names}} {{.Status}}' | sed 's/ [^ ]* [^ ]* ago$//; s/ Less than.*//'
     "$TSRUN" rm -f box; echo "rm $?"
     "$TSRUN" ps -aq`,
  );
  t.regex(stdout, /^run 125\n/, stderr);
  t.regex(stderr, /no space left on device/);
  t.regex(stdout, /^stop 0\nbox Exited \(7\)/m, 'how it ended was written where there was room since it began');
  t.regex(stdout, /\nrm 0\n$/);
});

rootTest('a disk that became read-only: clear errors, and all is there when it is writable again', async (t) => {
  const engine = await startEngine(t);
  const { stdout, stderr } = await onSmallDisk(
    t,
    engine,
    `"$TSRUN" create --name box busybox true >/dev/null
     mount -o remount,ro "$DISK"
     "$TSRUN" run busybox true; echo "run $?"
     "$TSRUN" rm box; echo "rm $?"
     mount -o remount,rw "$DISK"
     "$TSRUN" ps -a --format '{{.Names}} {{.Status}}'
     "$TSRUN" start -a box; echo "start $?"
     "$TSRUN" rm box >/dev/null; echo "rm $?"`,
  );
  t.is(stdout, 'run 125\nrm 1\nbox Created\nstart 0\nrm 0\n', stderr);
  t.regex(stderr, /^tsrun: .*read-only.*\n(mount it writable|.*)/im);
});
