/** What is told of whoever is attached to a container while it runs. Source of words: moby, daemon/attach.go, resize.go. */
import { recordContainerEvent } from '../container/events.ts';
import type { AttachResult } from '../kernel/native.ts';
import type { Container } from '../model/container.ts';
import type { Engine } from './engine.ts';

/** One client's session with a container. */
export interface SessionEvents {
  /** Its terminal was given a size. */
  resized: (rows: number, columns: number) => void;
  /** The session is over, however. */
  ended: (end: AttachResult) => void;
}

export function sessionEvents(engine: Engine, container: Container): SessionEvents {
  return {
    resized(rows, columns) {
      try {
        recordContainerEvent(engine.database(), container, 'resize', { height: String(rows), width: String(columns) });
      } catch {
        // A disk that is full is no reason to leave somebody without a terminal.
      }
    },
    ended({ type }) {
      if (type === 'detached') recordContainerEvent(engine.database(), container, 'detach');
    },
  };
}
