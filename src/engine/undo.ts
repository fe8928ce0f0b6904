/** What to take back when a later step fails: registered before the next thing is acquired, unwound in reverse. */

export interface UndoStack {
  /** Register how to take back what was just made. */
  push(undo: () => void): void;
  /** Take everything back, the newest first, whatever single ones throw; the first such error is returned, never thrown. */
  unwind(): unknown;
  /** Everything worked: keep it. */
  keep(): void;
}

export function undoStack(): UndoStack {
  let undos: (() => void)[] = [];
  return {
    push(undo) {
      undos.push(undo);
    },
    unwind() {
      let first: unknown;
      for (const undo of undos.reverse()) {
        try {
          undo();
        } catch (error) {
          first ??= error;
        }
      }
      undos = [];
      return first;
    },
    keep() {
      undos = [];
    },
  };
}
