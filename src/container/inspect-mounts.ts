/** `Mounts` of an inspection. */
import { join } from 'node:path';
import type { Container, MountRequest } from '../model/container.ts';
import { anonymousVolumeName } from '../model/volume-name.ts';
import { volumesDirectory, type EnginePaths } from '../state/paths.ts';

/** What a mount is known by: a volume's name, or the path on the host; and where it is in the container. */
export interface MountName {
  type: 'bind' | 'volume';
  name: string;
  target: string;
}

/** The names of a container's volumes and binds. */
export function mountNames({ id, config }: Pick<Container, 'id' | 'config'>): MountName[] {
  return config.mounts.flatMap((mount, index): MountName[] => {
    const { type, target } = mount;
    if (type === 'tmpfs') return [];
    return [{ type, target, name: type === 'bind' ? mount.source : (mount.name ?? anonymousVolumeName(id, index)) }];
  });
}

/** A container's volumes, and where each is mounted. */
export function volumeMounts({ id, config }: Pick<Container, 'id' | 'config'>): { name: string; target: string; readOnly: boolean }[] {
  return config.mounts.flatMap((mount, index) =>
    mount.type === 'volume' ? [{ name: mount.name ?? anonymousVolumeName(id, index), target: mount.target, readOnly: mount.readOnly }] : [],
  );
}

type Mounts = Pick<Container['config'], 'mounts' | 'asGiven'>;

/** What Docker tells as the mode of a volume, by how it was asked for; `RW` is what counts. */
function volumeMode({ name, target, readOnly }: Extract<MountRequest, { type: 'volume' }>, { mounts }: Mounts['asGiven']): string {
  if (mounts.some((mount) => mount.target === target)) return 'z';
  if (readOnly) return 'ro';
  return name === undefined ? '' : 'z';
}

/** @param id the container's: it names its anonymous volumes */
export function inspectMounts(id: string, { mounts, asGiven }: Mounts, paths: EnginePaths): Record<string, unknown>[] {
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
            Mode: volumeMode(mount, asGiven),
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
