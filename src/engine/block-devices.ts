/** `--device-read-bps` and its kin: block devices of the host by their numbers, which is how cgroups know them. */
import { statSync } from 'node:fs';
import type { ResourceLimits } from '../model/container.ts';
import { hasErrno, TsrunError } from '../model/errors.ts';
import type { LinuxBlockDevice, LinuxBlockIO } from '../oci-spec/resources.ts';
import { deviceNumbers } from './devices.ts';

/**
 * Look up the devices that limits name; undefined where there are none.
 * @throws TsrunError NOT_FOUND in Docker's words
 */
export function resolveBlockIo(limits: ResourceLimits): LinuxBlockIO | undefined {
  const { blkioWeightDevices, deviceReadBps, deviceWriteBps, deviceReadIops, deviceWriteIops } = limits;
  const resolve = <Each extends { path: string }>(list: readonly Each[]): (LinuxBlockDevice & Omit<Each, 'path'>)[] =>
    list.map(({ path, ...rest }) => ({ ...numbersOf(path), ...rest }));
  const found: LinuxBlockIO = {
    ...(blkioWeightDevices === undefined ? {} : { weightDevice: resolve(blkioWeightDevices) }),
    ...(deviceReadBps === undefined ? {} : { throttleReadBpsDevice: resolve(deviceReadBps) }),
    ...(deviceWriteBps === undefined ? {} : { throttleWriteBpsDevice: resolve(deviceWriteBps) }),
    ...(deviceReadIops === undefined ? {} : { throttleReadIOPSDevice: resolve(deviceReadIops) }),
    ...(deviceWriteIops === undefined ? {} : { throttleWriteIOPSDevice: resolve(deviceWriteIops) }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

function numbersOf(path: string): LinuxBlockDevice {
  try {
    return deviceNumbers(statSync(path).rdev);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new TsrunError('NOT_FOUND', `stat ${path}: no such file or directory`, {
      step: 6,
      call: 'stat',
      path,
      exitCode: 127,
      cause: error,
    });
  }
}
