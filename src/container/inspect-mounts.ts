/** `Mounts` of an inspection. */
import { join } from 'node:path';
import type { MountRequest } from '../model/container.ts';
import { volumesDirectory, type EnginePaths } from '../state/paths.ts';

export function inspectMounts(mounts: readonly MountRequest[], paths: EnginePaths): Record<string, unknown>[] {
  return mounts.flatMap((mount) => {
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
        const name = mount.name ?? '';
        return [
          {
            Type: 'volume',
            Name: name,
            Source: name === '' ? '' : join(volumesDirectory(paths), name, '_data'),
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
