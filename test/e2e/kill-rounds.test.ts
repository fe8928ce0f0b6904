/**
 * Rounds of SIGKILL at random instants, of the command, the monitor, the container, the supervisor, what compresses its log, the process that
 * waits to start a container again, or a command that was to end it. After each round: every record is there that anybody could have seen, nothing is shown running that isn't (nor the other way round), and
 * the log has every line that was delivered, each once. At the end nothing is left.
 *
 * More rounds, or those of a failure again:
 *   TSRUN_FAULT_ROUNDS=500 TSRUN_FAULT_SEED=7 ava --timeout=90m test/e2e/kill-rounds.test.ts
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Running } from '../helpers/command.ts';
import { compressors, supervisors, waiterOf } from '../helpers/duties.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { findLeaks } from '../helpers/leaks.ts';
import { randomNumbers } from '../helpers/random.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

const ROUNDS = Number(process.env['TSRUN_FAULT_ROUNDS'] ?? 24);
const SEED = Number(process.env['TSRUN_FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Counts aloud, in bursts, and never ends by itself. */
const COUNT = 'i=0; while :; do i=$((i+1)); echo $i; [ $((i % 100)) = 0 ] && sleep 0.02; done';

const VICTIMS = ['command early', 'command', 'monitor', 'container', 'stop', 'rm', 'exec', 'supervisor', 'compressor', 'waiter'] as const;
type Victim = (typeof VICTIMS)[number];

interface Round {
  name: string;
  victim: Victim;
  /** How long after the first line (`command early`: after the start). */
  delayMs: number;
  driver: 'json-file' | 'local';
  /** Small files of the log, compressed: something of it is going on at any time. */
  rotates: boolean;
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

function startedRecord(engine: TestEngine, id: string): { pid: number; monitorPid: number } | undefined {
  try {
    return JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { pid: number; monitorPid: number };
  } catch {
    return undefined;
  }
}

/** Processes in a container's cgroups. */
function processesIn(id: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`tsrun-${id}`);
    } catch {
      return false;
    }
  });
}

/** Kill what the round says. @returns when it is dead */
async function strike(
  engine: TestEngine,
  running: Running,
  id: string | undefined,
  { name, victim }: Round,
  delay: () => Promise<void>,
): Promise<void> {
  const record = id === undefined ? undefined : startedRecord(engine, id);
  const words: Partial<Record<Victim, string[]>> = {
    stop: ['stop', '-t', '0', name],
    rm: ['rm', '-f', name],
    exec: ['exec', name, 'sh', '-c', 'sleep 1000 & sleep 1000'],
  };
  const other = words[victim];
  if (other === undefined) {
    await delay();
    if (victim === 'monitor') kill(record?.monitorPid);
    else if (victim === 'supervisor') for (const pid of supervisors(engine)) kill(pid);
    else if (victim === 'compressor') for (const pid of compressors(engine)) kill(pid);
    else if (victim === 'container') kill(record?.pid);
    else running.child.kill('SIGKILL');
  } else {
    const command = engine.start(other);
    await delay();
    command.child.kill('SIGKILL');
    await command.done;
  }
  // The command in whose foreground it ran ends with it; where it goes on, that is enough of it.
  if (victim === 'exec' || victim === 'supervisor' || victim === 'compressor') running.child.kill('SIGKILL');
  if (victim === 'stop' || victim === 'rm') setTimeout(() => running.child.kill('SIGKILL'), 300);
  await running.done;
}

/** Asked after its health so often that the supervisor may be killed at any of its work. */
const CHECKED = ['--health-cmd', 'true', '--health-interval', '20ms'];

/** A command was called since: it started another supervisor, and only one. */
async function isCheckedAgain(engine: TestEngine, name: string, say: string): Promise<void> {
  const answers = async (): Promise<string> => engine.ok('inspect', '-f', '{{json .State.Health.Log}}', name);
  const before = await answers();
  await until(`${say}: it is checked again`, async () => (await answers()) !== before);
  await until(`${say}: there is one supervisor`, () => supervisors(engine).length === 1);
}

/** What waits to start a container again is killed: the next command has another wait, and no life is lost or counted twice. */
async function playWait(t: ExecutionContext, engine: TestEngine, { name, delayMs }: Round, say: string): Promise<void> {
  const words = ['--network', 'none', '--restart', 'always', 'busybox', 'sh', '-c', 'echo life; exit 1'];
  const id = await engine.ok('run', '-d', '--name', name, ...words);
  await until(`${say}: it waits`, () => waiterOf(engine, id));
  await sleep(delayMs);
  kill(waiterOf(engine, id));
  const lives = async (): Promise<number> => Number(await engine.ok('inspect', '-f', '{{.RestartCount}}', name));
  const before = await lives();
  await until(`${say}: it is started again`, async () => (await lives()) > before);
  await engine.ok('stop', '-t', '0', name);
  const log = (await engine.ok('logs', name)).split('\n');
  // One that was stopped at its very beginning said nothing.
  const counted = await lives();
  t.true(log.every((line) => line === 'life') && log.length <= counted + 1 && log.length >= counted, `${say}: ${counted} ${log.join()}`);
  t.is(await engine.ok('inspect', '-f', '{{.State.Status}}', name), 'exited', say);
  await until(`${say}: it has no process`, () => processesIn(id).length === 0);
  await engine.ok('rm', name);
}

const ROTATES = ['max-size=30k', 'max-file=1000', 'compress=true'].flatMap((option) => ['--log-opt', option]);

interface Shown {
  Id: string;
  State: { Running: boolean; Pid: number; Status: string };
}

async function show(engine: TestEngine, name: string): Promise<Shown | undefined> {
  const { code, stdout } = await engine.tsrun(['container', 'inspect', name]);
  return code === 0 ? (JSON.parse(stdout) as Shown[])[0] : undefined;
}

async function playRound(t: ExecutionContext, engine: TestEngine, round: Round, say: string): Promise<void> {
  const { name, victim, delayMs, driver, rotates } = round;
  const flags = [...(victim === 'supervisor' ? CHECKED : []), ...(rotates || victim === 'compressor' ? ROTATES : [])];
  const words = ['run', '--name', name, '--network', 'none', '--log-driver', driver, ...flags, 'busybox', 'sh', '-c', COUNT];
  const before = new Set(engine.ids);
  const running = engine.start(words);
  let seen = '';
  running.child.stdout?.on('data', (bytes: Buffer) => (seen += bytes.toString()));
  if (victim !== 'command early') await until(`${say}: it counts`, () => seen.includes('\n'));
  const id = [...engine.ids].find((each) => !before.has(each));
  await strike(engine, running, id, round, () => sleep(delayMs));

  const shown = await show(engine, name);
  const delivered = seen.slice(0, seen.lastIndexOf('\n') + 1).split('\n').length - 1;
  if (shown === undefined) {
    t.true(victim === 'rm' || (victim === 'command early' && delivered === 0), `${say}: its record is lost`);
    return;
  }
  if (shown.State.Running) t.true(processesIn(shown.Id).includes(String(shown.State.Pid)), `${say}: it is shown running, and isn't`);
  else await until(`${say}: what is shown ${shown.State.Status} has no process`, () => processesIn(shown.Id).length === 0);
  if (victim === 'command') t.true(shown.State.Running, `${say}: it does not need the command that started it`);
  if (victim === 'supervisor') await isCheckedAgain(engine, name, say);
  if (victim === 'monitor' || victim === 'container') t.is(shown.State.Status, 'exited', say);

  // The log may be written while it is read: whole lines, from the first on, as far as it goes.
  const log = await engine.tsrun(['logs', name]);
  const lines = log.stdout.split('\n').slice(0, -1);
  t.true(lines.length >= delivered, `${say}: ${delivered} lines were delivered, and ${lines.length} are in the log`);
  t.is(
    lines.findIndex((line, index) => line !== String(index + 1)),
    -1,
    `${say}: a line is missing, or there twice`,
  );
  await engine.ok('rm', '-f', name);
}

rootTest(`killed at random, ${ROUNDS} times (seed ${SEED})`, async (t) => {
  const engine = await startEngine(t, 'busybox');
  const random = randomNumbers(SEED);
  for (let number = 0; number < ROUNDS; number++) {
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'command';
    const delayMs = Math.floor(random() * random() * 150);
    const driver = random() < 0.5 ? 'json-file' : 'local';
    const rotates = random() < 0.5;
    const say = `round ${number} of seed ${SEED}: ${victim} after ${delayMs} ms${rotates ? `, ${driver} rotates` : ''}`;
    const play = victim === 'waiter' ? playWait : playRound;
    await play(t, engine, { name: `victim${number}`, victim, delayMs, driver, rotates }, say);
    if (number % 10 === 9) t.deepEqual(await findLeaks(engine), [], say);
  }
});
