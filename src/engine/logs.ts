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
  /** Go on until the container ends; called between two looks at the log. One that doesn't run has nothing to follow. */
  follow?: (() => void) | undefined;
}

/**
 * A container's log, entry by entry, across rotated files.
 * @throws TsrunError UNSUPPORTED where its driver can't be read back, in Docker's words
 */
export function containerLogs(engine: Engine, container: Container, options: LogsOptions): Generator<LogEntry, void, void> {
  const { logDriver } = container.config;
  const path = logFile(engine.paths, container);
  if (path === undefined) {
    throw new TsrunError('UNSUPPORTED', 'configured logging driver does not support reading', {
      path: container.name,
      hint: logDriver === 'journald' ? `journalctl CONTAINER_ID_FULL=${container.id}` : undefined,
    });
  }
  const running = (): boolean => isAlive(currentState(engine.paths, container));
  const { follow: wait, ...rest } = options;
  const follow = wait === undefined || !running() ? undefined : { ended: () => !running(), wait };
  return readLog(path, logDriver === 'local' ? localLog : jsonLog, { ...rest, follow });
}
