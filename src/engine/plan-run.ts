/** `--dry-run`: what a run would do, without doing it. Nothing is pulled, recorded, made or started. */
import { join } from 'node:path';
import { newContainerId } from '../container/names.ts';
import { containerOverlay } from '../filesystem/overlay.ts';
import { readImageUserFiles } from '../filesystem/user-files.ts';
import { volumeData } from '../filesystem/volumes.ts';
import { findImage } from '../image/pull/resolve.ts';
import { cgroupDirectory, detectCgroups } from '../kernel/cgroup/index.ts';
import type { ContainerConfig } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { Image } from '../model/image.ts';
import type { PlannedRun, RunListener, RunRequest } from '../model/run-request.ts';
import { resolveUser } from '../process/user.ts';
import { containerCgroup, containerDirectory } from '../state/paths.ts';
import { describeContainer } from './compile.ts';
import type { Engine } from './engine.ts';
import { closeJoined, findJoined } from './joined.ts';
import { mergeRequest } from './merge-request.ts';
import { networkFilePaths } from './network-file-paths.ts';
import type { ContainerFilesystem } from './prepare-filesystem.ts';
import { shortId } from '../model/short-id.ts';

/**
 * Plan a run.
 * @throws TsrunError NOT_FOUND where the image isn't here: its config decides what is planned; and as a run would.
 */
export async function planRun(engine: Engine, request: RunRequest, listener: RunListener): Promise<PlannedRun> {
  const image = imageHere(engine, request);
  const id = newContainerId();
  const config = mergeRequest(engine, { id, image, request }, listener);
  const layout = detectCgroups();
  const filesystem = plannedFilesystem(engine, id, config, image);
  const cgroup = containerCgroup({ id, config });
  const directories = layout.hierarchies.map((hierarchy) => ({ version: hierarchy.version, path: cgroupDirectory(hierarchy, cgroup) }));
  const joined = findJoined(engine, config);
  try {
    const described = await describeContainer(engine, {
      container: { id, config },
      filesystem,
      files: networkFilePaths(engine.paths, id),
      joined,
      layout,
    });
    const plan = described.plan({
      cgroupJoins: directories.filter(({ version }) => version === 1).map(({ path }) => join(path, 'tasks')),
      slots: [
        ...Object.keys(joined.handles),
        ...(directories.some(({ version }) => version === 2) ? ['cgroup'] : []),
        ...(config.network.type === 'host' ? [] : ['network']),
      ],
    });
    return {
      plan,
      steps: plannedSteps(
        engine,
        id,
        config,
        image,
        filesystem,
        directories.map(({ path }) => path),
      ),
    };
  } finally {
    closeJoined(joined);
  }
}

function imageHere(engine: Engine, request: RunRequest): Image {
  const found = findImage({ paths: engine.paths, database: engine.database() }, request.image);
  if (found !== undefined) return found.image;
  throw new TsrunError('NOT_FOUND', `No such image: ${request.image}: a plan needs its config, and --dry-run pulls nothing`, {
    step: 1,
    path: request.image,
    hint: `pull it first: tsrun pull ${request.image}`,
    exitCode: 125,
  });
}

function plannedFilesystem(engine: Engine, id: string, config: ContainerConfig, image: Image): ContainerFilesystem {
  return {
    overlay: containerOverlay(engine.paths, id, image),
    user: resolveUser(config.user, config.groupAdd, readImageUserFiles(engine.paths, image)),
    mounts: config.mounts.map((mount) => {
      if (mount.type !== 'volume') return mount;
      const name = mount.name ?? 'A-NEW-VOLUME';
      return { type: 'bind', source: volumeData(engine.paths, name), target: mount.target, readOnly: mount.readOnly };
    }),
  };
}

function plannedSteps(
  engine: Engine,
  id: string,
  config: ContainerConfig,
  image: Image,
  { overlay }: ContainerFilesystem,
  cgroups: readonly string[],
): PlannedRun['steps'] {
  const { network } = config;
  const onBridge = network.type === 'bridge';
  return [
    { step: 1, title: 'find the image', calls: [`${config.image} is here: ${image.id}, ${image.layers.length} layers`] },
    {
      step: 2,
      title: 'create a container from it',
      calls: [`record ${shortId(id)} in the database, make ${containerDirectory(engine.paths, id)}`],
    },
    {
      step: 3,
      title: 'allocate a filesystem: a writable layer over the read-only ones',
      calls: [
        `make ${overlay.upper} and ${overlay.work}`,
        `over ${overlay.lower.length} read-only layers in ${overlay.directory}: the image's, and ${overlay.lower[0]} with the engine's files`,
      ],
    },
    {
      step: 4,
      title: "bridge a virtual interface from the host's bridge into it",
      calls: onBridge
        ? [
            `the bridge ${engine.options.bridge}, made where it is missing`,
            'a network namespace, and a veth pair into it',
            ...config.ports.map(portText),
          ]
        : [`network mode ${network.type}: no interface of its own`],
    },
    {
      step: 5,
      title: 'give it an address from the pool',
      calls: [onBridge ? 'the lowest free address, and a default route by the bridge' : 'none', 'write hosts, hostname and resolv.conf'],
    },
    { step: 6, title: "execute the user's program", calls: cgroups.map((path) => `make the cgroup ${path}`) },
    {
      step: 7,
      title: 'terminate it, and clean up',
      calls: [
        'remove the cgroups, the address, the ports, the live directory',
        config.removeOnExit ? 'remove the container (--rm)' : 'keep the container as Exited',
      ],
    },
  ];
}

function portText({ protocol, hostAddress, hostPort, containerPort }: ContainerConfig['ports'][number]): string {
  return `publish ${containerPort}/${protocol} at ${hostAddress}:${hostPort === 0 ? 'any free port' : hostPort}`;
}
