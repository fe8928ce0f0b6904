/** What programs do with a terminal: job control, drawing, drawing anew; and who attaches to one that is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { hasForegroundJob } from '../helpers/foreground.ts';
import { rootTest } from '../helpers/root.ts';
import type { Terminal } from '../helpers/terminal.ts';
import { until } from '../helpers/wait.ts';

/** busybox asks the terminal for the cursor's place after it. */
const PROMPT = /\/ # (?:\u001b\[6n)?$/;
const [CTRL_C, CTRL_Z, ESCAPE] = ['\u0003', '\u001a', '\u001b'];

async function shell(engine: TestEngine, ...words: string[]): Promise<Terminal> {
  const terminal = await engine.terminal(['run', '-it', '--network', 'none', ...words, 'busybox']);
  await terminal.expect(PROMPT);
  return terminal;
}

rootTest('job control: a job is stopped, goes on in the background, and is brought back', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await shell(engine, '--rm', '--name', 'box');
  const pid = Number(await engine.ok('inspect', '-f', '{{.State.Pid}}', 'box'));
  t.notRegex(terminal.screen, /job control|can't access tty/);
  // Of the job itself, when it is in the foreground: before that the keys would be the shell's.
  terminal.type(`sh -c 'echo be""gin; exec sleep 1000'\n`);
  await terminal.expect('begin');
  terminal.type(CTRL_Z);
  await terminal.expect(/Stopped\s+sleep 1000|Stopped\s+.*sleep/);
  terminal.type('bg\n');
  await terminal.expect('sleep 1000');
  await terminal.expect(PROMPT);
  terminal.type('jobs\n');
  await terminal.expect(/Running\s/);
  await terminal.expect(PROMPT);
  terminal.type('fg\n');
  await terminal.expect('sleep 1000');
  // The shell says so before it gives the terminal away.
  await until('the job has the terminal', () => hasForegroundJob(pid));
  terminal.type(CTRL_C);
  await terminal.expect(PROMPT);
  terminal.type('echo code $?; exit 3\n');
  await terminal.expect('code 130');
  t.is(await terminal.ended, 3);
});

rootTest('vi draws, takes keys, draws anew when the window changes, and writes its file', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await shell(engine, '--rm');
  terminal.type('vi /text\n');
  await terminal.expect(/(?:~[^~]*){20}/);
  terminal.type('ione two');
  await terminal.expect('one two');
  await terminal.resize(40, 100);
  // 38 empty lines now: the screen was drawn for its new size.
  await terminal.expect(/(?:~[^~]*){38}/);
  terminal.type(ESCAPE);
  await terminal.expect(/- \/text .*1\/1/);
  terminal.type(':wq\n');
  await terminal.expect(PROMPT);
  terminal.type('cat /text; exit\n');
  await terminal.expect(/one two\r\n/);
  t.is(await terminal.ended, 0);
});

rootTest('top draws again and again, and ends with its key; the terminal is as before', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await shell(engine, '--rm');
  terminal.type('top -d 1\n');
  for (let turn = 0; turn < 2; turn++) await terminal.expect(/Mem: \d+K used[^]*PID[^]*top -d 1/);
  terminal.type('q');
  await terminal.expect(PROMPT);
  terminal.type('exit\n');
  t.is(await terminal.ended, 0);
  t.regex(await terminal.settings(), / icanon/);
});

rootTest('detached with keys of one’s own, attached again: the prompt is drawn anew, and exec has the same keys', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const first = await shell(engine, '--name', 'box', '--detach-keys', 'ctrl-x,q');
  first.type('\u0018q');
  t.is(await first.ended, 0, 'to detach is no failure of a run');
  t.regex(await first.settings(), / icanon/);

  const second = await engine.terminal(['attach', '--detach-keys', 'a,b', 'box']);
  await second.expect('/ # ');
  second.type('stty size; echo a""c\n');
  await second.expect('24 80');
  await second.expect('ac');
  second.type('ab');
  await second.expect('read escape sequence');
  t.is(await second.ended, 1, 'to detach is one of an attach: as Docker’s');
  t.regex(await second.settings(), / icanon/);

  const inside = await engine.terminal(['exec', '-it', '--detach-keys', 'ctrl-x', 'box', 'sh']);
  await inside.expect(PROMPT);
  inside.type('\u0018');
  await inside.expect('read escape sequence');
  t.is(await inside.ended, 1);

  const third = await engine.terminal(['start', '-a', '-i', 'box']);
  await third.expect('/ # ');
  third.type('exit 6\n');
  t.is(await third.ended, 6);
  t.regex(await engine.ok('logs', 'box'), /24 80\r\n/, 'the log has what the terminal showed');
});

rootTest('two terminals on one container show the same; the size is that of whoever changed it last', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const first = await shell(engine, '--name', 'box');
  const second = await engine.terminal(['attach', 'box']);
  await second.expect('/ # ');
  second.type('echo from sec""ond\n');
  for (const each of [first, second]) await each.expect(/from second\r\n/);
  await second.resize(33, 111);
  first.type(`until stty size | grep "33 1""11"; do :; done\n`);
  for (const each of [first, second]) await each.expect('33 111');
  first.type('exit 4\n');
  t.deepEqual([await first.ended, await second.ended], [4, 4]);
});

rootTest('the monitor is killed: the command says so, and the terminal is as before', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await shell(engine, '--name', 'box');
  t.regex(await terminal.settings(), /-icanon/);
  const id = await engine.ok('ps', '-q', '--no-trunc');
  const record = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { monitorPid: number };
  process.kill(record.monitorPid, 'SIGKILL');
  await terminal.expect('was killed, and the container with it');
  t.is(await terminal.ended, 137);
  t.regex(await terminal.settings(), / icanon/);
  t.regex(await terminal.settings(), / echo /);
});

rootTest('the program is killed: the terminal is as before', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await shell(engine, '--rm', '--name', 'box');
  await engine.ok('kill', 'box');
  t.is(await terminal.ended, 137);
  t.regex(await terminal.settings(), / icanon/);
});
