/**
 * Random commands of several clients at once on few containers: whatever comes between, each says something sensible of the
 * container, in Docker's words, and never what a call of ours met; and at the end nothing is wrong and nothing left.
 *
 * More, or those of a failure again (what happens at once differs from time to time):
 *   TSRUN_RACE_COMMANDS=1500 TSRUN_RACE_SEED=7 ava --timeout=60m test/e2e/races.test.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';
import { randomNumbers } from '../helpers/random.ts';
import { rootTest } from '../helpers/root.ts';

const COMMANDS = Number(process.env['TSRUN_RACE_COMMANDS'] ?? 70);
const SEED = Number(process.env['TSRUN_RACE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CLIENTS = 4;
const NAMES = ['one', 'two'];

/** Ends soon by itself, or when it is asked to, or only when it is killed. */
const PROGRAMS = [
  ['sleep', '0.3'],
  ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.05; done'],
  ['sleep', '1000'],
];

/** Commands on a container; those that make one are there more often. */
const KINDS: ((name: string, program: string[], file: string, target: string) => string[])[] = [
  (name, program) => ['run', '-d', '--name', name, 'busybox', ...program],
  (name, program) => ['run', '-d', '--name', name, 'busybox', ...program],
  (name, program) => ['run', '-d', '--rm', '--network', 'none', '--name', name, 'busybox', ...program],
  (name) => ['run', '--rm', '--name', name, '--network', 'none', 'busybox', 'sleep', '0.1'],
  (name) => ['run', '-d', '--restart', 'always', '--name', name, '--network', 'none', 'busybox', 'sleep', '0.2'],
  (name, program) => ['create', '--name', name, '--network', 'none', 'busybox', ...program],
  (name) => ['start', name],
  (name) => ['start', name],
  (name) => ['stop', '-t', '0', name],
  (name) => ['stop', '-t', '60', '-s', 'KILL', name],
  (name) => ['kill', name],
  (name) => ['kill', '-s', 'USR2', name],
  (name) => ['restart', '-t', '0', name],
  (name) => ['rm', name],
  (name) => ['rm', '-f', name],
  (name) => ['rm', '-f', '-v', name],
  (name) => ['pause', name],
  (name) => ['unpause', name],
  (name) => ['exec', name, 'true'],
  (name) => ['exec', name, 'sleep', '0.2'],
  (name) => ['logs', name],
  (name) => ['top', name],
  (name) => ['diff', name],
  (name, _program, _file, target) => ['export', '-o', target, name],
  (name, _program, _file, target) => ['cp', `${name}:/bin/busybox`, target],
  (name, _program, file) => ['cp', file, `${name}:/tmp/copied`],
  (name) => ['update', '--pids-limit', '100', name],
  (name) => ['inspect', name],
  (name) => ['port', name],
  (name) => ['stats', '--no-stream', name],
  (name) => ['rename', name, `${name}-renamed`],
  (name) => ['rename', `${name}-renamed`, name],
  (name) => ['rm', '-f', `${name}-renamed`],
  (name) => ['start', `${name}-renamed`],
  () => ['ps', '-a', '-s'],
  () => ['container', 'prune', '-f'],
];

/** What may be said of a container that is there no more, or not as it was. */
const SENSIBLE = [
  /No such (?:container|object): /,
  /Container \S+ is not running$/,
  /Container \S+ is (?:already|not) paused$/,
  /Container \S+ is paused, unpause the container before exec$/,
  /Container \S+ is restarting, wait until the container is running$/,
  /cannot start a paused container, try unpause instead$/,
  /You cannot remove a (?:running|paused|restarting) container [0-9a-f]{64}\. /,
  /Conflict\. The container name "\S+" is already in use by container "[0-9a-f]{64}"\./,
  // What follows: hints.
  /^it could not be started again, or was ended meanwhile: with --rm it is removed then$/,
  /^tsrun stop \S+, or tsrun rm -f \S+$/,
  /^tsrun rm \S+, or choose another --name$/,
  /^Error: failed to (?:start containers|rename container named): ?/,
  /^Error: failed to rename container named \S+$/,
];

/** What it should not have said; undefined where all is well. */
function foolish(words: readonly string[], { code, signal, stderr }: Outcome): string | undefined {
  const lines = stderr.split('\n').filter((line) => line !== '' && !SENSIBLE.some((words_) => words_.test(line)));
  // A program that somebody killed has nothing to say, and its exit code says it.
  const isKilled = (words[0] === 'exec' || words[0] === 'run') && (code === 137 || code === 143);
  const isClear = code === 0 || isKilled || (code !== null && [1, 125].includes(code) && stderr !== '');
  return isClear && lines.length === 0 ? undefined : `tsrun ${words.join(' ')}: ${code ?? signal}\n${stderr}`;
}

rootTest(`${COMMANDS} commands by ${CLIENTS} clients on ${NAMES.length} containers (seed ${SEED})`, async (t) => {
  t.timeout(3_600_000);
  const engine = await startEngine(t, 'busybox');
  const file = join(engine.directory, 'file');
  writeFileSync(file, 'x'.repeat(100_000));
  const random = randomNumbers(SEED);
  const pick = <Each>(list: readonly Each[]): Each => list[Math.floor(random() * list.length)] as Each;
  let left = COMMANDS;
  const found: string[] = [];
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_unused, client) => {
      while (left-- > 0) {
        const words = pick(KINDS)(pick(NAMES), pick(PROGRAMS), file, join(engine.directory, `target-${client}`));
        const wrong = foolish(words, await engine.tsrun(words));
        if (wrong !== undefined) found.push(wrong);
      }
    }),
  );
  t.deepEqual(found, []);
  const { stdout } = await engine.tsrun(['ps', '-aq', '--no-trunc']);
  for (const id of stdout.split('\n').filter(Boolean)) await engine.tsrun(['rm', '-f', id]);
  t.is(await engine.ok('ps', '-aq'), '');
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
});
