import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { PortRequest } from '../../src/model/container.ts';
import { TsrunError } from '../../src/model/errors.ts';
import { readListeners } from '../../src/network/listeners.ts';
import { reservePorts } from '../../src/network/ports.ts';
import { openDatabase } from '../../src/state/database.ts';

/** A range of three ports that nothing on this host listens on. */
function freeRange(): number {
  const busy = new Set(readListeners('tcp').map(({ port }) => port));
  for (let port = 20_000; ; port++) if (![port, port + 1, port + 2].some((each) => busy.has(each))) return port;
}

test('of a range of host ports for one port, each container gets the lowest that is free', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-ports-'));
  const database = openDatabase({ root: folder, state: folder });
  t.teardown(() => {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const first = freeRange();
  const request: PortRequest = { protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: first, hostPortEnd: first + 2 };
  const reserve = (id: string): (number | undefined)[] =>
    reservePorts(database, id, '172.17.0.2', [request]).map(({ hostPort }) => hostPort);
  t.deepEqual(reserve('a'), [first]);
  t.deepEqual(reserve('b'), [first + 1]);
  t.deepEqual(reserve('c'), [first + 2]);
  const error = t.throws(() => reserve('d'), { instanceOf: TsrunError });
  t.is(error.message, `Bind for 0.0.0.0:${first} failed: port is already allocated`);
});
