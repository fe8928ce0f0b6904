/** Device nodes and links of a container's /dev. */
import { S_IFBLK, S_IFCHR, S_IFIFO } from '../kernel/constants.ts';
import { TsrunError } from '../model/errors.ts';
import type { PlanOperation } from '../model/plan.ts';
import type { OciDevice } from '../oci-spec/runtime.ts';
import { cleanPath, parentOf } from './container-paths.ts';

/** The devices that every container has. Source: runtime-spec, config-linux.md, "Default Devices". */
const DEFAULT_DEVICES: readonly OciDevice[] = [
  { type: 'c', path: '/dev/null', major: 1, minor: 3, fileMode: 0o666 },
  { type: 'c', path: '/dev/zero', major: 1, minor: 5, fileMode: 0o666 },
  { type: 'c', path: '/dev/full', major: 1, minor: 7, fileMode: 0o666 },
  { type: 'c', path: '/dev/random', major: 1, minor: 8, fileMode: 0o666 },
  { type: 'c', path: '/dev/urandom', major: 1, minor: 9, fileMode: 0o666 },
  { type: 'c', path: '/dev/tty', major: 5, minor: 0, fileMode: 0o666 },
];

const LINKS: readonly (readonly [path: string, target: string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/ptmx', 'pts/ptmx'],
];

const TYPE_BITS: Readonly<Record<string, number>> = { c: S_IFCHR, u: S_IFCHR, b: S_IFBLK, p: S_IFIFO };

/** What the plan gets for /dev: `before` opens, `child` makes (after /dev is mounted). */
export interface DeviceOperations {
  before: PlanOperation[];
  child: PlanOperation[];
}

/**
 * The default devices, those of config.json, and the links.
 *
 * @param byMount in a user namespace the kernel forbids mknod(2): the host's nodes are bound instead
 * @throws {TsrunError} INVALID_ARGUMENT for a device of no known type.
 */
export function deviceOperations(devices: readonly OciDevice[], options: { byMount: boolean; hasKcore: boolean }): DeviceOperations {
  const before: PlanOperation[] = [];
  const child: PlanOperation[] = [];
  // A device of config.json takes the place of a default one; a host's ptmx would open the host's terminals.
  const byPath = new Map([...DEFAULT_DEVICES, ...devices].map((device) => [cleanPath(device.path), device]));
  byPath.delete('/dev/ptmx');
  const directories = new Set(['/', '/dev']);
  for (const [path, device] of byPath) {
    const parent = parentOf(path);
    if (!directories.has(parent)) {
      directories.add(parent);
      child.push({ op: 'makeDirectory', path: parent, mode: 0o755, parents: true });
    }
    if (options.byMount && device.type !== 'p') {
      const slot = `device:${path}`;
      before.push({ op: 'openTree', path: device.path, recursive: false, slot });
      child.push({ op: 'moveMount', slot, target: path, kind: 'file' });
    } else child.push(makeNode(path, device));
  }
  const links = options.hasKcore ? [...LINKS, ['/dev/core', '/proc/kcore'] as const] : LINKS;
  for (const [path, target] of links) if (!byPath.has(path)) child.push({ op: 'makeSymlink', path, target });
  return { before, child };
}

function makeNode(path: string, device: OciDevice): PlanOperation {
  const { type, major = 0, minor = 0, fileMode = 0o666, uid, gid } = device;
  const bits = Object.hasOwn(TYPE_BITS, type) ? TYPE_BITS[type] : undefined;
  if (bits === undefined) throw new TsrunError('INVALID_ARGUMENT', `linux.devices: ${path} has the unknown type ${JSON.stringify(type)}`);
  // uid and gid only where they say something: root's own is what mknod(2) gives.
  const owner = (uid ?? 0) === 0 && (gid ?? 0) === 0 ? {} : { uid: uid ?? 0, gid: gid ?? 0 };
  return { op: 'makeNode', path, mode: bits | (fileMode & 0o7777), major, minor, ...owner };
}
