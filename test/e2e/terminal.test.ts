/** `run -it` and `exec -it` on a real terminal. */
import { startEngine } from '../helpers/engine.ts';
import { hasForegroundJob } from '../helpers/foreground.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

/** busybox asks the terminal for the cursor's place after it. */
const PROMPT = /\/ # (?:\u001b\[6n)?$/;

rootTest('a shell on a terminal: prompt, size, exit code; the terminal is as before', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await engine.terminal(['run', '-it', '--rm', 'busybox']);
  await terminal.expect(PROMPT);
  t.regex(await terminal.settings(), /-icanon/, 'raw while the container runs');
  terminal.type('tty; stty size; echo $TERM\n');
  await terminal.expect('/dev/pts/0');
  await terminal.expect('24 80');
  await terminal.expect('xterm');
  await terminal.expect(PROMPT);
  terminal.type('exit 5\n');
  t.is(await terminal.ended, 5);
  t.regex(await terminal.settings(), / icanon/);
  t.regex(await terminal.settings(), / echo /);
});

rootTest('the window’s size follows', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await engine.terminal(['run', '-it', '--rm', 'busybox']);
  await terminal.expect(PROMPT);
  await terminal.resize(50, 132);
  // However long the news takes.
  terminal.type(`until stty size | grep "50 1""32"; do :; done\n`);
  await terminal.expect('50 132');
  terminal.type('exit\n');
  t.is(await terminal.ended, 0);
});

rootTest('Ctrl-C ends the program in the container, not the container’s shell', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await engine.terminal(['run', '-it', '--rm', '--name', 'box', 'busybox']);
  await terminal.expect(PROMPT);
  const pid = Number(await engine.ok('inspect', '-f', '{{.State.Pid}}', 'box'));
  // By its path: some shells run an applet of their own busybox without executing it.
  terminal.type('/bin/sleep 1000\n');
  await until('sleep has the terminal', () => hasForegroundJob(pid));
  terminal.type('\u0003');
  await terminal.expect(PROMPT);
  terminal.type('echo $?\n');
  await terminal.expect('130');
  terminal.type('exit 9\n');
  t.is(await terminal.ended, 9);
});

rootTest('Ctrl-P Ctrl-Q detaches, and the container runs on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const terminal = await engine.terminal(['run', '-it', '--name', 'left', 'busybox']);
  await terminal.expect(PROMPT);
  terminal.type('\u0010\u0011');
  t.is(await terminal.ended, 0);
  t.regex(await terminal.settings(), / icanon/);
  t.regex(await engine.ok('ps'), /left/);
});

rootTest('exec -it has a terminal of its own', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'home', 'busybox', 'sleep', '1000');
  const terminal = await engine.terminal(['exec', '-it', 'home', 'sh']);
  await terminal.expect(PROMPT);
  terminal.type('stty size; exit 6\n');
  await terminal.expect('24 80');
  t.is(await terminal.ended, 6);
  t.regex(await terminal.settings(), / icanon/);
});

rootTest('killed by a signal that it doesn’t hand on, the command leaves the terminal as it was', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'home', '--network', 'none', 'busybox', 'sleep', '1000');
  for (const words of [
    ['exec', '-it', 'home', 'sh'],
    ['run', '-it', '--rm', '--network', 'none', '--sig-proxy=false', 'busybox'],
  ]) {
    const terminal = await engine.terminal(words);
    await terminal.expect(PROMPT);
    t.regex(await terminal.settings(), /-icanon/);
    terminal.kill('SIGTERM');
    t.not(await terminal.ended, 0);
    t.regex(await terminal.settings(), / icanon/);
    t.regex(await terminal.settings(), / echo /);
  }
});

rootTest('-t without a terminal on stdin is refused, in Docker’s words', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { code, stderr } = await engine.tsrun(['run', '-it', '--rm', 'busybox', 'true']);
  t.is(code, 1);
  t.regex(stderr, /the input device is not a TTY/);
});
