/** `exec`: exit codes, what it leaves (nothing), and a container that ends meanwhile. */
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { findProcesses } from '../native/processes.ts';

/** Many short programs, started by one process; 10,000 by hand. */
const MANY = fileURLToPath(new URL('../../bench/exec-codes.ts', import.meta.url));

async function home(engine: TestEngine, ...words: string[]): Promise<string> {
  return engine.ok('run', '-d', '--name', 'home', '--network', 'none', ...words, 'busybox', 'sleep', '1000');
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** Programs in the container by a word that only they have, as its own ps lists them. */
const programs = async (engine: TestEngine, word: string): Promise<number> =>
  (await engine.ok('exec', 'home', 'ps')).split('\n').filter((line) => line.includes(word)).length;

rootTest('hundreds of short programs, several at a time: no exit code is lost or mixed up', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await home(engine);
  let next = 0;
  const wrong: string[] = [];
  const worker = async (): Promise<void> => {
    for (let turn = next++; turn < 30; turn = next++) {
      const { code, stdout, stderr } = await engine.tsrun(['exec', 'home', 'sh', '-c', `echo ${turn}; exit ${turn + 200}`]);
      if (code !== turn + 200 || stdout !== `${turn}\n`) wrong.push(`${turn}: ${code} ${stdout}${stderr}`);
    }
  };
  await Promise.all([worker(), worker(), worker()]);
  t.deepEqual(wrong, []);
  const many = await command(process.execPath, [MANY, 'home', '300'], { environment: engine.environment });
  t.regex(many.stdout, /^300 programs in \d+ ms, 0 wrong\n$/, many.stderr);
  t.is(many.code, 0);
});

rootTest('an exec that is killed leaves no process: its program and what that started are gone', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await home(engine);
  const words = ['exec', 'home', 'sh', '-c', 'sleep 12345 & echo up; sleep 12345'];
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const running = engine.start(words);
    await new Promise((resolve) => running.child.stdout?.once('data', resolve));
    running.child.kill(signal);
    await running.done;
    await until('both are gone', async () => (await programs(engine, 'sleep 12345')) === 0);
  }
  const id = (await engine.ok('ps', '-q', '--no-trunc')).trim();
  const lost = engine.start(['exec', 'home', 'sleep', '12345']);
  // Its parent: the monitors of other execs, which come and go, have the same name.
  const monitor = await until('its monitor', () =>
    findProcesses((command) => command === 'sleep\x0012345\0')
      .map((pid) => parentOf(pid))
      .find((pid) => pid !== undefined && findProcesses((command) => command.startsWith(`tsrun-monitor\0${id}\0`)).includes(pid)),
  );
  process.kill(monitor, 'SIGKILL');
  t.is((await lost.done).code, 137);
  await until('its program is gone', async () => (await programs(engine, 'sleep 12345')) === 0);
});

rootTest('exec -d leaves its program running, without its client, and fails with 1', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await home(engine);
  t.is(await engine.ok('exec', '-d', '-e', 'A=5', 'home', 'sh', '-c', 'echo $A > /said; sleep 54321'), '');
  await until('it runs', async () => (await programs(engine, 'sleep 54321')) > 0);
  t.is(await engine.ok('exec', 'home', 'cat', '/said'), '5');
  const { code, stderr } = await engine.tsrun(['exec', '-d', 'home', 'nosuch']);
  t.is(code, 1);
  t.regex(stderr, /exec: "nosuch": executable file not found in \$PATH/);
});

rootTest('a program whose container ends meanwhile was killed; one that comes too late is told', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await home(engine);
  const running = Array.from({ length: 3 }, () => engine.start(['exec', 'home', 'sh', '-c', 'echo up; sleep 1000']));
  await Promise.all(running.map(({ child }) => new Promise((resolve) => child.stdout?.once('data', resolve))));
  const late = Array.from({ length: 8 }, () => engine.tsrun(['exec', 'home', 'sleep', '1000']));
  await engine.ok('kill', 'home');
  for (const { done } of running) t.is((await done).code, 137);
  for (const each of late) {
    const { code, stderr } = await each;
    if (code !== 137) t.regex(`${code} ${stderr}`, /^1 tsrun: Container [0-9a-f]{64} is not running\n$/);
  }
  t.is((await engine.tsrun(['exec', 'home', 'true'])).code, 1);
});

rootTest('options: environment, files of it, user, directory, privileges, stdin', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await home(engine);
  const file = join(engine.directory, 'environment');
  writeFileSync(file, '# comment\nB=from file\nC=late\n');
  const words = ['--env-file', file, '-e', 'A=1', '-e', 'C=3', '-u', '12:34', '-w', '/tmp'];
  t.is(await engine.ok('exec', ...words, 'home', 'sh', '-c', 'echo "$A,$B,$C"; id -u; id -g; pwd'), '1,from file,3\n12\n34\n/tmp');
  const capabilities = async (...flags: string[]): Promise<string> =>
    (await engine.ok('exec', ...flags, 'home', 'grep', 'CapEff', '/proc/self/status')).split(/\s+/)[1] ?? '';
  t.is(await capabilities(), '00000000a80425fb');
  t.not(await capabilities('--privileged'), '00000000a80425fb');
  t.is((await engine.tsrun(['exec', 'home', 'cat'], { input: 'x' })).stdout, '', 'without -i there is no stdin');
  t.is((await engine.tsrun(['exec', '-i', 'home', 'cat'], { input: 'x' })).stdout, 'x');
  t.regex((await engine.tsrun(['exec', '--env-file', '/none', 'home', 'true'])).stderr, /open \/none: no such file or directory/);
  t.regex((await engine.tsrun(['exec', '-i', '-t', 'home', 'true'])).stderr, /the input device is not a TTY/);
  t.is(await engine.ok('exec', '-t', 'home', 'tty'), '/dev/pts/0\r');
});

rootTest('inspect tells of the execs that run, and where its root and its network are', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sh', '-c', 'touch /here; exec sleep 1000');
  const inspect = (format: string): Promise<string> => engine.ok('inspect', '-f', format, 'box');
  t.is(await inspect('{{json .ExecIDs}}'), 'null');
  await engine.ok('exec', '-d', 'box', 'sleep', '1000');
  t.regex(await inspect('{{json .ExecIDs}}'), /^\["[0-9a-f]{64}"\]$/);
  await until('its root is there', async () => existsSync(join(await inspect('{{.GraphDriver.Data.MergedDir}}'), 'here')));
  const [key = '', id = ''] = (await inspect('{{.NetworkSettings.SandboxKey}} {{.NetworkSettings.SandboxID}}')).split(' ');
  t.is(readlinkSync(key), `net:[${id}]`);
  t.true(existsSync(join((await inspect('{{.GraphDriver.Data.LowerDir}}')).split(':')[1] ?? '', 'bin')));
  await engine.ok('kill', 'box');
  t.is(await inspect('{{json .ExecIDs}} {{.NetworkSettings.SandboxKey}} {{.GraphDriver.Data.MergedDir}}'), 'null  ');
});
