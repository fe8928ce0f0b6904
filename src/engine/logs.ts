/** What a container wrote, read back. */
import { currentState } from '../container/states.ts';
import { isAlive, type Container } from '../model/container.ts';
import { TsrunError } from '../model/errors.ts';
import { jsonLog } from '../process/json-log.ts';
import { localLog } from '../process/local-log.ts';
import type { LogEntry } from '../process/log-entry.ts';
import { logFile } from '../process/log-files.ts';
import { readLog, type LogOptions } from '../process/logs.ts';
import type { Engine } from './engine.ts';

export interface LogsOptions extends Omit<LogOptions, 'follow'> {
  /** Go on until the container ends. One that doesn't run has nothing to follow. */
  follow: boolean;
}

/** Between two looks at a log that is followed. */
export const LOOK_AGAIN_MS = 50;

/**
 * A container's log, entry by entry, across rotated files.
 * @returns `undefined` among them where it is followed, and there is nothing more for now (`LOOK_AGAIN_MS`)
 * @throws TsrunError UNSUPPORTED where its driver can't be read back, in Docker's words
 */
export function containerLogs(engine: Engine, container: Container, options: LogsOptions): Generator<LogEntry | undefined, void, void> {
  const { logDriver } = container.config;
  const path = logFile(engine.paths, container);
  if (path === undefined) {
    throw new TsrunError('UNSUPPORTED', 'configured logging driver does not support reading', {
      path: container.name,
      hint: logDriver === 'journald' ? `journalctl CONTAINER_ID_FULL=${container.id}` : undefined,
    });
  }
  const running = (): boolean => isAlive(currentState(engine.paths, container));
  const follow = options.follow && running() ? { ended: () => !running() } : undefined;
  return readLog(path, logDriver === 'local' ? localLog : jsonLog, { ...options, follow });
}
