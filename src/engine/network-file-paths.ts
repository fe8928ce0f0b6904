/** Where the files are by which a container knows names. */
import { join } from 'node:path';
import { liveContainerDirectory, type EnginePaths } from '../state/paths.ts';

/** Paths on the host. */
export interface FilePaths {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

/** Where a container's own files are. */
export function networkFilePaths(paths: EnginePaths, id: string): FilePaths {
  const directory = liveContainerDirectory(paths, id);
  return { hosts: join(directory, 'hosts'), hostname: join(directory, 'hostname'), resolvConf: join(directory, 'resolv.conf') };
}
