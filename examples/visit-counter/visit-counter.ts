/**
 * A small service, made up for the example: it counts visits. `GET /` adds one and answers the number; the count is in Redis, so it
 * outlives the service. Where Redis can't be reached it answers 503.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';

export interface VisitCounter extends AsyncDisposable {
  readonly url: string;
}

/** Start it on any free port of 127.0.0.1. */
export async function startVisitCounter(redis: { host: string; port: number }): Promise<VisitCounter> {
  const server = createServer((_request, response) => {
    increment(redis, 'visits').then(
      (visits) => response.end(`${visits}\n`),
      () => response.writeHead(503).end('the counter is out of order\n'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Redis's INCR: one command, one answer (`:7`). */
async function increment({ host, port }: { host: string; port: number }, key: string): Promise<number> {
  const socket = connect(port, host);
  try {
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer')));
    socket.write(`INCR ${key}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const visits = /^:(\d+)\r\n/.exec(answer.toString())?.[1];
    if (visits === undefined) throw new Error(`Redis answers ${answer.toString()}`);
    return Number(visits);
  } finally {
    socket.destroy();
  }
}
