/** Device nodes of the host: what `--device` names, and all of them for `--privileged`. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import { TsrunError, hasErrno } from '../model/errors.ts';
import type { DeviceRequest } from '../model/container.ts';
import type { OciDevice } from '../oci-spec/runtime.ts';
import type { ResolvedDevice } from './oci-config-input.ts';

/** Made anew for every container, or no devices. As Docker leaves them out. */
const SKIPPED_DIRECTORIES = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev']);
const SKIPPED_FILES = new Set(['console', 'ptmx']);

/** All device nodes below `root`; links and what can't be read are left out. */
export function listHostDevices(root = '/dev'): OciDevice[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(root, entry.name);
    if (entry.isDirectory()) return SKIPPED_DIRECTORIES.has(entry.name) ? [] : listHostDevices(path);
    if (!(entry.isCharacterDevice() || entry.isBlockDevice()) || SKIPPED_FILES.has(entry.name)) return [];
    return deviceOf(path, lstatSync(path)) ?? [];
  });
}

/**
 * Look `--device` up on the host. A directory means all devices in it.
 *
 * @throws {TsrunError} NOT_FOUND where there is nothing, INVALID_ARGUMENT where it is no device; in Docker's words.
 */
export function resolveDevice({ hostPath, containerPath, permissions }: DeviceRequest): ResolvedDevice[] {
  const failed = `error gathering device information while adding custom device "${hostPath}"`;
  let stats: Stats;
  try {
    // Links are followed: /dev/cdrom is one, and names a device all the same.
    stats = statSync(hostPath);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new TsrunError('NOT_FOUND', `${failed}: no such file or directory`, { step: 2, path: hostPath, cause: error });
  }
  if (stats.isDirectory()) {
    const inside = listHostDevices(hostPath).map((device) => ({ ...device, path: containerPath + device.path.slice(hostPath.length) }));
    return inside.map((device) => ({ device, permissions }));
  }
  const device = deviceOf(containerPath, stats);
  if (device === undefined) throw new TsrunError('INVALID_ARGUMENT', `${failed}: not a device node`, { step: 2, path: hostPath });
  return [{ device, permissions }];
}

function deviceOf(path: string, stats: Stats): OciDevice | undefined {
  const type = stats.isBlockDevice() ? 'b' : stats.isCharacterDevice() ? 'c' : undefined;
  if (type === undefined) return undefined;
  const { major, minor } = deviceNumbers(stats.rdev);
  return { type, path, major, minor, fileMode: stats.mode & 0o777, uid: stats.uid, gid: stats.gid };
}

/** dev_t as glibc and the kernel's 64-bit form have it: major and minor are interleaved. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  const bits = BigInt(rdev);
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & 0xfffff000n)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & 0xffffff00n)),
  };
}
