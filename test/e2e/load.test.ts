/**
 * Many containers by many commands at once: no error, nothing twice, nothing left. Two hundred of them hold
 * (TSRUN_TEST_CONTAINERS=200); fewer are enough to find what is wrong.
 */
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

const CONTAINERS = Number(process.env['TSRUN_TEST_CONTAINERS'] ?? 24);
const CLIENTS = 8;

/** Do `work` for each of 0…CONTAINERS-1, by as many clients at once. */
async function byClients(work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < CONTAINERS; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function column(engine: TestEngine, format: string): Promise<string[]> {
  const lines = await engine.ok('ps', '--no-trunc', '--format', format);
  return lines.split('\n');
}

rootTest(`${CONTAINERS} containers by ${CLIENTS} clients: started, listed, stopped, removed`, async (t) => {
  t.timeout(600_000);
  const engine = await startEngine(t, 'busybox');
  const ids: string[] = [];
  await byClients(async () => {
    ids.push(await engine.ok('run', '-d', '-p', '80', 'busybox', 'sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1; done'));
  });
  t.is(new Set(ids).size, CONTAINERS);
  t.deepEqual((await column(engine, '{{.ID}}')).toSorted(), ids.toSorted());
  t.is(new Set(await column(engine, '{{.Names}}')).size, CONTAINERS);
  t.is(new Set(await column(engine, '{{.Ports}}')).size, CONTAINERS);
  const addresses = (await engine.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', ...ids)).split('\n');
  t.is(new Set(addresses).size, CONTAINERS);
  await byClients(async (index) => engine.ok('stop', '-t', '20', ids[index] ?? ''));
  t.deepEqual(await column(engine, '{{.ID}}'), ['']);
  await byClients(async (index) => engine.ok('rm', ids[index] ?? ''));
  t.is(await engine.ok('ps', '-aq'), '');
  // That nothing is left is looked for when the engine ends.
});
