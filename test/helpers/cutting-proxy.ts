/** A TCP proxy that cuts connections: what a bad network does to a real server. */
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from 'ava';

export interface CuttingProxy {
  /** `127.0.0.1:PORT` */
  host: string;
  /** How often it has cut. */
  cuts(): number;
}

/** Pass bytes to `target` (`host:port`); a connection over which `after` bytes were sent there is cut, the first `times` times. */
export async function startCuttingProxy(t: ExecutionContext, target: string, after: number, times: number): Promise<CuttingProxy> {
  const [hostname, port] = target.split(':');
  let cuts = 0;
  const server = createServer((inner) => {
    const outer = connect(Number(port), hostname);
    let sent = 0;
    const end = (): void => {
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) socket.on('error', end).on('close', end);
    t.teardown(end);
    outer.on('data', (chunk) => inner.write(chunk));
    inner.on('data', (chunk) => {
      sent += chunk.length;
      outer.write(chunk, () => {
        if (sent <= after || cuts === times) return;
        cuts++;
        end();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, cuts: () => cuts };
}
