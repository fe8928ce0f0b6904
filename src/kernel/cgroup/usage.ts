/** What a container uses, and whether it ran out of memory. */
import { join } from 'node:path';
import { readCgroupFile, readKeyed } from './files.ts';
import { cgroupDirectory, controllerHierarchy, unifiedHierarchy, type CgroupLayout } from './layout.ts';

/** Numbers are undefined where the host has no such controller. Bytes, nanoseconds, processes. */
export interface CgroupUsage {
  /** Without what the page cache could give back at once, as `docker stats` counts. */
  memory: number | undefined;
  /** undefined also where there is no limit. */
  memoryLimit: number | undefined;
  cpuTotal: number | undefined;
  /** Bytes of block devices, of all of them. */
  blockRead: number | undefined;
  blockWritten: number | undefined;
  pids: number | undefined;
  pidsLimit: number | undefined;
  /** Processes of it that the kernel killed for want of memory. */
  oomKills: number | undefined;
}

/** v1 shows the largest number of pages for "no limit". */
const NO_LIMIT_V1 = 2 ** 62;

type Place = { version: 1 | 2; directory: string } | undefined;

function place(layout: CgroupLayout, path: string, controller: string): Place {
  const hierarchy = controllerHierarchy(layout, controller);
  return hierarchy && { version: hierarchy.version, directory: cgroupDirectory(hierarchy, path) };
}

/** A file with one number; `max` is none. */
function readNumber(at: Place, file: string): number | undefined {
  const text = at && readCgroupFile(join(at.directory, file));
  return text === undefined || text === 'max' ? undefined : Number(text);
}

function readCpu(layout: CgroupLayout, path: string): number | undefined {
  const v1 = readNumber(place(layout, path, 'cpuacct'), 'cpuacct.usage');
  if (v1 !== undefined) return v1;
  // cpu.stat is there without the controller, too.
  const unified = unifiedHierarchy(layout);
  const microseconds = unified && readKeyed(join(cgroupDirectory(unified, path), 'cpu.stat')).get('usage_usec');
  return microseconds === undefined ? undefined : microseconds * 1000;
}

/** How many processes of a container the kernel killed for want of memory; undefined without a memory controller. */
function readOomKills(layout: CgroupLayout, path: string): number | undefined {
  const at = place(layout, path, 'memory');
  return at && readKeyed(join(at.directory, at.version === 2 ? 'memory.events' : 'memory.oom_control')).get('oom_kill');
}

/** How often the kernel refused a container one more process; undefined without a pids controller. */
export function readRefusedForks(layout: CgroupLayout, path: string): number | undefined {
  const at = place(layout, path, 'pids');
  return at && readKeyed(join(at.directory, 'pids.events')).get('max');
}

/** v1 has a line for each device and direction, v2 a line for each device. */
function readBlockIo(layout: CgroupLayout, path: string): Pick<CgroupUsage, 'blockRead' | 'blockWritten'> {
  const at = place(layout, path, 'blkio') ?? place(layout, path, 'io');
  const text = at && readCgroupFile(join(at.directory, at.version === 2 ? 'io.stat' : 'blkio.throttle.io_service_bytes_recursive'));
  if (at === undefined || text === undefined) return { blockRead: undefined, blockWritten: undefined };
  const sum = (pattern: RegExp): number => [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  if (at.version === 2) return { blockRead: sum(/\brbytes=(\d+)/g), blockWritten: sum(/\bwbytes=(\d+)/g) };
  return { blockRead: sum(/^\d+:\d+ Read (\d+)$/gm), blockWritten: sum(/^\d+:\d+ Write (\d+)$/gm) };
}

/** What a container uses now. A cgroup that isn't there uses nothing we know. */
export function readUsage(layout: CgroupLayout, path: string): CgroupUsage {
  const memory = place(layout, path, 'memory');
  const pids = place(layout, path, 'pids');
  const isV2 = memory?.version === 2;
  const used = readNumber(memory, isV2 ? 'memory.current' : 'memory.usage_in_bytes');
  const inactive = memory && readKeyed(join(memory.directory, 'memory.stat')).get(isV2 ? 'inactive_file' : 'total_inactive_file');
  const limit = readNumber(memory, isV2 ? 'memory.max' : 'memory.limit_in_bytes');
  return {
    memory: used === undefined ? undefined : Math.max(0, used - (inactive ?? 0)),
    memoryLimit: limit !== undefined && limit < NO_LIMIT_V1 ? limit : undefined,
    cpuTotal: readCpu(layout, path),
    ...readBlockIo(layout, path),
    pids: readNumber(pids, 'pids.current'),
    pidsLimit: readNumber(pids, 'pids.max'),
    oomKills: readOomKills(layout, path),
  };
}
