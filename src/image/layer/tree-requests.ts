/** What is asked of the worker that reads a tree (tree-worker.ts), and what it answers. Paths are byte strings. */
import type { View } from '../../kernel/view.ts';
import type { Digest } from '../../model/image.ts';
import type { ChangeRoots } from './changes.ts';
import type { PlainError } from './plain-error.ts';
import type { ByteString } from './tar-format.ts';

/** What the worker is given when it starts. */
export interface TreeJob {
  /** What it sees; undefined: the host, as its caller does (whose own files are copied). */
  view: View | undefined;
}

/** The requests by name, and what each answers. Descriptors (`out`) are the process's; the asker closes them. */
export interface TreeRequests {
  /** What a container changed; in batches. */
  changes: { ask: { roots: ChangeRoots }; answer: undefined };
  /** The same as a layer's tar, into `out`. */
  archiveChanges: { ask: { roots: ChangeRoots; out: number }; answer: { digest: Digest; size: number } };
  /** What is at a path; undefined: nothing. */
  stat: { ask: { path: ByteString }; answer: PathStat | undefined };
  /** What is at a path with all below it, into `out`. `as` is its name in the archive: '' for `/`, which has no entry then. */
  archive: { ask: { path: ByteString; as: ByteString; out: number }; answer: undefined };
}

export type TreeRequestName = keyof TreeRequests;
export type TreeAsk<Name extends TreeRequestName> = TreeRequests[Name]['ask'];
export type TreeAnswer<Name extends TreeRequestName> = TreeRequests[Name]['answer'];

/** A path of a view as `cp` wants to know it. */
export interface PathStat {
  kind: 'directory' | 'file' | 'symlink' | 'device' | 'other';
  /** Where the path leads in the end, through links, whether something is there or not. */
  real: ByteString;
}

/** One change for people: `A`, `C` or `D`, and its path from the root. */
export interface ListedChange {
  letter: 'A' | 'C' | 'D';
  path: ByteString;
}

export type ToTreeWorker = { [Name in TreeRequestName]: { name: Name } & TreeAsk<Name> }[TreeRequestName];
export type FromTreeWorker =
  | { type: 'ready' }
  | { type: 'changes'; list: ListedChange[] }
  | { type: 'done'; answer: unknown }
  | { type: 'failed'; error: PlainError };
