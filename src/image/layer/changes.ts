/**
 * What a container changed in its image and init layer: the overlay's upper directory, read as A, C and D. The set is that of Docker's
 * overlay2 driver, which compares two whole trees (moby, pkg/archive/changes.go, FileInfo.Changes); here only what the upper
 * directory touches is looked at. Its order of names is random; ours is by name.
 *
 * A change of a file is a change of what stat(2) tells, but the time of a directory; a directory in which anything changed is
 * changed, too.
 */
import type { BigIntStats } from 'node:fs';
import { native } from '../../kernel/native.ts';
import { hasErrno } from '../../model/errors.ts';
import { refuseTooLong } from './layer-paths.ts';
import { fsPath, type ByteString } from './tar-format.ts';
import { listNames } from './tree-archive.ts';
import { statEntry } from './tree-entry.ts';

/** `untouched` is in the upper directory and looks as it did: a file that was written and got its old time back. */
export type ChangeKind = 'added' | 'changed' | 'deleted' | 'untouched';

export interface Change {
  kind: ChangeKind;
  /** From the root, without a slash before it. */
  path: ByteString;
  /** What is there now; undefined for `deleted`. */
  now: BigIntStats | undefined;
}

/** Where the trees are: the upper directory, all below it, and both together as the container sees them. */
export interface ChangeRoots {
  upper: ByteString;
  lower: ByteString;
  merged: ByteString;
}

/**
 * Walk the changes: a directory before what is in it. A directory that only has another time comes as `untouched`, after what
 * is in it.
 */
export function walkChanges(roots: ChangeRoots, visit: (change: Change) => void): void {
  new ChangeWalk(roots, visit).directory('', { whole: false, wasDirectory: true });
}

/** How a directory is to be compared. */
interface Comparison {
  /** Name by name: the upper directory hides the lower one, or stands for one of another name. */
  whole: boolean;
  /** Whether there is a lower directory of its name. */
  wasDirectory: boolean;
}

class ChangeWalk {
  readonly #roots: ChangeRoots;
  readonly #visit: (change: Change) => void;
  /** Unchanged directories above the current one that were not told of yet. */
  #waiting: Change[] = [];

  constructor(roots: ChangeRoots, visit: (change: Change) => void) {
    this.#roots = roots;
    this.#visit = visit;
  }

  directory(path: ByteString, comparison: Comparison): void {
    const { merged } = this.#roots;
    const deleted: ByteString[] = [];
    for (const name of this.#namesIn(path, comparison)) {
      const child = path === '' ? name : `${path}/${name}`;
      refuseTooLong(merged, `/${child}`);
      const now = statEntry(`${merged}/${child}`);
      if (now === undefined) deleted.push(child);
      else this.#present(child, now, comparison);
    }
    // As Docker's: what is gone comes after what is there.
    for (const child of deleted) {
      if (this.#before(child, comparison) !== undefined) this.#tell({ kind: 'deleted', path: child, now: undefined });
    }
  }

  #namesIn(path: ByteString, { whole, wasDirectory }: Comparison): ByteString[] {
    const { upper, lower, merged } = this.#roots;
    if (!whole) return listNames(`${upper}/${path}`);
    const trees = wasDirectory ? [merged, lower] : [merged];
    const names = new Set(trees.flatMap((tree) => listNames(`${tree}/${path}`)));
    return [...names].toSorted((left, right) => (left < right ? -1 : 1));
  }

  #present(path: ByteString, now: BigIntStats, above: Comparison): void {
    const before = this.#before(path, above);
    const below = now.isDirectory()
      ? { whole: above.whole || this.#mustCompareWhole(path), wasDirectory: before?.isDirectory() ?? false }
      : undefined;
    const kind = before === undefined ? 'added' : this.#differs(path, before, now) ? 'changed' : 'untouched';
    if (below !== undefined && kind === 'untouched') {
      this.#enter({ kind, path, now }, below);
      return;
    }
    this.#tell({ kind, path, now });
    if (below !== undefined) this.directory(path, below);
  }

  #before(path: ByteString, above: Comparison): BigIntStats | undefined {
    return above.wasDirectory ? statEntry(`${this.#roots.lower}/${path}`) : undefined;
  }

  /** A directory that looks as it did: to be told of when something below it doesn't. */
  #enter(change: Change, below: Comparison): void {
    this.#waiting.push(change);
    this.directory(change.path, below);
    if (this.#waiting.at(-1) !== change) return;
    this.#waiting.pop();
    if (this.#hasOtherTime(change)) this.#visit(change);
  }

  #hasOtherTime({ path, now }: Change): boolean {
    return statEntry(`${this.#roots.lower}/${path}`)?.mtimeNs !== now?.mtimeNs;
  }

  /** Tell of a change, and before it of the directories that lead there. */
  #tell(change: Change): void {
    if (change.kind !== 'untouched') {
      for (const each of this.#waiting) this.#visit({ ...each, kind: 'changed' });
      this.#waiting = [];
    }
    this.#visit(change);
  }

  #mustCompareWhole(path: ByteString): boolean {
    const upper = `${this.#roots.upper}/${path}`;
    return hasXattr(upper, 'trusted.overlay.opaque') || hasXattr(upper, 'trusted.overlay.redirect');
  }

  #differs(path: ByteString, before: BigIntStats, now: BigIntStats): boolean {
    if (before.mode !== now.mode || before.uid !== now.uid || before.gid !== now.gid || before.rdev !== now.rdev) return true;
    if (now.isDirectory()) return false;
    if (before.size !== now.size || !isSameTime(before.mtimeNs, now.mtimeNs)) return true;
    return now.isFile() && capability(`${this.#roots.lower}/${path}`) !== capability(`${this.#roots.merged}/${path}`);
  }
}

/** Archives keep whole seconds: a time without a fraction equals any of its second. */
function isSameTime(left: bigint, right: bigint): boolean {
  const billion = 1_000_000_000n;
  if (left === right) return true;
  return left / billion === right / billion && (left % billion === 0n || right % billion === 0n);
}

function hasXattr(path: ByteString, name: string): boolean {
  try {
    return native().lgetxattr(fsPath(path), name) !== undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ENOTSUP', 'EOPNOTSUPP')) return false;
    throw error;
  }
}

function capability(path: ByteString): string {
  try {
    return Buffer.from(native().lgetxattr(fsPath(path), 'security.capability') ?? []).toString('hex');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ENOTSUP', 'EOPNOTSUPP')) return '';
    throw error;
  }
}
