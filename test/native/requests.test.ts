/** What a client asks of a monitor, and a monitor that answers piece by piece. The monitor is the test's own. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { encodeNumbers, FRAMES } from '../../src/process/monitor-frames.ts';
import { start } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { makeDirectory } from './small-root.ts';

/** What a client that asked for a signal prints, when a monitor does this on hearing it. */
async function asked(t: ExecutionContext, answer: (client: Socket) => void): Promise<string> {
  const path = join(makeDirectory(t), 'monitor.sock');
  const server = createServer((client) => client.once('data', () => answer(client)).on('error', () => {}));
  t.teardown(() => server.close());
  await once(server.listen(path), 'listening');
  const client = start(process.execPath, [fileURLToPath(new URL('fixtures/ask.ts', import.meta.url)), path], { timeoutMs: 60_000 });
  return (await client.done).stdout;
}

const ANSWER = encodeNumbers(FRAMES.answer, 0);
const HALF = ANSWER.subarray(0, 3);

rootTest('an answer whose beginning comes alone', async (t) => {
  const printed = await asked(t, (client) => client.write(HALF, () => setTimeout(() => client.end(ANSWER.subarray(HALF.length)), 50)));
  t.is(printed, 'answered\n');
});

rootTest('a monitor that is killed in the midst of its answer is gone, not waited for', async (t) => {
  const printed = await asked(t, (client) => client.write(HALF, () => client.destroy()));
  t.is(printed, 'ESRCH\n');
});
