/** How each engine is told to do the same thing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type Words } from './measure.ts';

/** An engine that can be measured. What it can't do has no words. */
export interface Engine {
  name: string;
  version: string;
  /** Begin whatever it needs to work in `directory`, and load the image. */
  prepare: () => void;
  /** Run `program` in a new container of busybox that is removed at its end. */
  runBridge?: (...program: string[]) => Words;
  runHost?: (...program: string[]) => Words;
  /** Run without any network of its own or the host's set up. */
  runPlain?: () => Words;
  /** Start a container that sleeps. */
  start?: (name: string) => Words;
  exec?: (name: string, ...program: string[]) => Words;
  remove?: (...names: string[]) => Words;
  /** Make a container that sleeps, and don't start it. */
  create?: (name: string) => Words;
  startAgain?: (name: string) => Words;
  list?: () => Words;
  load?: (archive: string) => Words;
  save?: (image: string, archive: string) => Words;
  pull?: (reference: string) => Words;
  tag?: (image: string, reference: string) => Words;
  push?: (reference: string) => Words;
  /** What stays for every running container, found by a part of the command line. */
  monitor?: string;
  /** End what `prepare` began. */
  finish: () => void;
}

/** Where an engine keeps what it keeps: on a disk, and on a tmpfs, as /run is one. */
interface Folders {
  disk: string;
  memory: string;
}

const repository = join(import.meta.dirname, '..');

const firstLine = (words: Words): string => run(words).split('\n')[0] ?? '';

/** Whether a program is installed. */
const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Options of docker's command line, which tsrun and podman share. */
function dockerLike(name: string, prefix: Words): Omit<Engine, 'version' | 'prepare' | 'finish'> {
  return {
    name,
    runBridge: (...program) => [...prefix, 'run', '--rm', 'busybox', ...program],
    runHost: (...program) => [...prefix, 'run', '--rm', '--network', 'host', 'busybox', ...program],
    start: (container) => [...prefix, 'run', '-d', '--name', container, 'busybox', 'sleep', '1000000'],
    exec: (container, ...program) => [...prefix, 'exec', container, ...program],
    remove: (...containers) => [...prefix, 'rm', '-f', ...containers],
    create: (container) => [...prefix, 'create', '--name', container, 'busybox', 'sleep', '1000000'],
    startAgain: (container) => [...prefix, 'start', container],
    list: () => [...prefix, 'ps', '-a'],
    load: (archive) => [...prefix, 'load', '-i', archive],
    save: (image, archive) => [...prefix, 'save', '-o', archive, image],
    pull: (reference) => [...prefix, 'pull', reference],
    tag: (image, reference) => [...prefix, 'tag', image, reference],
    push: (reference) => [...prefix, 'push', reference],
  };
}

function tsrun({ disk, memory }: Folders, archive: string): Engine {
  const program = join(repository, 'bin/tsrun');
  const prefix: Words = [program, '--root', join(disk, 'root'), '--state', join(memory, 'state'), '--bridge', 'tsrun-bench'];
  return {
    ...dockerLike('tsrun', prefix),
    version: firstLine([program, '--version']),
    prepare: () => void run([...prefix, 'load', '-i', archive]),
    monitor: 'tsrun-monitor',
    finish: () => {},
  };
}

function docker({ disk, memory }: Folders, archive: string): Engine | undefined {
  if (!has('dockerd')) return undefined;
  const peers = join(repository, 'bench/peers.sh');
  const prefix: Words = ['docker', '--host', `unix://${disk}/docker.sock`];
  return {
    ...dockerLike('docker', prefix),
    version: `${firstLine(['dockerd', '--version'])}; client: ${firstLine(['docker', '--version'])}`,
    prepare: () => {
      run([peers, 'start', disk, memory]);
      run([...prefix, 'load', '-i', archive]);
    },
    monitor: 'containerd-shim-runc-v2',
    finish: () => void run([peers, 'stop', disk]),
  };
}

/** podman with runc, and limits that a root without CAP_SYS_RESOURCE may set. */
const PODMAN_CONFIGURATION = `[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:4096"]
`;

function podman({ disk, memory }: Folders, archive: string): Engine | undefined {
  if (!has('podman')) return undefined;
  const configuration = join(disk, 'containers.conf');
  const prefix: Words = [
    'env',
    `CONTAINERS_CONF=${configuration}`,
    'podman',
    '--root',
    join(disk, 'root'),
    '--runroot',
    join(memory, 'run'),
  ];
  return {
    ...dockerLike('podman', prefix),
    pull: (reference) => [...prefix, 'pull', '--tls-verify=false', reference],
    push: (reference) => [...prefix, 'push', '--tls-verify=false', reference],
    version: firstLine(['podman', '--version']),
    prepare: () => {
      writeFileSync(configuration, PODMAN_CONFIGURATION);
      run([...prefix, 'load', '-i', archive]);
    },
    monitor: 'conmon',
    finish: () => {},
  };
}

/** An OCI runtime by itself: no image, no network, no log. What the others are built on, or would be. */
function runtime(name: string, { disk, memory }: Folders, archive: string): Engine | undefined {
  if (!has(name)) return undefined;
  const rootfs = join(disk, 'rootfs');
  return {
    name,
    version: firstLine([name, '--version']),
    prepare: () => {
      mkdirSync(rootfs, { recursive: true });
      const [image] = JSON.parse(run(['tar', 'xOf', archive, 'manifest.json'])) as { Layers: string[] }[];
      for (const layer of image?.Layers ?? []) run(['sh', '-c', 'tar xOf "$1" "$2" | tar x -C "$3"', 'sh', archive, layer, rootfs]);
      run([name, 'spec', '--bundle', disk]);
      const path = join(disk, 'config.json');
      const config = JSON.parse(readFileSync(path, 'utf8')) as {
        process: { args: string[]; terminal: boolean };
        linux: { namespaces: { type: string }[] };
      };
      config.process.args = ['true'];
      config.process.terminal = false;
      config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== 'network');
      writeFileSync(path, JSON.stringify(config));
    },
    runPlain: () => [name, '--root', join(memory, 'run'), 'run', '--bundle', disk, `tsrun-bench-${name}-${process.pid}`],
    finish: () => {},
  };
}

/** Two tools that do what `pull` does: copy an image into an OCI layout, and unpack it. */
function skopeoAndUmoci({ disk }: Folders): Engine | undefined {
  if (!has('skopeo') || !has('umoci')) return undefined;
  let pulled = 0;
  return {
    name: 'skopeo+umoci',
    version: `${firstLine(['skopeo', '--version'])}, ${firstLine(['umoci', '--version'])}`,
    prepare: () => {},
    pull: (reference) => {
      const layout = join(disk, `layout-${pulled++}`);
      const copy = 'skopeo --insecure-policy copy --quiet --src-tls-verify=false "docker://$1" "oci:$2:it"';
      return ['sh', '-c', `${copy} && umoci unpack --image "$2:it" "$2.bundle"`, 'sh', reference, layout];
    },
    finish: () => {},
  };
}

/** Those of the engines `names` that are installed here, tsrun first. The folders are new ones. */
export function installedEngines(folders: Folders, archive: string, names: readonly string[]): Engine[] {
  if (!existsSync(join(repository, 'dist/tsrun.cjs'))) throw new Error('tsrun is not built: run scripts/setup');
  const makers: Record<string, (own: Folders, archive: string) => Engine | undefined> = {
    tsrun,
    docker,
    podman,
    runc: runtime.bind(undefined, 'runc'),
    crun: runtime.bind(undefined, 'crun'),
    'skopeo+umoci': skopeoAndUmoci,
  };
  return Object.entries(makers).flatMap(([name, make], index) => {
    if (!names.includes(name)) return [];
    const own = { disk: join(folders.disk, String(index)), memory: join(folders.memory, String(index)) };
    for (const folder of Object.values(own)) mkdirSync(folder);
    return make(own, archive) ?? [];
  });
}
