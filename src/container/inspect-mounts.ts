/** `Mounts` of an inspection. */
import { join, posix } from 'node:path';
import type { AsGiven } from '../model/as-given.ts';
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

/** What `Mounts` says of each volume and bind. */
export function inspectMounts({ id, config }: Pick<Container, 'id' | 'config'>, paths: EnginePaths): Record<string, unknown>[] {
  return config.mounts.flatMap((mount, index) => {
    switch (mount.type) {
      case 'bind':
        return [
          {
            Type: 'bind',
            Source: mount.source,
            Destination: mount.target,
            Mode: modeGiven(mount, config.asGiven),
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
            Mode: modeGiven(mount, config.asGiven),
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

/** What stood behind the second colon of a `-v`. Docker writes a `z` where a volume that was asked for has nothing there. */
function modeGiven({ type, target }: MountRequest, { binds, mounts }: AsGiven): string {
  const bind = binds.map((text) => text.split(':')).find(([, destination = '']) => posix.normalize(`${destination}/`) === `${target}/`);
  const mode = bind?.[2] ?? '';
  const isAsked = bind !== undefined || mounts.some((mount) => posix.normalize(`${mount.target}/`) === `${target}/`);
  return mode === '' && type === 'volume' && isAsked ? 'z' : mode;
}
