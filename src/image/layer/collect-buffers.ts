/**
 * Memory that doesn't grow with what streams through. V8 frees a stream's used buffers when it collects garbage, and what it
 * goes by is the small objects, not the buffers that they stand for: some 64 MB of them pile up first, for each thread. So
 * it is asked to look at its youngest objects, which takes well under a millisecond, every few megabytes.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Small enough for a peak well under 150 MB with three layers at once; larger saves no time that shows. */
const EVERY_BYTES: number = 4 * 1024 * 1024;

type Collector = (options: { type: 'minor' }) => void;

let collector: Collector | undefined;
let streamed = 0;

/** So many bytes of buffers were used. */
export function usedBuffers(bytes: number): void {
  streamed += bytes;
  if (streamed < EVERY_BYTES) return;
  streamed = 0;
  collector ??= exposeCollector();
  collector({ type: 'minor' });
}

function exposeCollector(): Collector {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collector;
}
