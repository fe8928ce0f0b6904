/** `--blkio-weight-device`, `--device-read-bps` and its kin. Source of the grammar: docker/cli, opts/weightdevice.go and throttledevice.go. */
import type { DeviceRate, DeviceWeight } from '../../model/container.ts';
import { parseSize } from '../../model/size.ts';
import { cut } from '../../model/cut.ts';

/** `/dev/vda:500`. @throws Error in Docker's words */
export function parseDeviceWeight(text: string): DeviceWeight {
  const [path, value] = splitDevice(text);
  const weight = Number(value);
  if (!/^\d+$/.test(value) || weight > 1000 || (weight > 0 && weight < 10)) throw new Error(`invalid weight for device: ${text}`);
  return { path, weight };
}

/** `/dev/vda:1mb`: bytes a second. @throws Error in Docker's words */
export function parseDeviceBps(text: string): DeviceRate {
  const [path, value] = splitDevice(text);
  const wrong = `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`;
  try {
    return { path, rate: parseSize(value) };
  } catch (error) {
    throw new Error(wrong, { cause: error });
  }
}

/** `/dev/vda:100`: operations a second. @throws Error in Docker's words */
export function parseDeviceIops(text: string): DeviceRate {
  const [path, value] = splitDevice(text);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw new Error(`invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`);
  }
  return { path, rate: Number(value) };
}

function splitDevice(text: string): [path: string, value: string] {
  const [path, value] = cut(text, ':');
  if (value === undefined) throw new Error(`bad format: ${text}`);
  if (!path.startsWith('/dev/')) throw new Error(`bad format for device path: ${text}`);
  return [path, value];
}
