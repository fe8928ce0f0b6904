/** Clients of real monitors that run small plans: streams, backpressure, several at once, the end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MonitorOptions } from '../../src/kernel/native.ts';
import { MonitorClient, type ClientAttachment } from '../../src/process/monitor-client.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { shell, startPlan, streams } from '../native/run-plan.ts';
import { makeDirectory } from '../native/small-root.ts';

const ALL: ClientAttachment = { streams: ['stdin', 'stdout', 'stderr'] };

function begin(script: string, attachment = ALL, monitor: Partial<MonitorOptions> = {}): MonitorClient {
  const { control, report } = startPlan({
    plan: { child: [streams, shell(script)] },
    monitor: { openStdin: true, stdinOnce: true, ...monitor },
  });
  if (report.type !== 'started') throw new Error(JSON.stringify(report));
  return new MonitorClient(control, attachment);
}

rootTest('stdin goes in, stdout and stderr come out apart, and the end tells the exit code', async (t) => {
  const client = begin('cat; echo bad >&2; exit 3');
  client.stdin.end('hello\n');
  t.deepEqual(await Promise.all([text(client.stdout), text(client.stderr)]), ['hello\n', 'bad\n']);
  t.deepEqual(await client.ended, { type: 'exited', status: 3, oomKilled: false });
});

rootTest('megabytes go through both ways unharmed, past every window', async (t) => {
  const bytes = Buffer.alloc(3 << 20);
  for (let at = 0; at < bytes.length; at++) bytes[at] = (at * 2654435761) >>> 13;
  const client = begin('cat');
  client.stdin.end(bytes);
  await sleep(100);
  t.true((await buffer(client.stdout)).equals(bytes));
  t.like(await client.ended, { type: 'exited', status: 0 });
});

rootTest('who does not read makes the container wait, and nothing is lost', async (t) => {
  const client = begin('seq 200000; echo done >&2', { streams: ['stdout', 'stderr'] });
  const errors = text(client.stderr);
  await sleep(200);
  t.is(client.stderr.readableLength, 0, 'it has not got to its end');
  const lines = (await text(client.stdout)).trimEnd().split('\n');
  t.deepEqual([lines.length, lines.at(-1)], [200_000, '200000']);
  t.is(await errors, 'done\n');
});

rootTest('a signal gets through while nobody reads, and its answer comes', async (t) => {
  const client = begin('trap "exit 6" USR1; echo ready; while true; do sleep 0.02; done');
  await until('it is ready', () => client.stdout.readableLength > 0);
  await t.throwsAsync(client.signal(999), { message: /errno 22/ });
  await client.signal(10);
  client.stdout.resume();
  t.like(await client.ended, { type: 'exited', status: 6 });
  await t.throwsAsync(client.signal(10), { message: 'the container has ended' });
});

rootTest('any number of clients join, each gets the output, and one that leaves disturbs nobody', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  const first = begin('read line; echo $line; read line; echo $line', ALL, { socketPath, stdinOnce: false });
  const others = Array.from({ length: 5 }, () => MonitorClient.connect(socketPath, ALL));
  const [leaver, ...stayers] = others;
  const output = stayers.map((client) => text(client.stdout));
  for (const client of stayers) await client.resize(1, 1).catch(() => {});
  leaver?.detach();
  t.deepEqual(await leaver?.ended, { type: 'detached' });
  first.stdin.write('one\n');
  await until('the first has it', () => first.stdout.readableLength >= 4);
  stayers[0]?.stdin.write('two\n');
  t.deepEqual(
    await Promise.all(output),
    Array.from({ length: 4 }, () => 'one\ntwo\n'),
  );
  t.is(await text(first.stdout), 'one\ntwo\n');
});

rootTest('stdin stays open when a client detaches, and one that only waits takes no output', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  const first = begin('cat; exit 4', ALL, { socketPath });
  first.detach();
  const waiter = MonitorClient.connect(socketPath, { streams: [] });
  const second = MonitorClient.connect(socketPath, ALL);
  second.stdin.end('late\n');
  t.is(await text(second.stdout), 'late\n');
  t.deepEqual(await waiter.ended, { type: 'exited', status: 4, oomKilled: false });
  t.is(await text(waiter.stdout), '');
});

rootTest('a program that ends without reading its stdin loses nothing of its output', async (t) => {
  for (let round = 0; round < 10; round++) {
    const client = begin('echo said; exit 5');
    for (let count = 0; count < 20; count++) client.stdin.write(Buffer.alloc(8192));
    t.is(await text(client.stdout), 'said\n');
    t.like(await client.ended, { type: 'exited', status: 5 });
    t.true(client.stdin.destroyed);
  }
});

rootTest('a reader that goes early ends the program, as in any pipeline, where the client owns it', async (t) => {
  const client = begin('exec yes', { streams: ['stdout'], claimCleanup: true });
  await new Promise((resolve) => client.stdout.once('data', resolve));
  client.stdout.destroy();
  t.like(await client.ended, { type: 'exited', status: 141 });
});

rootTest('disposed, it is detached, and its sockets are closed', async (t) => {
  const socketPath = join(makeDirectory(t), 'monitor.sock');
  {
    await using client = begin('read line; exit 2', ALL, { socketPath, stdinOnce: false });
    t.false(client.stdin.destroyed);
  }
  const next = MonitorClient.connect(socketPath, ALL);
  next.stdin.write('\n');
  t.like(await next.ended, { type: 'exited', status: 2 });
  // It has told the end, and is about to go.
  await until('nobody listens', () => {
    try {
      void MonitorClient.connect(socketPath, ALL)[Symbol.asyncDispose]();
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    }
  });
  t.pass();
});

rootTest('a monitor that is killed is lost', async (t) => {
  const directory = makeDirectory(t);
  const client = begin('sleep 100', ALL, { startedPath: join(directory, 'started.json') });
  const { monitorPid } = JSON.parse(readFileSync(join(directory, 'started.json'), 'utf8')) as { monitorPid: number };
  process.kill(monitorPid, 'SIGKILL');
  t.deepEqual(await client.ended, { type: 'lost' });
});
