/** The service beside a real Redis. `node --test`, as root; the image `redis` is there, or pulled. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Box, Engine } from 'tsrun';
import { startVisitCounter } from './visit-counter.ts';

const engine = new Engine();
let redis: Box;

before(async () => {
  redis = await engine.run({ image: 'redis', ports: [{ container: 6379 }] });
  redis.ignoreOutput();
  await untilReady(redis);
});
after(() => engine[Symbol.asyncDispose]());

async function untilReady(box: Box): Promise<void> {
  while (String((await box.exec(['redis-cli', 'PING'])).stdout) !== 'PONG\n') await sleep(20);
}

const visit = async (url: string): Promise<[status: number, text: string]> => {
  const response = await fetch(url);
  return [response.status, await response.text()];
};

test('visits are counted, also across a restart of the service', async () => {
  const address = { host: '127.0.0.1', port: redis.hostPort(6379) };
  {
    await using counter = await startVisitCounter(address);
    assert.deepEqual(await visit(counter.url), [200, '1\n']);
    assert.deepEqual(await visit(counter.url), [200, '2\n']);
  }
  await using counter = await startVisitCounter(address);
  assert.deepEqual(await visit(counter.url), [200, '3\n']);
  const { stdout } = await redis.exec(['redis-cli', 'GET', 'visits']);
  assert.equal(String(stdout), '3\n');
});

test('a hundred visits at once are a hundred', async () => {
  await using counter = await startVisitCounter({ host: '127.0.0.1', port: redis.hostPort(6379) });
  const before = Number((await visit(counter.url))[1]);
  const answers = await Promise.all(Array.from({ length: 100 }, () => visit(counter.url)));
  assert.deepEqual(
    answers.map(([, text]) => Number(text)).toSorted((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => before + 1 + index),
  );
});

test('without Redis the service says so', async () => {
  const own = await engine.run({ image: 'redis', ports: [{ container: 6379 }] });
  own.ignoreOutput();
  await untilReady(own);
  await using counter = await startVisitCounter({ host: '127.0.0.1', port: own.hostPort(6379) });
  assert.deepEqual(await visit(counter.url), [200, '1\n']);
  await own.stop();
  assert.deepEqual(await visit(counter.url), [503, 'the counter is out of order\n']);
});
