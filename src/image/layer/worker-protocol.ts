/** What the unpacker and its worker say to each other. Buffers are handed over, not copied, and come back as credits. */
import type { ErrorCode } from '../../model/errors.ts';
import type { LayerReport } from './layer-report.ts';

/** The worker's job. */
export interface WorkerJob {
  /** The empty directory that becomes the worker's root. */
  directory: string;
  maxBytes: number;
  maxEntries: number;
}

export type ToWorker =
  /** `length` bytes of the tar; the buffer is the worker's until it comes back. */
  { type: 'chunk'; buffer: ArrayBuffer; length: number } | { type: 'end' };

export type FromWorker =
  /** The buffer is free, its bytes are unpacked. */
  { type: 'credit'; buffer: ArrayBuffer } | { type: 'done'; report: LayerReport } | { type: 'failed'; error: PlainError };

/** A TsrunError as data, for classes don't cross threads. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  call: string | undefined;
  path: string | undefined;
  errno: string | undefined;
  hint: string | undefined;
}
