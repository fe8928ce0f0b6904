/**
 * Where an engine keeps what it knows. Two engines with different roots and states never meet. Both are absolute and normal, so a
 * path is a template: `join` would take them apart again, a hundred times a run.
 */
import type { Container, ContainerConfig } from '../model/container.ts';

export interface EnginePaths {
  /** What outlives the boot: `/var/lib/tsrun`. */
  readonly root: string;
  /** What dies with the boot: `/run/tsrun`. */
  readonly state: string;
}

export const DEFAULT_ROOT = '/var/lib/tsrun';
export const DEFAULT_STATE = '/run/tsrun';
export const DEFAULT_BRIDGE = 'tsrun0';

export const databasePath = (paths: EnginePaths): string => `${paths.root}/tsrun.db`;
/** OCI layout: blobs/sha256/HEX. */
export const blobsDirectory = (paths: EnginePaths): string => `${paths.root}/blobs`;
/** Unpacked layers: layers/HEX-OF-CHAIN-ID, a tree each. */
export const layersDirectory = (paths: EnginePaths): string => `${paths.root}/layers`;
/** The tree of one layer, by its chain ID. */
export const layerPath = (paths: EnginePaths, chainId: string): string => `${layersDirectory(paths)}/${chainId.slice('sha256:'.length)}`;
/** Images' init layers (filesystem/init-layer.ts), each by the chain ID of the image's top layer. Of this boot, all of them. */
export const initLayersDirectory = (paths: EnginePaths): string => `${layersDirectory(paths)}/i`;
/** What is being made: on the same filesystem as what it becomes, by rename. Anything here whose lock is free is garbage. */
export const scratchDirectory = (paths: EnginePaths): string => `${paths.root}/scratch`;
/** Room that is kept for removals on a full disk. */
export const reservePath = (paths: EnginePaths): string => `${paths.root}/reserve`;
/** A container's durable files: config.json, upper, work, log, exit.json. */
export const containerDirectory = (paths: EnginePaths, id: string): string => `${paths.root}/containers/${id}`;
export const volumesDirectory = (paths: EnginePaths): string => `${paths.root}/volumes`;
export const cacheDirectory = (paths: EnginePaths): string => `${paths.root}/cache`;
/** One directory a container that holds live resources: lock, started.json, monitor.sock, hosts, hostname, resolv.conf. */
export const liveDirectory = (paths: EnginePaths): string => `${paths.state}/containers`;
export const liveContainerDirectory = (paths: EnginePaths, id: string): string => `${paths.state}/containers/${id}`;
/** Where its monitor listens for clients. */
export const monitorSocket = (paths: EnginePaths, id: string): string => `${liveContainerDirectory(paths, id)}/monitor.sock`;
/** An empty directory: every container mounts its root over it, in a mount namespace of its own. */
export const rootMountPoint = (paths: EnginePaths): string => `${paths.state}/rootfs`;
/** One file for each container that the supervisor is to look after, by its ID. */
export const dutiesDirectory = (paths: EnginePaths): string => `${paths.state}/health`;
/** Held by the supervisor as long as it lives. */
export const supervisorLock = (paths: EnginePaths): string => `${paths.state}/supervisor.lock`;
/** The path of a container's cgroup in every hierarchy. Without `--cgroup-parent` there is no directory that could be left behind. */
export const containerCgroup = ({ id, config }: Pick<Container, 'id'> & { config: Pick<ContainerConfig, 'cgroupParent'> }): string =>
  `${config.cgroupParent}/tsrun-${id}`;
/** The session keyring that a container's processes share, as other engines call it. */
export const sessionKeyring = (id: string): string => `_ses.${id}`;
