/** Commands that are given several containers: none of them waits for another. */
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { start } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

/** PID 1 without a handler doesn't hear SIGTERM. */
const DEAF = ['busybox', 'sleep', '1000'];
const POLITE = ['busybox', 'sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'];

async function runPolite(engine: TestEngine, name: string): Promise<void> {
  await engine.ok('run', '-d', '--name', name, ...POLITE);
  await until('its trap is set', async () => (await engine.ok('logs', name)).includes('ready'));
}

const stateOf = async (engine: TestEngine, name: string): Promise<string> =>
  await engine.ok('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', name);

const ended = async (engine: TestEngine, name: string, code: number): Promise<void> => {
  await until(`${name} has ended`, async () => (await stateOf(engine, name)) === `exited ${code}`);
};

rootTest('stop asks all at once, gives each its own time, and prints them in their order', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'patient', '--stop-timeout', '3600', ...DEAF);
  await engine.ok('run', '-d', '--name', 'hasty', '--stop-timeout', '1', ...DEAF);
  await runPolite(engine, 'polite');
  const stopping = engine.start(['stop', 'patient', 'nobody', 'hasty', 'polite']);
  await ended(engine, 'hasty', 137);
  await ended(engine, 'polite', 3);
  t.is(await stateOf(engine, 'patient'), 'running 0');
  await engine.ok('kill', 'patient');
  const { code, stdout, stderr } = await stopping.done;
  t.deepEqual([code, stdout, stderr], [1, 'patient\nhasty\npolite\n', 'tsrun: No such container: nobody\n']);
});

rootTest('one that somebody else is busy with keeps no other from being removed', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const busy = await engine.ok('create', '--name', 'busy', ...DEAF);
  await engine.ok('run', '-d', '--name', 'free', ...DEAF);
  // As by a command that copies files into it.
  const live = join(engine.state, 'containers', busy);
  mkdirSync(live);
  const holder = start('flock', [join(live, 'lock'), 'sh', '-c', 'echo held; cat']);
  t.teardown(() => holder.child.kill('SIGKILL'));
  await once(holder.child.stdout as Readable, 'data');
  const removing = engine.start(['rm', '-f', 'busy', 'free']);
  await until('the other is gone', async () => (await engine.ok('ps', '-aq', '--filter', 'name=free')) === '' && 'gone');
  t.not(await engine.ok('ps', '-aq', '--filter', 'name=busy'), '');
  holder.child.stdin?.end();
  const { code, stdout, stderr } = await removing.done;
  t.deepEqual([code, stdout, stderr], [0, 'busy\nfree\n', '']);
});

rootTest('one that is named twice is paused once and removed once; both are said', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'twice', ...DEAF);
  const call = async (...words: string[]): Promise<unknown[]> => {
    const { code, stdout, stderr } = await engine.tsrun(words);
    return [code, stdout, stderr];
  };
  t.deepEqual(await call('pause', 'twice', id), [1, 'twice\n', `tsrun: Container ${id} is already paused\n`]);
  t.deepEqual(await call('unpause', id, 'twice'), [1, `${id}\n`, `tsrun: Container ${id} is not paused\n`]);
  t.deepEqual(await call('stop', '-t', '0', 'twice', id), [0, `twice\n${id}\n`, '']);
  t.deepEqual(await call('rm', '-f', 'twice', id, 'nobody'), [
    1,
    'twice\n',
    `tsrun: No such container: nobody\ntsrun: removal of container ${id} is already in progress\n`,
  ]);
});
