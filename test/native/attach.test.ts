/** Sessions: streams, signals, terminals. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { native } from '../../src/kernel/native.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { findProcesses } from './processes.ts';
import { makeDirectory, makeRoot } from './small-root.ts';
import { startSession, startTerminalSession } from './session.ts';

rootTest('stdin reaches the program, and its end too', async (t) => {
  const session = startSession(t, { script: 'cat; echo end' });
  session.process.stdin?.end('hello\n');
  t.is((await session.output).toString(), 'hello\nend\n');
  t.like(await session.result(), { type: 'exited', status: 0 });
});

rootTest('megabytes go through unharmed, both ways, to a reader slower than the writer', async (t) => {
  const bytes = Buffer.alloc(8 << 20);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 2654435761) >>> 13;
  const session = startSession(t, { script: 'cat' });
  session.process.stdin?.end(bytes);
  session.process.stdout?.pause();
  await sleep(300);
  session.process.stdout?.resume();
  const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
  const output = await session.output;
  t.is(output.length, bytes.length);
  t.is(hash(output), hash(bytes));
});

rootTest('a signal gets through while the program reads none of its stdin', async (t) => {
  const session = startSession(t, { script: 'trap "exit 5" TERM; echo ready; while true; do sleep 0.02; done' });
  session.process.stdin?.on('error', () => {});
  session.process.stdin?.write(Buffer.alloc(4 << 20, 'x'));
  session.process.stdout?.once('data', () => session.process.kill('SIGTERM'));
  t.like(await session.result(), { type: 'exited', status: 5 });
});

rootTest('a signal gets through while nobody reads the output', async (t) => {
  const session = startSession(t, { script: 'trap "exit 6" INT; while true; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done' });
  await new Promise((resolve) => session.process.stdout?.once('data', resolve));
  session.process.stdout?.pause();
  await sleep(300);
  session.process.kill('SIGINT');
  await sleep(50);
  session.process.stdout?.resume();
  t.like(await session.result(), { type: 'exited', status: 6 });
});

rootTest('a program hears that nobody reads its output any more, as in any pipeline', async (t) => {
  const session = startSession(t, { script: 'exec yes', claim: true });
  session.process.stdout?.once('data', () => session.process.stdout?.destroy());
  t.like(await session.result(), { type: 'exited', status: 141 });
});

rootTest('but not when the client only joined it', async (t) => {
  const session = startSession(t, { script: 'seq 100000; exit 4' });
  session.process.stdout?.destroy();
  t.like(await session.result(), { type: 'exited', status: 4 });
});

rootTest('stdin stays open after the client that wrote to it, unless it is to be used once', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  const session = startSession(t, { script: 'cat; exit 3', stdinOnce: false, socketPath });
  session.process.stdin?.end('first\n');
  session.process.stdout?.once('data', () => session.process.kill('SIGKILL'));
  t.is((await session.output).toString(), 'first\n');
  const control = native().connectMonitor(socketPath);
  t.is(native().awaitExit(control, 100), undefined);
  native().signalContainer(control, 9);
  t.like(native().awaitExit(control, 60_000), { type: 'exited', status: 137 });
});

rootTest('on a terminal the program sees a terminal of the same size, owned by its user, and its console', async (t) => {
  const { terminal, result } = await startTerminalSession(t, {
    root: makeRoot(t),
    script: 'stty size; stat -c "%u %g" $(tty); tty < /dev/console; tty; exit 3',
  });
  await terminal.expect('24 80');
  await terminal.expect('12 34');
  await terminal.expect('/dev/console');
  await terminal.expect('/dev/pts/0');
  t.like(await result(), { type: 'exited', status: 3 });
  t.regex(await terminal.settings(), /(?<!-)icanon/);
});

rootTest('a terminal is raw meanwhile, follows changes of its size, and gives ^C to the program', async (t) => {
  const script = 'trap "stty size; echo changed" WINCH; trap "echo interrupted; exit 8" INT; echo ready; while true; do sleep 0.05; done';
  const { terminal, result } = await startTerminalSession(t, { root: makeRoot(t), script });
  await terminal.expect('ready');
  t.regex(await terminal.settings(), /-icanon/);
  await terminal.resize(50, 132);
  await terminal.expect('50 132');
  terminal.type('\x03');
  await terminal.expect('interrupted');
  t.like(await result(), { type: 'exited', status: 8 });
});

rootTest('under an init too, ^C reaches the program and its children', async (t) => {
  // Of the child that it would wait for: a shell that is interrupted before it has begun one waits for it all the same.
  const script = `trap "echo interrupted; exit 8" INT; while true; do sh -c 'echo ready; exec sleep 100'; done`;
  const { terminal, result } = await startTerminalSession(t, { root: makeRoot(t), init: true, script });
  await terminal.expect('ready');
  terminal.type('\x03');
  await terminal.expect('interrupted');
  t.like(await result(), { type: 'exited', status: 8 });
});

rootTest('the detach keys leave the program running; part of them is typed text', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  const { terminal, result } = await startTerminalSession(t, {
    root: makeRoot(t),
    socketPath,
    detachKeys: [16, 17],
    script: 'stty -echo -icanon min 1; echo ready; while true; do head -c 3 | od -c; done',
  });
  await terminal.expect('ready');
  terminal.type('a\x10b');
  await terminal.expect(/a 020 {3}b/);
  terminal.type('\x10\x10\x11');
  const ended = await result();
  t.is(ended.type, 'detached');
  t.regex(await terminal.settings(), /(?<!-)icanon/);
  const control = native().connectMonitor(socketPath);
  native().signalContainer(control, 9);
  t.like(native().awaitExit(control, 60_000), { type: 'exited', status: 137 });
});

rootTest('what the detach keys hold back is never more than may be sent', async (t) => {
  const { terminal, result } = await startTerminalSession(t, {
    root: makeRoot(t),
    detachKeys: Array.from({ length: 32 }, () => 'p'.charCodeAt(0)),
    script: 'stty raw -echo; trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done',
  });
  await terminal.expect('ready');
  // More than the program's terminal and the window hold: at its end keys are held back, and let go.
  for (let count = 0; count < 40; count++) {
    terminal.type('pppppppppx'.repeat(100));
    await sleep(1);
  }
  await sleep(300);
  for (const pid of findProcesses((command) => command.startsWith(process.execPath) && command.includes('"detachKeys":[112,')))
    process.kill(pid, 'SIGTERM');
  t.like(await result(), { type: 'exited', status: 7 });
});

rootTest('a terminal is restored when its session is ended by a signal that is not handed on', async (t) => {
  const { terminal } = await startTerminalSession(t, { root: makeRoot(t), signalProxy: false, script: 'echo ready; sleep 20' });
  await terminal.expect('ready');
  t.regex(await terminal.settings(), /-icanon/);
  terminateSession();
  await terminal.ended;
  t.regex(await terminal.settings(), /(?<!-)icanon/);
});

/** SIGTERM to the process that is attached: the terminal's own child is only its launcher. */
function terminateSession(): void {
  for (const pid of findProcesses((command) => command.startsWith(process.execPath) && command.includes('"signalProxy":false')))
    process.kill(pid, 'SIGTERM');
}

rootTest('two clients see the same output', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  const session = startSession(t, { script: 'read line; seq 20000', socketPath });
  await until('the socket', () => existsSync(socketPath));
  // What the second types shows that it is attached, and lets the program begin.
  const second = startJoin(t, socketPath);
  const [one, two] = await Promise.all([session.output, second]);
  t.is(one.length, 108_894);
  t.true(two.equals(one));
});

function startJoin(t: ExecutionContext, socketPath: string): Promise<Buffer> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/join.ts', import.meta.url)), socketPath], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write('go\n');
  t.teardown(() => child.kill('SIGKILL'));
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk)).once('close', () => resolve(Buffer.concat(chunks)));
  });
}
