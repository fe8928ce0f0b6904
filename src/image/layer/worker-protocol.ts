/** What the unpacker and its worker say to each other. Buffers are handed over, not copied, and come back as credits. */
import type { ByteString } from '../../kernel/byte-paths.ts';
import type { View } from '../../kernel/view.ts';
import type { LayerReport } from './layer-report.ts';
import type { PlainError } from './plain-error.ts';

/** The worker's job. */
export interface WorkerJob {
  /** The empty directory that becomes the worker's root, where there is no view. */
  directory: string;
  maxBytes: number;
  maxEntries: number;
  /** Undefined: a layer, whose whiteouts hide what is below it. */
  copy?: CopyTarget;
}

/** A copy (`cp`) into a directory that is there. */
export interface CopyTarget {
  /** What the worker sees; undefined: `directory` of the job alone. */
  view: View | undefined;
  /** The directory, as the worker sees it. */
  into: ByteString;
  /** The directory, as people know it. */
  shown: string;
  /** Whose the files are. */
  owner: 'archive' | { uid: number; gid: number };
}

export type ToWorker =
  /**
   * What to unpack: at first, and again after `done`. `root` is the directory's descriptor, -1 where there is a view; it stays open until
   * the worker is done, has failed or has ended.
   */
  | { type: 'job'; job: WorkerJob; root: number }
  /** `length` bytes of the tar; the buffer is the worker's until it comes back. */
  | { type: 'chunk'; buffer: ArrayBuffer; length: number }
  | { type: 'end' };

export type FromWorker =
  /** The buffer is free, its bytes are unpacked. */
  { type: 'credit'; buffer: ArrayBuffer } | { type: 'done'; report: LayerReport } | { type: 'failed'; error: PlainError };
