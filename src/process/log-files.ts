/** Where a container's log is, by its driver, and how large. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, basename, join } from 'node:path';
import { containerDirectory, type EnginePaths } from '../state/paths.ts';
import { hasErrno } from '../model/errors.ts';
import type { Container } from '../model/container.ts';

/** The file that is written now, under Docker's name for it; undefined for a driver that writes none. */
export function logFile(
  paths: EnginePaths,
  { id, config }: { id: string; config: Pick<Container['config'], 'logDriver'> },
): string | undefined {
  const directory = containerDirectory(paths, id);
  if (config.logDriver === 'json-file') return join(directory, `${id}-json.log`);
  if (config.logDriver === 'local') return join(directory, 'local-logs', 'container.log');
  return undefined;
}

/** Bytes of a container's log on disk, rotated and compressed files included; 0 where it has none (yet). */
export function logSize(paths: EnginePaths, container: { id: string; config: Pick<Container['config'], 'logDriver'> }): number {
  const file = logFile(paths, container);
  if (file === undefined) return 0;
  const name = basename(file);
  let size = 0;
  for (const each of list(dirname(file))) {
    if (each !== name && !/^\.\d+(?:\.gz)?$/.test(each.slice(name.length))) continue;
    if (each.startsWith(name)) size += statSync(join(dirname(file), each), { throwIfNoEntry: false })?.size ?? 0;
  }
  return size;
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
