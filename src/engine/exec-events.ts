/** What is told of an exec: that it is there and starts, and how it ended. Source of words: moby, daemon/exec.go, monitor.go. */
import { containerEvent, recordContainerEvent } from '../container/events.ts';
import { readContainer } from '../container/records.ts';
import type { AttachResult } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import { transaction } from '../state/database.ts';
import { recordEvent } from '../state/events.ts';
import type { Engine } from './engine.ts';

/** An exec in a container. */
export interface ExecName {
  container: Container;
  /** 64 hex digits. */
  execId: string;
}

/** While its program starts, both in one write: nobody can tell one from the other here. */
export function recordExecStart(engine: Engine, { container, execId }: ExecName, [program = '', ...words]: readonly string[]): void {
  const database = engine.database();
  // With the blank that Docker's has behind a program without words.
  const line = `${program} ${words.join(' ')}`;
  transaction(database, () => {
    for (const action of ['exec_create', 'exec_start'])
      recordEvent(database, containerEvent(container, `${action}: ${line}`, { execID: execId }));
  });
}

/**
 * How an exec ended, told by whoever waited for it: nobody else does. One that was left is told of by its monitor
 * (`tsrun __exec-ended`).
 */
export function recordExecEnd(engine: Engine, { container, execId }: ExecName, end: AttachResult): void {
  if (end.type === 'detached') return recordContainerEvent(engine.database(), container, 'exec_detach', { execID: execId });
  const exitCode = end.type === 'exited' ? end.status : KILLED;
  recordContainerEvent(engine.database(), container, 'exec_die', { execID: execId, exitCode: String(exitCode) });
}

/** The same, for an exec whose client went before it. Its container may be gone by now. */
export function recordExecDeath(engine: Engine, id: string, execId: string, exitCode: string): void {
  const container = readContainer(engine.database(), id);
  if (container !== undefined) recordContainerEvent(engine.database(), container, 'exec_die', { execID: execId, exitCode });
}

const KILLED = 137;
