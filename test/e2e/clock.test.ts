/**
 * A clock that somebody sets back: what was written before lies in the future. Nothing of it is lost, nothing waits until that time
 * comes, and no span of time is nonsense. What tells the time is loaded into the commands: the machine's clock is everybody's.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { mustRun } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

const DAY_S = 86_400;

/** Commands for which it is `seconds` later than it is. */
async function commandsAhead(engine: TestEngine, seconds: number): Promise<(...words: string[]) => Promise<string>> {
  const library = join(engine.directory, 'clock.so');
  await mustRun('cc', ['-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'programs/clock.c')]);
  const environment = { LD_PRELOAD: library, CLOCK_SECONDS: String(seconds) };
  return async (...words) => {
    const { code, stdout, stderr } = await engine.tsrun(words, { environment });
    if (code !== 0) throw new Error(`tsrun ${words.join(' ')}: ${code} ${stderr}`);
    return stdout.trimEnd();
  };
}

async function checkLists(t: ExecutionContext, engine: TestEngine): Promise<void> {
  const lines = (await engine.ok('ps', '-a', '--format', '{{.Names}}|{{.RunningFor}}|{{.Status}}')).split('\n');
  t.is(lines.length, 3, lines.join('\n'));
  // What the monitors write has the machine's own time.
  const SPAN = /^(?:Less than a second|1 second|\d+ seconds|About a minute|\d+ minutes)$/;
  for (const line of lines) {
    const [name, age = '', status = ''] = line.split('|');
    t.is(age, 'Less than a second ago', line);
    if (name === 'made') t.is(status, 'Created');
    else if (name === 'over') t.regex(status, /^Exited \(3\) .* ago$/);
    else t.regex(/^Up (.*?)(?: \(.*\))?$/.exec(status)?.[1] ?? '', SPAN, line);
  }
}

rootTest('after a clock was set back by a day all is there, is shown sensibly, and goes on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const before = await commandsAhead(engine, DAY_S);
  const checks = ['--health-cmd', 'true', '--health-interval', '50ms', '--health-start-period', '1s'];
  const words = ['--restart', 'always', ...checks, 'busybox', 'sh', '-c', 'echo life; exec sleep 1000'];
  const id = await before('run', '-d', '--name', 'web', ...words);
  await before('create', '--name', 'made', 'busybox', 'true');
  await before('create', '--name', 'over', '--network', 'none', 'busybox', 'sh', '-c', 'echo out; exit 3');
  await before('start', 'over');
  await before('wait', 'over');
  const created = Date.parse(await engine.ok('inspect', '-f', '{{.Created}}', 'web'));
  t.true(created > Date.now() + (DAY_S / 2) * 1000, 'it was made in the future');

  await checkLists(t, engine);
  t.is(await engine.ok('logs', 'over'), 'out');
  const answers = async (): Promise<string> => engine.ok('inspect', '-f', '{{.State.Health.Status}} {{json .State.Health.Log}}', 'web');
  const first = await until('it is healthy', async () => (await answers()).startsWith('healthy') && answers());
  await until('it is asked on', async () => (await answers()) !== first);

  await until('it has said so', async () => (await engine.ok('logs', 'web')) === 'life');
  const { pid } = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await until(
    'it is started again',
    async () => (await engine.ok('inspect', '-f', '{{.RestartCount}} {{.State.Status}}', 'web')) === '1 running',
  );
  await until('it lives again', async () => (await engine.ok('logs', 'web')) === 'life\nlife');
  await engine.ok('exec', 'web', 'true');
  await engine.ok('stop', '-t', '0', 'web');
  t.is((await engine.tsrun(['start', '-a', 'over'])).code, 3);
  t.is(await engine.ok('container', 'prune', '-f', '--filter', 'until=1h'), 'Total reclaimed space: 0B', 'none is older than an hour');
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  await engine.ok('rm', 'web', 'made', 'over');
});

rootTest('commands whose clock was set back see what was made after that time, and end it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const earlier = await commandsAhead(engine, -DAY_S);
  await engine.ok('run', '-d', '--name', 'web', '--network', 'none', 'busybox', 'sh', '-c', 'echo life; exec sleep 1000');
  await until('it has said so', async () => (await engine.ok('logs', 'web')) === 'life');
  t.is(await earlier('ps', '--format', '{{.Names}} {{.RunningFor}} {{.Status}}'), 'web Less than a second ago Up Less than a second');
  t.is(await earlier('logs', 'web'), 'life');
  t.is(await earlier('logs', '--since', '1h', 'web'), 'life');
  t.is(await earlier('exec', 'web', 'echo', 'here'), 'here');
  t.regex(await earlier('stats', '--no-stream', '--format', '{{.CPUPerc}}', 'web'), /^\d+\.\d\d%$/);
  await earlier('restart', '-t', '0', 'web');
  await earlier('stop', '-t', '0', 'web');
  t.is(await earlier('ps', '-a', '--format', '{{.Status}}'), 'Exited (137) Less than a second ago');
  await earlier('rm', 'web');
});
