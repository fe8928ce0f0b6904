/** A container, with all that was looked up and made for it -> its config.json, and from that the plan of its start. */
import { buildOciConfig } from '../container/oci-config.ts';
import { containerCgroupMounts, type CgroupLayout } from '../kernel/cgroup/index.ts';
import type { Container } from '../model/container.ts';
import type { Plan } from '../model/plan.ts';
import type { OciConfig } from '../oci-spec/runtime.ts';
import { compilePlan } from '../process/compile-plan.ts';
import { containerCgroup, containerDirectory, rootMountPoint, sessionKeyring } from '../state/paths.ts';
import { resolveBlockIo } from './block-devices.ts';
import { hostDevices, resolveDevices } from './devices.ts';
import type { Engine } from './engine.ts';
import { readHostFacts } from './host-facts.ts';
import type { Joined } from './joined.ts';
import type { NetworkFiles } from './network-files.ts';
import type { ContainerFilesystem } from './prepare-filesystem.ts';
import { prepareSeccomp } from './seccomp.ts';

export interface ContainerParts {
  container: Pick<Container, 'id' | 'config'>;
  filesystem: ContainerFilesystem;
  files: NetworkFiles;
  joined: Joined;
  layout: CgroupLayout;
}

/** What of the plan depends on what was made last: cgroups, and descriptors to be handed over. */
export interface PlanParts {
  /** `tasks` files of v1 hierarchies. */
  cgroupJoins: readonly string[];
  /** Names of the slots that are handed over. */
  slots: readonly string[];
}

/**
 * Build a container's config.json, and a function that compiles its plan from it.
 * @throws TsrunError INVALID_ARGUMENT, UNSUPPORTED or NOT_FOUND for what can't be, in Docker's words.
 */
export async function describeContainer(
  engine: Engine,
  parts: ContainerParts,
): Promise<{ spec: OciConfig; plan: (last: PlanParts) => Plan }> {
  const { container, filesystem, files, joined, layout } = parts;
  const { id, config } = container;
  const { paths } = engine;
  const host = readHostFacts(layout);
  const seccomp = await prepareSeccomp(engine, config, host.boundingSet);
  const spec = buildOciConfig({
    id,
    config,
    user: filesystem.user,
    rootPath: rootMountPoint(paths),
    overlay: filesystem.overlay,
    files,
    mounts: filesystem.mounts,
    devices: resolveDevices(config.devices),
    hostDevices: config.privileged ? hostDevices() : [],
    seccomp: seccomp?.config,
    host,
    joined: joined.paths,
    blockIO: resolveBlockIo(config.limits),
    linkEnvironment: files.linkEnvironment,
  });
  const plan = ({ cgroupJoins, slots }: PlanParts): Plan =>
    compilePlan(spec, {
      bundle: containerDirectory(paths, id),
      keyring: sessionKeyring(id),
      rootMountPoint: rootMountPoint(paths),
      handles: {
        ...(slots.includes('cgroup') ? { cgroup: 'cgroup' } : {}),
        ...(slots.includes('network') ? { network: 'network' } : {}),
        namespaces: { ...(slots.includes('pid') ? { pid: 'pid' } : {}), ...(slots.includes('ipc') ? { ipc: 'ipc' } : {}) },
        ...(slots.includes('shm') ? { mounts: { '/dev/shm': 'shm' } } : {}),
      },
      cgroupJoins,
      cgroupMounts: containerCgroupMounts(layout, containerCgroup(container)),
      seccomp: seccomp?.filter,
      init: config.useInit,
      terminalSize: undefined,
      loopbackUp: false,
    });
  return { spec, plan };
}
