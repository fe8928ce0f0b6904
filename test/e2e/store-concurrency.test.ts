/** Images come, go, are run and committed at the same time, and commands are killed at any moment: the store stays right. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import type { Outcome } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { randomNumbers } from '../helpers/random.ts';
import { rootTest } from '../helpers/root.ts';

/** What a command may say that came too early or too late for an image: it went, or is used. */
const FAIR = /No such image|conflict: |is not in the store|is not here any more|was removed/i;

function isFair(t: ExecutionContext, words: readonly string[], { code, signal, stdout, stderr }: Outcome): void {
  if (code === 0 || signal !== null) return;
  t.regex(stderr, FAIR, `${words.join(' ')}: ${code} ${stdout}${stderr}`);
  t.notRegex(stderr, /bug in tsrun|FOREIGN KEY|constraint/, words.join(' '));
}

async function isRight(t: ExecutionContext, engine: TestEngine, when: string): Promise<void> {
  await engine.ok('ps', '-q');
  const { stdout, code } = await engine.tsrun(['doctor']);
  // Layers that a load left for the next try are no mistake.
  const wrong = stdout.split('\n').filter((line) => line !== '' && !/is of no image$|problems? found|Nothing is wrong/.test(line));
  t.deepEqual(wrong, [], `${when}: ${code} ${stdout}`);
}

rootTest('loads, runs, commits, tags, removals and prunes at the same time', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--network', 'none', '--name', 'source', 'busybox', 'sh', '-c', 'echo content > /file');
  const load = ['load', '--quiet', '--input', fixture('busybox')];
  const workers: string[][][] = [
    [load, load, load, load, load],
    [
      ['rmi', '-f', 'busybox'],
      ['image', 'prune', '-af'],
      ['rmi', '-f', 'made:1'],
      ['image', 'prune', '-f'],
      ['rmi', '-f', 'busybox', 'made:2'],
    ],
    [1, 2, 3, 4].map((number) => ['commit', 'source', `made:${number}`]),
    [1, 2, 3, 4, 5].map(() => ['run', '--rm', '--network', 'none', '--pull', 'never', 'busybox', 'cat', '/etc/passwd']),
    [
      ['tag', 'busybox', 'other:1'],
      ['rmi', 'other:1'],
      ['tag', 'busybox', 'other:2'],
      ['system', 'prune', '-af', '--filter', 'label=none'],
    ],
  ];
  await Promise.all(
    workers.map(async (list) => {
      for (const words of list) isFair(t, words, await engine.tsrun(words));
    }),
  );
  await isRight(t, engine, 'afterwards');
  // What is listed works.
  await engine.ok(...load);
  t.is(await engine.ok('run', '--rm', '--network', 'none', 'busybox', 'echo', 'well'), 'well');
  t.is(await engine.ok('start', '--attach', 'source'), '');
});

rootTest('killed at any moment, the next command finds a store that is right', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const next = randomNumbers(20_261_130);
  await engine.ok('run', '--network', 'none', '--name', 'source', 'busybox', 'sh', '-c', 'echo content > /file');
  const commands = [
    ['load', '--quiet', '--input', fixture('busybox')],
    ['rmi', '-f', 'busybox'],
    ['commit', 'source', 'made:1'],
    ['image', 'prune', '-af'],
    ['tag', 'made:1', 'made:2'],
  ];
  for (let round = 0; round < 15; round++) {
    const words = commands[Math.floor(next() * commands.length)] ?? [];
    const running = engine.start(words);
    running.child.stdin?.end();
    const wait = 20 + Math.floor(next() * 500);
    await Promise.race([running.done, sleep(wait)]);
    // The command is a child of the one that enters the network namespace, which it replaced.
    running.child.kill('SIGKILL');
    await running.done;
    await isRight(t, engine, `round ${round}: ${words.join(' ')} after ${wait} ms`);
  }
});
