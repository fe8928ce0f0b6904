/** A registry for the measurements: Debian's docker-registry, on a free port of 127.0.0.1. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './measure.ts';

export interface Registry {
  /** `127.0.0.1:PORT` */
  host: string;
  /** Push a docker-archive as `name`; its layers are compressed on the way. */
  push(archive: string, name: string): void;
  stop(): void;
}

/** Start it with its storage in `directory`; undefined where it isn't installed. */
export function startRegistry(directory: string): Registry | undefined {
  if (spawnSync('sh', ['-c', 'command -v docker-registry && command -v skopeo']).status !== 0) return undefined;
  mkdirSync(directory, { recursive: true });
  const [configuration, log] = [join(directory, 'config.json'), join(directory, 'log')];
  // JSON is YAML.
  writeFileSync(
    configuration,
    JSON.stringify({
      version: '0.1',
      storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
      http: { addr: '127.0.0.1:0' },
    }),
  );
  const output = openSync(log, 'w');
  const child = spawn('docker-registry', ['serve', configuration], { stdio: ['ignore', 'ignore', output] });
  closeSync(output);
  const host = `127.0.0.1:${awaitPort(log)}`;
  return {
    host,
    push: (archive, name) =>
      void run([
        'skopeo',
        '--insecure-policy',
        'copy',
        '--quiet',
        '--dest-tls-verify=false',
        `docker-archive:${archive}`,
        `docker://${host}/${name}`,
      ]),
    stop: () => void child.kill('SIGKILL'),
  };
}

function awaitPort(log: string): string {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < 500; tries++) {
    const port = /listening on [^"\s]*:(\d+)/.exec(readFileSync(log, 'utf8'))?.[1];
    if (port !== undefined) return port;
    Atomics.wait(pause, 0, 0, 20);
  }
  throw new Error(`docker-registry does not start: ${readFileSync(log, 'utf8')}`);
}
