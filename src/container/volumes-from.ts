/** `--volumes-from`: the volumes and binds of another container. Pure. Source: moby, volume/mounts/linux_parser.go and daemon/volumes.go. */
import type { ContainerConfig, MountRequest } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import type { VolumesFrom } from '../model/run-request.ts';
import { anonymousVolumeName } from '../model/volume-name.ts';

const MODES = new Set([
  '',
  'ro',
  'rw',
  'z',
  'Z',
  ...['ro', 'rw'].flatMap((access) => ['z', 'Z'].flatMap((label) => [`${access},${label}`, `${label},${access}`])),
]);

/** One `--volumes-from`. @throws TsrunError INVALID_ARGUMENT in Docker's words */
export function parseVolumesFrom(text: string): VolumesFrom {
  if (text === '') throw new TsrunError('INVALID_ARGUMENT', 'volumes-from specification cannot be an empty string');
  const colon = text.indexOf(':');
  const mode = colon < 0 ? '' : text.slice(colon + 1);
  if (!MODES.has(mode)) throw new TsrunError('INVALID_ARGUMENT', `invalid mode: ${mode}`);
  return { target: colon < 0 ? text : text.slice(0, colon), readOnly: mode.split(',').includes('ro') };
}

/**
 * What another container's mounts are for this one: nothing that was read-only becomes writable, and a tmpfs is its own affair.
 * An anonymous volume has its name by now, and is filled.
 */
export function mountsFrom({ id, config }: { id: string; config: Pick<ContainerConfig, 'mounts'> }, readOnly: boolean): MountRequest[] {
  return config.mounts.flatMap((mount, index): MountRequest[] => {
    if (mount.type === 'tmpfs') return [];
    const shared = { ...mount, readOnly: mount.readOnly || readOnly };
    return [shared.type === 'bind' ? shared : { ...shared, name: shared.name ?? anonymousVolumeName(id, index), copy: false }];
  });
}
