/** `--device host[:container][:permissions]`. */
import { globSync } from 'node:fs';
import { posix } from 'node:path';
import type { DeviceRequest } from '../../model/container.ts';

const isPermissions = (text: string): boolean => /^[rwm]+$/.test(text) && new Set(text).size === text.length;

/**
 * The devices of one `--device`; a host path that ends in `*` may be several.
 * @throws Error in Docker's words
 */
export function parseDevice(text: string): DeviceRequest[] {
  const parts = text.split(':');
  const [host = '', second, third] = parts;
  if (parts.length > 3 || host === '') throw new Error(`bad format for path: ${text}`);
  const secondIsMode = parts.length === 2 && isPermissions(second ?? '');
  if (third !== undefined && !isPermissions(third)) throw new Error(`bad mode specified: ${third}`);
  const permissions = third ?? (secondIsMode ? second : undefined) ?? 'rwm';
  const inside = second === undefined || secondIsMode ? host : second;
  if (!inside.startsWith('/')) throw new Error(`${inside} is not an absolute path`);
  if (!host.endsWith('*')) return [{ hostPath: host, containerPath: posix.normalize(inside), permissions }];
  if (inside !== host) throw new Error(`device with * suffix can't have dst: ${text}`);
  return globSync(host)
    .toSorted()
    .map((path) => ({ hostPath: path, containerPath: path, permissions }));
}
