/** What tsrun pushes, Docker pulls, and the other way round: the same images. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { mustRun } from '../helpers/command.ts';
import { missingPrograms, startRealRegistry } from '../helpers/registry-real.ts';
import { rootTest } from '../helpers/root.ts';
import { startDockerd, whyNoDocker } from '../side-by-side/dockerd.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/tsrun');

const reason = whyNoDocker() ?? (missingPrograms.length > 0 ? `${missingPrograms.join(', ')} not installed` : undefined);
const dockerTest = (title: string, implementation: (t: ExecutionContext) => Promise<void>): void =>
  reason === undefined ? rootTest(title, implementation) : test.skip(`${title} (${reason})`, implementation);

dockerTest('an image goes from tsrun to Docker and back through a registry, and stays the same', async (t) => {
  const dockerd = await startDockerd();
  t.teardown(() => dockerd.stop());
  const { network, docker: script } = await dockerd.stage(['busybox']);
  const { host } = await startRealRegistry(t, { network, port: 5000 });
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-docker-registry-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const dockerPath = join(directory, 'docker');
  writeFileSync(dockerPath, script);
  chmodSync(dockerPath, 0o755);
  const environment = { TSRUN_ROOT: join(directory, 'root'), TSRUN_STATE: join(directory, 'state'), DOCKER_CONFIG: directory };
  const run = async (program: string, ...words: string[]): Promise<string> =>
    (await mustRun(...network.enter(program, words), { environment })).trim();
  const tsrun = (...words: string[]): Promise<string> => run(PROGRAM, ...words);
  const docker = (...words: string[]): Promise<string> => run(dockerPath, ...words);
  const idOf = async (engine: typeof docker, name: string): Promise<string> => engine('images', '--quiet', '--no-trunc', name);
  const digestOf = (text: string): string => /digest: (sha256:\S+)/i.exec(text)?.[1] ?? '';

  await tsrun('load', '--input', fixture('busybox'));
  await tsrun('tag', 'busybox', `${host}/ours:1`);
  const pushed = digestOf(await tsrun('push', `${host}/ours:1`));
  t.is(digestOf(await docker('pull', `${host}/ours:1`)), pushed);
  t.is(await idOf(docker, `${host}/ours`), await idOf(tsrun, `${host}/ours`));

  await docker('tag', 'busybox', `${host}/theirs:1`);
  const theirs = digestOf(await docker('push', `${host}/theirs:1`));
  t.is(digestOf(await tsrun('pull', `${host}/theirs:1`)), theirs);
  t.is(await idOf(tsrun, `${host}/theirs`), await idOf(docker, `${host}/theirs`));
  await tsrun('tag', `${host}/theirs:1`, `${host}/again:1`);
  t.regex(await tsrun('push', `${host}/again:1`), /: Mounted from (?:ours|theirs)\n|: Layer already exists\n/);
  t.truthy(await docker('pull', '--quiet', `${host}/again:1`));
});
