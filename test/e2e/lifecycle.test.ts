/** A container's life in the background: run -d, ps, logs, exec, stop, start, kill, rm, inspect. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

interface Inspected {
  Id: string;
  Name: string;
  State: { Status: string; Running: boolean; ExitCode: number; OOMKilled: boolean; Pid: number; StartedAt: string; FinishedAt: string };
  NetworkSettings: { IPAddress: string };
}

async function inspect(engine: TestEngine, name: string): Promise<Inspected> {
  const [found] = JSON.parse(await engine.ok('inspect', name)) as Inspected[];
  if (found === undefined) throw new Error(`inspect ${name} gave nothing`);
  return found;
}

rootTest('run -d prints the ID and returns; the container runs on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'sleeper', 'busybox', 'sleep', '1000');
  t.regex(id, /^[0-9a-f]{64}$/);
  t.regex(await engine.ok('ps'), /^[0-9a-f]{12} +busybox +"sleep 1000" +.* Up .* sleeper$/m);
  const { State, NetworkSettings } = await inspect(engine, 'sleeper');
  t.is(State.Status, 'running');
  t.true(State.Pid > 0);
  t.regex(NetworkSettings.IPAddress, /^172\.17\./);
  t.is(await engine.ok('rm', '-f', 'sleeper'), 'sleeper');
  t.is((await engine.tsrun(['inspect', 'sleeper'])).code, 1);
});

rootTest('a process that got a container’s pid is not taken for it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'home', 'busybox', 'sleep', '1000');
  // As where the monitor reaped PID 1, and waits for a client that reads slowly.
  const path = join(engine.state, 'containers', id, 'started.json');
  const record = readFileSync(path, 'utf8');
  const other = spawn('sleep', ['1000']);
  t.teardown(() => other.kill('SIGKILL'));
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(record) as object), pid: other.pid }));
  t.is((await engine.tsrun(['exec', 'home', 'true'])).stderr, `tsrun: Container ${id} is not running\n`);
  t.regex((await engine.tsrun(['kill', '-s', 'USR1', 'home'])).stderr, /is not running/);
  t.regex((await engine.tsrun(['run', '--rm', '--network', 'container:home', 'busybox', 'true'])).stderr, /non running container/);
  t.is(other.exitCode ?? other.signalCode, null);
  writeFileSync(path, record);
});

rootTest('logs are kept, in order, with stdout and stderr apart', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(
    'run',
    '--name',
    'talker',
    'busybox',
    'sh',
    '-c',
    'for i in 1 2 3; do echo out $i; done; echo err >&2; printf "no newline"',
  );
  const { stdout, stderr } = await engine.tsrun(['logs', 'talker']);
  t.is(stdout, 'out 1\nout 2\nout 3\nno newline');
  t.is(stderr, 'err\n');
  // In which order two streams are read is not known.
  await engine.ok('run', '--name', 'alone', 'busybox', 'printf', 'one\ntwo\nno newline');
  t.is(await engine.ok('logs', '--tail', '1', 'alone'), 'no newline');
  t.regex((await engine.tsrun(['logs', '-t', 'talker'])).stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z out 1$/m);
});

rootTest('logs -f follows until the container ends', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'slow', 'busybox', 'sh', '-c', 'for i in 1 2 3; do echo line $i; sleep 0.2; done');
  const { stdout, code } = await engine.tsrun(['logs', '-f', 'slow']);
  t.is(code, 0);
  t.is(stdout, 'line 1\nline 2\nline 3\n');
});

rootTest('exec runs in the container, and gives its exit code', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'home', '-e', 'A=1', '-w', '/var', 'busybox', 'sleep', '1000');
  t.is(await engine.ok('exec', 'home', 'sh', '-c', 'echo $A; pwd; ps | grep -c "[s]leep 1000"'), '1\n/var\n1');
  t.is((await engine.tsrun(['exec', 'home', 'sh', '-c', 'exit 7'])).code, 7);
  t.is((await engine.tsrun(['exec', '-i', 'home', 'cat'], { input: 'in\n' })).stdout, 'in\n');
  t.is((await engine.tsrun(['exec', 'home', 'no-such-command'])).code, 127);
  t.is((await engine.tsrun(['exec', 'home', '/etc'])).code, 126);
  t.is(await engine.ok('exec', '-u', 'nobody', '-e', 'B=2', '-w', '/', 'home', 'sh', '-c', 'id -un; echo $A$B; pwd'), 'nobody\n12\n/');
  t.is((await engine.tsrun(['exec', 'not-there', 'true'])).code, 1);
});

rootTest('stop ends it with its signal, or kills it after the time-out', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(
    'run',
    '-d',
    '--name',
    'polite',
    'busybox',
    'sh',
    '-c',
    'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.1; done',
  );
  await until('its trap is set', async () => (await engine.ok('logs', 'polite')).includes('ready'));
  t.is(await engine.ok('stop', '-t', '120', 'polite'), 'polite');
  t.is((await inspect(engine, 'polite')).State.ExitCode, 3);
  t.is(await engine.ok('logs', 'polite'), 'ready\nbye');

  await engine.ok('run', '-d', '--name', 'deaf', '--stop-timeout', '600', 'busybox', 'sleep', '1000');
  const began = performance.now();
  await engine.ok('stop', '-t', '1', 'deaf');
  const took = performance.now() - began;
  t.true(took >= 1000 && took < 200_000, `${took} ms: the second that was asked for, not the container's ten minutes`);
  t.is((await inspect(engine, 'deaf')).State.ExitCode, 137);
});

rootTest('a container that ended is there until it is removed, and can start again', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is((await engine.tsrun(['run', '--name', 'once', 'busybox', 'sh', '-c', 'echo x >> /count; cat /count; exit 4'])).code, 4);
  const { State } = await inspect(engine, 'once');
  t.is(State.Status, 'exited');
  t.is(State.ExitCode, 4);
  t.true(Date.parse(State.FinishedAt) >= Date.parse(State.StartedAt));
  t.regex(await engine.ok('ps', '-a'), /Exited \(4\)/);
  t.is(await engine.ok('ps', '-q'), '');
  const again = await engine.tsrun(['start', '-a', 'once']);
  t.is(again.stdout, 'x\nx\n', 'its files are still there');
  t.is(again.code, 4);
});

rootTest('create makes it, start runs it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('create', '--name', 'later', 'busybox', 'echo', 'now');
  t.is((await inspect(engine, 'later')).State.Status, 'created');
  t.is((await inspect(engine, 'later')).Id, id);
  t.is(await engine.ok('start', '-a', 'later'), 'now');
});

rootTest('kill sends any signal', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'target', 'busybox', 'sh', '-c', 'trap "exit 9" USR1; echo ready; while :; do sleep 0.1; done');
  await until('its trap is set', async () => (await engine.ok('logs', 'target')).includes('ready'));
  await engine.ok('kill', '-s', 'USR1', 'target');
  await until('it ended', async () => (await inspect(engine, 'target')).State.Status === 'exited');
  t.is((await inspect(engine, 'target')).State.ExitCode, 9);
  t.is((await engine.tsrun(['kill', 'target'])).code, 1, 'it does not run any more');
});

rootTest('rm refuses a running container, in Docker’s words', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'busy', 'busybox', 'sleep', '1000');
  const { code, stderr } = await engine.tsrun(['rm', 'busy']);
  t.is(code, 1);
  t.regex(stderr, new RegExp(`You cannot remove a running container ${id}`));
});

rootTest('--rm in the background: nothing is left once it ended', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--rm', 'busybox', 'sleep', '0.3');
  await until('it is gone', async () => (await engine.ok('ps', '-aq')) === '');
  t.is(engine.ids.size, 1);
});

rootTest('ten runs at once each have their own name and address', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => engine.tsrun(['run', '-d', 'busybox', 'sleep', '1000'])));
  for (const { code, stderr } of outcomes) t.is(code, 0, stderr);
  const found = await Promise.all(outcomes.map(({ stdout }) => inspect(engine, stdout.trim())));
  t.is(new Set(found.map(({ Name }) => Name)).size, 10);
  t.is(new Set(found.map(({ NetworkSettings }) => NetworkSettings.IPAddress)).size, 10);
});
