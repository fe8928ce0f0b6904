/** `--device` and `--privileged`: device nodes of the host, as data. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedDevice } from '../container/oci-config.ts';
import type { DeviceRequest } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { OciDevice } from '../oci-spec/runtime.ts';

const TYPE_MASK = 0o170000;
const CHARACTER = 0o020000;
const BLOCK = 0o060000;

/** Linux's encoding of a device number in st_rdev: makedev(3). */
export const deviceNumbers = (device: number): { major: number; minor: number } => ({
  major: Math.floor(device / 2 ** 8) % 2 ** 12,
  minor: (device % 2 ** 8) + Math.floor(device / 2 ** 20) * 2 ** 8,
});

/**
 * Look up `--device`; a directory stands for all devices in it, as Docker's.
 * @throws TsrunError NOT_FOUND or INVALID_ARGUMENT in Docker's words.
 */
export function resolveDevices(requests: readonly DeviceRequest[]): ResolvedDevice[] {
  return requests.flatMap(({ hostPath, containerPath, permissions }) => {
    const words = (reason: string): string => `error gathering device information while adding custom device "${hostPath}": ${reason}`;
    const found = statSync(hostPath, { throwIfNoEntry: false });
    if (found === undefined) throw new TsrunError('NOT_FOUND', words('no such file or directory'), { step: 6, path: hostPath });
    const devices = found.isDirectory() ? devicesBelow(hostPath, containerPath) : deviceAt(hostPath, containerPath);
    if (devices.length === 0) throw new TsrunError('INVALID_ARGUMENT', words('not a device node'), { step: 6, path: hostPath });
    return devices.map((device) => ({ device, permissions }));
  });
}

/** All devices of the host, for `--privileged`: not its terminals, nor what is mounted below /dev. */
export function hostDevices(): OciDevice[] {
  return devicesBelow('/dev', '/dev');
}

const PASSED_OVER = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev', 'console']);

function devicesBelow(directory: string, target: string): OciDevice[] {
  const devices: OciDevice[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (!PASSED_OVER.has(entry.name)) devices.push(...devicesBelow(path, join(target, entry.name)));
    } else if ((entry.isCharacterDevice() || entry.isBlockDevice()) && !PASSED_OVER.has(entry.name)) {
      devices.push(...deviceAt(path, join(target, entry.name)));
    }
  }
  return devices;
}

function deviceAt(path: string, target: string): OciDevice[] {
  try {
    const found = statSync(path);
    const type = found.mode & TYPE_MASK;
    if (type !== CHARACTER && type !== BLOCK) return [];
    return [
      {
        type: type === CHARACTER ? 'c' : 'b',
        path: target,
        ...deviceNumbers(found.rdev),
        fileMode: found.mode & 0o777,
        uid: found.uid,
        gid: found.gid,
      },
    ];
  } catch (error) {
    // Unplugged while we looked.
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
