/** The API from a program of its own: what it gives, and that nothing of it outlives the program. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { command, start } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';
import { until } from '../helpers/wait.ts';

const program = (name: string): string => join(import.meta.dirname, 'programs', name);

test('containers, programs in them, streams, ends and errors', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outcome = await command(...engine.network.enter(process.execPath, [program('api-run.ts')]), { environment: engine.environment });
  t.is(outcome.stderr, '');
  t.is(outcome.code, 0);
  t.deepEqual(JSON.parse(outcome.stdout), {
    names: [true, 'echo'],
    address: true,
    echo: ['through a container\n', { exitCode: 0 }],
    options: ['out\n1000\n/tmp\nthere\n', 'err\n', { exitCode: 7 }],
    exec: [3, 'in value\n', 'err\n'],
    'no such program': ['NO_SUCH_COMMAND', 6],
    'spawned and disposed of': 137,
    'twenty at once': true,
    stopped: { exitCode: 137 },
    'stopped again': [{ exitCode: 137 }, 'no address', 0],
    'used after its end': [
      ['NOT_FOUND', null],
      ['CONFLICT', null],
      ['INVALID_ARGUMENT', null],
      "RangeError: a container can't be given -1 seconds to end",
    ],
    terminal: ['typed\n33 99\ntyped\n', { exitCode: 0 }],
    copied: 'from the host\nfrom the host\n',
    'copied nothing': ['NOT_FOUND', null],
    logs: ['stderr two\n', 'stdout one\n'],
    events: ['create', 'attach', 'start'],
    followed: ['one\n', 'two\n'],
    'following aborted': 'Error: after one\n',
    'no such command': ['NO_SUCH_COMMAND', 6],
    'a NUL byte': ['INVALID_ARGUMENT', null],
    'namespaces still held': 0,
    'no such image': ['NOT_FOUND', 1],
    'relative mount': ['INVALID_ARGUMENT', null],
    'nothing left': 0,
    kept: ['kept exited', 'left-running running'],
  });
  t.regex(await engine.ok('ps', '--all'), /^CONTAINER ID .*\n\S+ .* kept$/);
});

test('a program that is killed takes its containers with it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const running = start(...engine.network.enter(process.execPath, [program('api-killed.ts')]), { environment: engine.environment });
  let said = '';
  running.child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await until('the program starts its containers', () => said.includes('started'));
  running.child.kill('SIGKILL');
  await running.done;
  // No command of ours runs meanwhile: the containers' monitors do it all.
  const live = join(engine.state, 'containers');
  await until('its containers go', () => existsSync(live) && readdirSync(live).length === 0);
  t.is(engine.ids.size, 2);
  t.is(await engine.ok('ps', '--all', '--quiet'), '');
});
