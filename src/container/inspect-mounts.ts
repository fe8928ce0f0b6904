/** `Mounts` of an inspection. */
import { join } from 'node:path';
import type { MountRequest } from '../model/container.ts';
import { anonymousVolumeName } from '../model/volume-name.ts';
import { volumesDirectory, type EnginePaths } from '../state/paths.ts';

/** @param id the container's: it names its anonymous volumes */
export function inspectMounts(id: string, mounts: readonly MountRequest[], paths: EnginePaths): Record<string, unknown>[] {
  return mounts.flatMap((mount, index) => {
    switch (mount.type) {
      case 'bind':
        return [
          {
            Type: 'bind',
            Source: mount.source,
            Destination: mount.target,
            Mode: mount.readOnly ? 'ro' : '',
            RW: !mount.readOnly,
            Propagation: mount.propagation ?? 'rprivate',
          },
        ];
      case 'volume': {
        const name = mount.name ?? anonymousVolumeName(id, index);
        return [
          {
            Type: 'volume',
            Name: name,
            Source: join(volumesDirectory(paths), name, '_data'),
            Destination: mount.target,
            Driver: 'local',
            Mode: mount.readOnly ? 'ro' : '',
            RW: !mount.readOnly,
            Propagation: '',
          },
        ];
      }
      case 'tmpfs':
        // Docker tells of them in HostConfig.Tmpfs alone.
        return [];
    }
  });
}
