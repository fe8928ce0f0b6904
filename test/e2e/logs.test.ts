/** `logs` of every driver: which entries, in which form, followed, and across rotation. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { logSize } from '../../src/process/log-files.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { startJournal } from '../helpers/journal.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

/** Times differ between records; the order of what two streams say at once would not be known. */
const TALK = 'echo one; sleep 0.01; echo two; sleep 0.01; printf three';

async function created(engine: TestEngine, ...words: string[]): Promise<string> {
  const id = await engine.ok('create', ...words);
  await engine.ok('start', '-a', id);
  return id;
}

for (const driver of ['json-file', 'local'] as const) {
  rootTest(`${driver}: lines, streams, the last ones, times and details`, async (t) => {
    const engine = await startEngine(t, 'busybox');
    const id = await created(engine, '--name', 'talker', '--network', 'none', '--log-driver', driver, 'busybox', 'sh', '-c', TALK);
    const logs = (...words: string[]): Promise<{ stdout: string; stderr: string; code: number | null }> =>
      engine.tsrun(['logs', ...words, 'talker']);
    t.like(await logs(), { stdout: 'one\ntwo\nthree', stderr: '', code: 0 });
    t.like(await logs('-n', '2'), { stdout: 'two\nthree', stderr: '' });
    for (const all of ['all', '-1']) t.is((await logs('--tail', all)).stdout, 'one\ntwo\nthree');
    t.is((await logs('-n', '0')).stdout, '');
    const lines = (await logs('-t', '--details')).stdout.split('\n');
    for (const line of lines) t.regex(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z {2}\w+$/);
    const second = lines[1]?.split(' ')[0] ?? '';
    t.is((await logs('--since', second)).stdout, 'two\nthree');
    t.is((await logs('--until', second)).stdout, 'one\ntwo\n');
    t.is((await logs('--since', '1h')).stdout, 'one\ntwo\nthree');
    t.is((await logs('--until', '1h')).stdout, '');
    t.is((await logs('--since', String(Date.now() / 1000 + 100))).stdout, '');
    t.like(await logs('--since', 'abc'), { code: 1, stdout: '' });
    const file = driver === 'local' ? 'local-logs/container.log' : `${id}-json.log`;
    const paths = { root: engine.root, state: engine.state };
    t.is(logSize(paths, { id, config: { logDriver: driver } }), readFileSync(join(engine.root, 'containers', id, file)).length);
  });

  rootTest(`${driver}: a reader follows across rotations, loses nothing, and ends with the container`, async (t) => {
    const engine = await startEngine(t, 'busybox');
    const options = ['--log-driver', driver, '--log-opt', 'max-size=20k', '--log-opt', 'max-file=4'];
    // A reader that were further behind than the files that are kept would miss some: so each hundred waits for the readers.
    const script = 'echo 0; while read i; do seq $((i * 100 - 99)) $((i * 100)); done';
    await engine.ok('run', '-d', '-i', '--name', 'writer', '--network', 'none', ...options, 'busybox', 'sh', '-c', script);
    const followers = [[], ['--tail', '5']].map((words) => engine.start(['logs', '-f', ...words, 'writer']));
    const seen = followers.map(() => '');
    for (const [index, { child }] of followers.entries()) child.stdout?.on('data', (bytes: Buffer) => (seen[index] += bytes.toString()));
    const writer = engine.start(['attach', 'writer']);
    for (let turn = 0; turn <= 20; turn++) {
      if (turn > 0) writer.child.stdin?.write(`${turn}\n`);
      const last = `${turn * 100}\n`;
      await until(`all read ${turn * 100}`, () => seen.every((text) => text === last || text.endsWith(`\n${last}`)));
    }
    await engine.ok('kill', 'writer');
    await writer.done;
    const expected = Array.from({ length: 2001 }, (_, index) => `${index}\n`).join('');
    for (const { done } of followers) {
      const { stdout, code } = await done;
      t.is(code, 0);
      t.true(stdout === expected, stdout.slice(-200));
    }
  });
}

rootTest('binary bytes and a line of a megabyte come back from `local` as they were written', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'head -c 1000000 /dev/zero | tr "\\0" "\\377"; echo; printf "\\0\\200\\n"';
  await created(engine, '--name', 'raw', '--network', 'none', '--log-driver', 'local', 'busybox', 'sh', '-c', script);
  const running = engine.start(['logs', 'raw']);
  const chunks: Buffer[] = [];
  running.child.stdout?.on('data', (bytes: Buffer) => chunks.push(Buffer.from(bytes)));
  await running.done;
  const expected = Buffer.concat([Buffer.alloc(1_000_000, 0xff), Buffer.from([10, 0, 0x80, 10])]);
  t.true(Buffer.concat(chunks).equals(expected));
});

rootTest('a log is rotated by itself at 10 MB, and three files are kept', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'yes "$(head -c 1000 /dev/zero | tr "\\0" x)" | head -n 45000';
  const id = await created(engine, '--name', 'big', '--network', 'none', 'busybox', 'sh', '-c', `${script} >&2`);
  const files = readdirSync(join(engine.root, 'containers', id)).filter((name) => name.startsWith(`${id}-json.log`));
  t.deepEqual(files.toSorted(), [`${id}-json.log`, `${id}-json.log.1`, `${id}-json.log.2`]);
  const size = logSize({ root: engine.root, state: engine.state }, { id, config: { logDriver: 'json-file' } });
  t.true(size > 20_000_000 && size <= 30_010_000, String(size));
});

const ROTATED = ['max-size=20k', 'max-file=9', 'compress=true'].flatMap((option) => ['--log-opt', option]);

for (const driver of ['json-file', 'local'] as const) {
  rootTest(`${driver}: files that were rotated away are compressed, and read, followed and counted as before`, async (t) => {
    const engine = await startEngine(t, 'busybox');
    const flags = ['--network', 'none', '--log-driver', driver, ...ROTATED];
    const script = 'seq 500; while [ ! -e /go ]; do sleep 0.02; done; seq 501 1000';
    const id = await engine.ok('run', '-d', '--name', 'packed', ...flags, 'busybox', 'sh', '-c', script);
    const follower = engine.start(['logs', '-f', 'packed']);
    await engine.ok('exec', 'packed', 'touch', '/go');
    t.is(await engine.ok('wait', 'packed'), '0');
    const numbers = (first: number): string => Array.from({ length: 1001 - first }, (_, index) => `${first + index}\n`).join('');
    const logs = async (...words: string[]): Promise<string> => (await engine.tsrun(['logs', ...words, 'packed'])).stdout;
    t.true((await follower.done).stdout === numbers(1));
    t.true((await logs()) === numbers(1));
    for (const tail of [0, 1, 400, 999]) t.is(await logs('-n', String(tail)), numbers(1001 - tail));
    const lines = (await logs('-t')).split('\n');
    const [hundredth = ''] = (lines[99] ?? '').split(' ');
    t.is(await logs('--since', hundredth), numbers(100));
    t.is(await logs('--until', hundredth), numbers(1).slice(0, numbers(1).indexOf('\n100\n') + 5));
    const directory = join(engine.root, 'containers', id, driver === 'local' ? 'local-logs' : '.');
    const name = driver === 'local' ? 'container.log' : `${id}-json.log`;
    const files = readdirSync(directory).filter((each) => each.startsWith(name));
    t.true(files.length > 1 && files.every((each) => each === name || /\.\d+\.gz$/.test(each)), files.join(' '));
    const bytes = files.reduce((sum, each) => sum + statSync(join(directory, each)).size, 0);
    t.is(logSize({ root: engine.root, state: engine.state }, { id, config: { logDriver: driver } }), bytes);
    t.is(
      await engine.ok('inspect', '-f', '{{json .HostConfig.LogConfig.Config}}', 'packed'),
      '{"compress":"true","max-file":"9","max-size":"20k"}',
    );
    await engine.ok('rm', 'packed');
  });
}

rootTest('labels, variables and tag are in every record, and --details shows them', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const options = ['--label', 'sp=a b&é', '-e', 'A=1', '--log-opt', 'labels=sp', '--log-opt', 'env=A', '--log-opt', 'tag={{.Name}}'];
  await created(engine, '--name', 'tagged', '--network', 'none', ...options, 'busybox', 'echo', 'hi');
  t.is(await engine.ok('logs', '--details', 'tagged'), 'A=1,sp=a+b%26%C3%A9,tag=tagged hi');
  t.is(await engine.ok('logs', 'tagged'), 'hi');
  const wrong = await engine.tsrun(['run', '--rm', '--network', 'none', '--log-opt', 'tag={{.Nope}}', 'busybox', 'true']);
  t.is(wrong.code, 125);
  t.regex(wrong.stderr, /failed to initialize logging driver: .*can't evaluate field Nope/);
});

rootTest('none and journald can’t be read back, and say so; the journal has what was written', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const journal = await startJournal(t, engine.directory);
  journal.read();
  const environment = { TSRUN_JOURNAL_SOCKET: journal.socket };
  for (const driver of ['none', 'journald']) {
    const words = ['run', '--name', driver, '--network', 'none', '--log-driver', driver, 'busybox', 'echo', driver];
    t.is((await engine.tsrun(words, { environment })).stdout, `${driver}\n`);
    const { code, stderr } = await engine.tsrun(['logs', driver]);
    t.is(code, 1);
    t.regex(stderr, /configured logging driver does not support reading/);
  }
  const [entry] = await until('the entry', () => journal.entries().length > 0 && journal.entries());
  t.like(entry, { MESSAGE: 'journald', CONTAINER_NAME: 'journald', IMAGE_NAME: 'busybox', PRIORITY: '6' });
  t.is(entry?.['CONTAINER_TAG'], entry?.['CONTAINER_ID']);
  const missing = { TSRUN_JOURNAL_SOCKET: join(engine.directory, 'nothing') };
  const refused = await engine.tsrun(['run', '--rm', '--log-driver', 'journald', 'busybox', 'true'], { environment: missing });
  t.is(refused.code, 125);
  t.regex(refused.stderr, /failed to initialize logging driver: journald is not enabled on this host/);
});

rootTest('a reader that never reads holds nobody up', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'echo begin; read go; seq 300000; echo end';
  await engine.ok('run', '-d', '-i', '--name', 'loud', '--network', 'none', 'busybox', 'sh', '-c', script);
  const stuck = engine.start(['logs', '-f', 'loud']);
  await new Promise((resolve) => stuck.child.stdout?.once('data', resolve));
  stuck.child.kill('SIGSTOP');
  await engine.tsrun(['attach', 'loud'], { input: '\n' });
  t.is(await engine.ok('wait', 'loud'), '0');
  t.is(await engine.ok('logs', '-n', '1', 'loud'), 'end');
  stuck.child.kill('SIGCONT');
  const { stdout } = await stuck.done;
  t.true(stdout.endsWith('\n300000\nend\n'));
  t.is(stdout.trimEnd().split('\n').length, 300_002);
});
