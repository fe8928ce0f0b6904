/** Where the files are by which a container knows names. */
import { copyFileSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasErrno } from '../model/errors.ts';
import { containerDirectory, liveContainerDirectory, liveDirectory, type EnginePaths } from '../state/paths.ts';

/** Paths on the host. */
export interface FilePaths {
  hosts: string;
  hostname: string;
  resolvConf: string;
}

/** Where the own files of a container that runs are. */
export function networkFilePaths(paths: EnginePaths, id: string): FilePaths {
  return filesIn(liveContainerDirectory(paths, id));
}

const filesIn = (directory: string): FilePaths => ({
  hosts: join(directory, 'hosts'),
  hostname: join(directory, 'hostname'),
  resolvConf: join(directory, 'resolv.conf'),
});

/**
 * Keep them, as its program left them, of a container that has ended and stays: somebody may copy them out of it. Its next start makes them
 * anew. Where the disk is full they are not kept: an end is no place to fail for them.
 */
export function keepNetworkFiles(paths: EnginePaths, id: string): void {
  for (const path of Object.values(networkFilePaths(paths, id))) {
    try {
      copyFileSync(path, join(containerDirectory(paths, id), basename(path)));
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOSPC', 'EDQUOT', 'EROFS')) throw error;
    }
  }
}

/** Where what a container's config.json binds from the host is now: one of these files of a container that has ended was kept. */
export function boundSource(paths: EnginePaths, source: string): string {
  const directory = dirname(source);
  if (dirname(directory) !== liveDirectory(paths) || existsSync(source)) return source;
  return join(containerDirectory(paths, basename(directory)), basename(source));
}
