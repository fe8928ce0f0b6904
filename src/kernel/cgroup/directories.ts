/** A container's directories in all cgroup hierarchies, made by a thread while the caller sees to something else. */
import { native, type DirectoriesInMaking } from '../native.ts';
import { traceTimedCall } from '../trace.ts';
import { cgroupDirectory, type CgroupLayout } from './layout.ts';

/** The container's users read their limits there, whatever our caller's umask. */
export const CGROUP_DIRECTORY_MODE = 0o755;

/**
 * Directories in the making. A host with v1 hierarchies has ten of them, a millisecond's work; what they are for, their limits, is known later.
 * `using` waits for the thread: who removes the cgroup afterwards removes all of it.
 */
export class CgroupDirectories {
  #making: DirectoriesInMaking | undefined;
  #made: ReadonlySet<string> = new Set();

  /** @param cgroupsPath as `createCgroup` takes it; where it has parents, nothing is made: they come first, and are not ours alone */
  constructor(layout: CgroupLayout, cgroupsPath: string) {
    if (cgroupsPath.lastIndexOf('/') > 0) return;
    const paths = layout.hierarchies.map((hierarchy) => cgroupDirectory(hierarchy, cgroupsPath));
    this.#making = native().beginDirectories(paths, CGROUP_DIRECTORY_MODE);
  }

  /** Those that were made. Why another one could not be, is for whoever makes it then to find out. */
  get made(): ReadonlySet<string> {
    if (this.#making !== undefined) {
      const made = native().finishDirectories(this.#making);
      this.#making = undefined;
      for (const { path, microseconds } of made) traceTimedCall('mkdir', path, microseconds);
      this.#made = new Set(made.map(({ path }) => path));
    }
    return this.#made;
  }

  [Symbol.dispose](): void {
    void this.made;
  }
}
