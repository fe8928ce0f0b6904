/** Files of a log that were rotated away are compressed; whatever of it is killed, no record is lost, and none is there twice. */
import { closeSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import type { MonitorOptions } from '../../src/kernel/native.ts';
import { jsonLog } from '../../src/process/json-log.ts';
import { localLog } from '../../src/process/local-log.ts';
import { readLog } from '../../src/process/logs.ts';
import { MonitorClient } from '../../src/process/monitor-client.ts';
import { PROGRAM } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { runPlan, shell, startPlan, streams } from './run-plan.ts';
import { makeDirectory } from './small-root.ts';

const COMPRESS = [PROGRAM, '__compress'];

/** More files than any of these tests makes: none goes. */
const MANY = 100;

/** Files of some hundred lines. */
const logOptions = (logPath: string, more: Partial<MonitorOptions> = {}): Partial<MonitorOptions> => ({
  logPath,
  logMaxSize: 20_000,
  logMaxFiles: MANY,
  logCompress: COMPRESS,
  ...more,
});

const write = (t: ExecutionContext, script: string, monitor: Partial<MonitorOptions>): unknown =>
  runPlan(t, { plan: { child: [streams, shell(script)] }, monitor });

/** Its lines; they are numbers, from 1 on. */
function numbers(logPath: string, format = jsonLog): number[] {
  return [...readLog(logPath, format, {})].map(({ log }) => Number(String(log)));
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Endings of the log's files. */
function forms(logPath: string): string[] {
  const name = basename(logPath);
  return readdirSync(dirname(logPath))
    .filter((each) => each.startsWith(name))
    .map((each) => each.slice(name.length))
    .toSorted();
}

/** A compressor that says its pid, and begins when it may. */
function held(directory: string): { compressor: string[]; pid: () => Promise<number>; release: () => void } {
  const [started, go] = [join(directory, 'started'), join(directory, 'go')];
  const script = `echo $$ >${started}.tmp; mv ${started}.tmp ${started}; while [ ! -e ${go} ]; do sleep 0.02; done; exec ${COMPRESS.join(' ')}`;
  return {
    compressor: ['/bin/sh', '-c', script],
    pid: () => until('the compressor runs', () => existsSync(started) && Number(readFileSync(started, 'utf8'))),
    release: () => writeFileSync(go, ''),
  };
}

const isGone = (pid: number): boolean => {
  const state = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
  return state === '' || /\) [ZX] /.test(state);
};

for (const [logDriver, format] of [
  ['json-file', jsonLog],
  ['local', localLog],
] as const) {
  rootTest(`${logDriver}: so many files are kept, all but the newest compressed, and nothing between them is missing`, (t) => {
    const logPath = join(makeDirectory(t), 'log');
    write(t, 'seq 2000', logOptions(logPath, { logDriver, logMaxFiles: 3 }));
    t.deepEqual(forms(logPath), ['', '.1.gz', '.2.gz']);
    const size = gunzipSync(readFileSync(`${logPath}.2.gz`)).length;
    t.true(size >= 20_000 && size < 30_000, String(size));
    const kept = numbers(logPath, format);
    t.deepEqual(kept, upTo(2000).slice(-kept.length));
    t.true(kept.length > 200);
  });
}

rootTest('a compressor that fails, or is not there, leaves files as they were', (t) => {
  const failing = ['/bin/sh', '-c', 'head -c 100; exit 1'];
  for (const logCompress of [failing, ['/no/such/program']]) {
    const logPath = join(makeDirectory(t), 'log');
    write(t, 'seq 1000', logOptions(logPath, { logCompress }));
    t.true(forms(logPath).length > 2);
    t.deepEqual(
      forms(logPath).filter((form) => form.includes('gz')),
      [],
    );
    t.deepEqual(numbers(logPath), upTo(1000));
    // Those behind the first stay so; they take their places all the same.
    write(t, 'seq 1001 2000', logOptions(logPath));
    t.deepEqual(numbers(logPath), upTo(2000));
    t.true(existsSync(`${logPath}.1.gz`) && !existsSync(`${logPath}.1`));
  }
});

rootTest('while a file is compressed there is no next one, and its monitor waits for nobody', async (t) => {
  const directory = makeDirectory(t);
  const logPath = join(directory, 'log');
  const { compressor, pid, release } = held(directory);
  const monitor = { ...logOptions(logPath, { logCompress: compressor }), socketPath: join(directory, 's') };
  const ready = join(directory, 'ready');
  const script = `trap "echo 0 >${join(directory, 'caught')}" USR1; touch ${ready}; seq 4000; while [ ! -e ${join(directory, 'go')} ]; do sleep 0.02; done`;
  const { control } = startPlan({ plan: { child: [streams, shell(script)] }, monitor });
  closeSync(control);
  await until('its trap is set', () => existsSync(ready));
  await pid();
  const client = MonitorClient.connect(join(directory, 's'), { streams: [] });
  await client.signal(10);
  await until('it heard the signal', () => existsSync(join(directory, 'caught')));
  t.deepEqual(forms(logPath), ['', '.1', '.1.gz.tmp']);
  release();
  t.like(await client.ended, { type: 'exited', status: 0 });
  t.deepEqual(numbers(logPath), upTo(4000));
  t.false(forms(logPath).some((form) => form.endsWith('.tmp')));
  t.true(existsSync(`${logPath}.1.gz`));
});

rootTest('a compressor that is killed costs nothing, and the next file has another', async (t) => {
  const directory = makeDirectory(t);
  const logPath = join(directory, 'log');
  const { compressor, pid, release } = held(directory);
  const monitor = logOptions(logPath, { logCompress: compressor });
  const { control } = startPlan({ plan: { child: [streams, shell('seq 3000')] }, monitor });
  await using client = new MonitorClient(control, { streams: ['stdout'] });
  client.stdout.resume();
  const victim = await pid();
  release();
  process.kill(victim, 'SIGKILL');
  t.like(await client.ended, { type: 'exited', status: 0 });
  t.deepEqual(numbers(logPath), upTo(3000));
  t.true(existsSync(`${logPath}.1.gz`));
});

rootTest('a monitor that is killed takes its compressor with it; the next one goes on from there', async (t) => {
  const directory = makeDirectory(t);
  const logPath = join(directory, 'log');
  const { compressor, pid } = held(directory);
  const monitor = logOptions(logPath, { logCompress: compressor });
  const { control, directory: records } = startPlan({ plan: { child: [streams, shell('seq 3000')] }, monitor });
  closeSync(control);
  const victim = await pid();
  const { monitorPid } = JSON.parse(readFileSync(join(records, 'started.json'), 'utf8')) as { monitorPid: number };
  process.kill(monitorPid, 'SIGKILL');
  await until('the compressor is gone', () => isGone(victim));
  const kept = numbers(logPath);
  t.deepEqual(kept, upTo(kept.length));
  t.true(forms(logPath).includes('.1'));
  write(t, `seq ${kept.length + 1} ${kept.length + 5}`, logOptions(logPath));
  t.deepEqual(forms(logPath).slice(0, 2), ['', '.1.gz']);
  t.deepEqual(numbers(logPath), upTo(kept.length + 5));
});

rootTest('whichever call of a rotation or of a compression was the last, the log is whole, and goes on', (t) => {
  const original = join(makeDirectory(t), 'log');
  write(t, 'seq 1000', logOptions(original));
  const plain = gunzipSync(readFileSync(`${original}.1.gz`));
  const left: Record<string, (logPath: string) => void> = {
    'half a compressed file': (logPath) => {
      writeFileSync(`${logPath}.1`, plain);
      renameSync(`${logPath}.1.gz`, `${logPath}.1.gz.tmp`);
    },
    'both forms of a file': (logPath) => writeFileSync(`${logPath}.1`, plain),
    'numbers moved up to the second': (logPath) => {
      const count = forms(logPath).length;
      for (let number = count - 1; number >= 2; number--) renameSync(`${logPath}.${number}.gz`, `${logPath}.${number + 1}.gz`);
    },
    'numbers moved up to the first': (logPath) => {
      const count = forms(logPath).length;
      for (let number = count - 1; number >= 1; number--) renameSync(`${logPath}.${number}.gz`, `${logPath}.${number + 1}.gz`);
    },
    'the newest moved up too': (logPath) => {
      const count = forms(logPath).length;
      for (let number = count - 1; number >= 1; number--) renameSync(`${logPath}.${number}.gz`, `${logPath}.${number + 1}.gz`);
      renameSync(logPath, `${logPath}.1`);
    },
  };
  for (const [state, leave] of Object.entries(left)) {
    const logPath = join(makeDirectory(t), 'log');
    for (const form of forms(original)) writeFileSync(`${logPath}${form}`, readFileSync(`${original}${form}`));
    leave(logPath);
    t.deepEqual(numbers(logPath), upTo(1000), state);
    write(t, 'seq 1001 1500', logOptions(logPath));
    t.deepEqual(numbers(logPath), upTo(1500), state);
    t.deepEqual(
      forms(logPath).filter((form) => form !== '' && !/^\.\d+\.gz$/.test(form)),
      [],
      state,
    );
  }
});
