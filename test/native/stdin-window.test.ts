/** Clients of a monitor that takes stdin a little at a time. The monitor is the test's own. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { encodeFrame, encodeNumbers, FrameDecoder, FRAMES, STDIN_WINDOW } from '../../src/process/monitor-frames.ts';
import { MonitorClient } from '../../src/process/monitor-client.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { makeDirectory } from './small-root.ts';

const STDIN = Buffer.alloc(4 * STDIN_WINDOW, 'x');
/** What of its window a client may keep for bytes that may begin the detach keys. */
const HELD_BACK = 32;

interface FakeMonitor {
  path: string;
  /** The lengths of the stdin frames that came. */
  lengths: number[];
  /** Say that so many bytes were taken. */
  take(bytes: number): void;
  /** Say that PID 1 has ended. */
  end(): void;
}

async function fakeMonitor(t: ExecutionContext): Promise<FakeMonitor> {
  const path = join(makeDirectory(t), 'monitor.sock');
  const lengths: number[] = [];
  let client: Socket | undefined;
  const server = createServer((socket) => {
    client = socket;
    const decoder = new FrameDecoder();
    socket.on('data', (bytes: Buffer) => {
      for (const { type, content } of decoder.push(bytes)) if (type === FRAMES.stdin) lengths.push(content.length);
    });
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    client?.destroy();
    server.close();
  });
  return {
    path,
    lengths,
    take: (bytes) => client?.write(encodeNumbers(FRAMES.stdinTaken, bytes)),
    end: () => client?.write(encodeFrame(FRAMES.exit, new Uint8Array(8))),
  };
}

/** With a window that opens by few bytes at a time, what is sent next is half a window at least. */
async function expectWholePieces(t: ExecutionContext, monitor: FakeMonitor): Promise<void> {
  await until('the window is full', () => monitor.lengths.reduce((sum, length) => sum + length, 0) >= STDIN_WINDOW - HELD_BACK);
  const before = monitor.lengths.length;
  for (let taken = 0; taken < STDIN_WINDOW - HELD_BACK; taken += 64) monitor.take(64);
  await until('more stdin', () => monitor.lengths.length > before);
  t.true((monitor.lengths[before] ?? 0) >= STDIN_WINDOW / 2 - HELD_BACK, `the next piece has ${monitor.lengths[before]} bytes`);
  monitor.end();
}

rootTest('a command sends stdin in pieces of half a window, however little is taken at a time', async (t) => {
  const monitor = await fakeMonitor(t);
  // A file: what is read of it is never short.
  const path = join(makeDirectory(t), 'stdin');
  writeFileSync(path, STDIN);
  const stdin = openSync(path, 'r');
  const client = spawn(process.execPath, [fileURLToPath(new URL('fixtures/join.ts', import.meta.url)), monitor.path], {
    stdio: [stdin, 'ignore', 'inherit'],
  });
  closeSync(stdin);
  t.teardown(() => client.kill('SIGKILL'));
  await expectWholePieces(t, monitor);
});

rootTest('so does a client of the TypeScript API', async (t) => {
  const monitor = await fakeMonitor(t);
  const client = MonitorClient.connect(monitor.path, { streams: ['stdin'] });
  client.stdin.on('error', () => {});
  client.stdin.write(STDIN);
  await expectWholePieces(t, monitor);
  t.like(await client.ended, { type: 'exited' });
});
