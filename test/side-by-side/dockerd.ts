/** One dockerd for all cases of a test file, in namespaces of its own: it takes everything with it, however the test ends. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixture, fixtureTag, type FixtureName } from '../../rootfs-fixtures/fixtures.ts';
import { mustRun } from '../helpers/command.ts';
import { createNetworkNamespace, type NetworkNamespace } from '../helpers/namespaces.ts';
import type { Stage } from './player.ts';

/** The version whose words the transcripts have; another's would differ from them by itself. */
const VERSION = '20.10.';
const DOCKER = '/usr/bin/docker';
const DAEMON = '/usr/sbin/dockerd';

/** Its mounts and processes end with the first process in these. */
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--mount-proc'];

/** Why there is no dockerd to compare with; undefined where there is one. */
export function whyNoDocker(): string | undefined {
  for (const program of [DOCKER, DAEMON]) {
    if (!existsSync(program)) return `docker.io is not installed: there is no ${program}`;
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
    if (!version.includes(`version ${VERSION}`)) return `transcripts are of Docker ${VERSION}x; ${program} is ${version}`;
  }
  return undefined;
}

export interface Dockerd {
  /** Its data root. */
  data: string;
  /** Call the client; it must succeed. @returns what it printed */
  docker: (...words: string[]) => Promise<string>;
  /** Make it as new: these images, no containers, no volumes. */
  stage(images: readonly FixtureName[]): Promise<Stage>;
  stop(): Promise<void>;
}

/** Start it. */
export async function startDockerd(): Promise<Dockerd> {
  const network = await createNetworkNamespace();
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-dockerd-'));
  const cgroup = `tsrun-dockerd-${randomBytes(4).toString('hex')}`;
  const flags = [directory, '--registry-mirror=http://127.0.0.1:5000', `--cgroup-parent=/${cgroup}`];
  // The shell is PID 1 of its namespace. It waits for our end of the pipe to close; then dockerd gets time to end by itself.
  const script = 'cd "$1"; shift; bench/peers.sh start "$@" >&2 && echo ready && cat; bench/peers.sh stop "$1"';
  const holder = spawn(
    ...network.enter('unshare', [...NAMESPACES, 'sh', '-c', script, 'sh', join(import.meta.dirname, '../..'), directory, ...flags]),
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
  );
  const ended = once(holder, 'exit');
  const started = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!started) {
    await removeAll(network, directory, cgroup);
    throw new Error('dockerd did not start; what it said stands above');
  }
  const docker = (...words: string[]): Promise<string> => mustRun(DOCKER, ['--host', `unix://${directory}/docker.sock`, ...words]);
  return {
    data: join(directory, 'data'),
    docker,
    stage: async (images) => {
      await reset(docker, images);
      const home = mkdtempSync(join(directory, 'case-'));
      return {
        engine: 'docker',
        network,
        directory: home,
        docker: `#!/bin/sh\nexec ${DOCKER} --host unix://${directory}/docker.sock "$@"\n`,
      };
    },
    stop: async () => {
      await reset(docker, []);
      holder.stdin.end();
      await ended;
      await removeAll(network, directory, cgroup);
    },
  };
}

async function reset(docker: (...words: string[]) => Promise<string>, images: readonly FixtureName[]): Promise<void> {
  const containers = (await docker('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  if (containers.length > 0) await docker('rm', '--force', '--volumes', ...containers);
  await docker('system', 'prune', '--force', '--volumes');
  const present = (await docker('image', 'ls', '--all', '--format', '{{.Repository}}:{{.Tag}}')).split('\n').filter(Boolean);
  const wanted = images.map((image) => fixtureTag(image));
  if (present.length === wanted.length && wanted.every((tag) => present.includes(tag))) return;
  await docker('system', 'prune', '--force', '--all');
  for (const image of images) await docker('load', '--quiet', '--input', fixture(image));
}

async function removeAll(network: NetworkNamespace, directory: string, cgroup: string): Promise<void> {
  await network.remove();
  for (const path of globSync(`/sys/fs/cgroup/{,*/}${cgroup}`)) rmdirSync(path);
  rmSync(directory, { recursive: true, force: true });
}
