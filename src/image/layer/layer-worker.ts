/**
 * The worker that unpacks one layer: its root is the layer's directory, so the kernel keeps every path inside, whatever
 * links a layer holds. Only synchronous fs calls may be used here: others run on threads that see the host.
 * The bundle of this file is dist/layer-worker.cjs.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { native } from '../../kernel/native.ts';
import { TsrunError } from '../../model/errors.ts';
import { LayerWriter } from './layer-writer.ts';
import { TarReader } from './tar-reader.ts';
import type { FromWorker, PlainError, ToWorker, WorkerJob } from './worker-protocol.ts';

/** Unpack what `port` brings, until its end or the first failure. */
export function runLayerWorker(port: MessagePort, job: WorkerJob): void {
  const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let writer: LayerWriter | undefined;
  const fail = (error: unknown): void => {
    writer?.close();
    tell({ type: 'failed', error: toPlain(error) });
    port.close();
  };
  try {
    native().confineThread(job.directory);
    writer = new LayerWriter('', job);
  } catch (error) {
    fail(error);
    return;
  }
  const unpacking = writer;
  const reader = new TarReader(unpacking);
  port.on('message', (message: ToWorker) => {
    try {
      if (message.type === 'chunk') {
        reader.write(new Uint8Array(message.buffer, 0, message.length));
        tell({ type: 'credit', buffer: message.buffer }, [message.buffer]);
        return;
      }
      reader.finish();
      tell({ type: 'done', report: unpacking.finish() });
      port.close();
    } catch (error) {
      fail(error);
    }
  });
}

function toPlain(error: unknown): PlainError {
  if (error instanceof TsrunError) {
    return { code: error.code, message: error.message, call: error.call, path: error.path, errno: error.errno, hint: error.hint };
  }
  const system = error as NodeJS.ErrnoException;
  const isFull = system.code === 'ENOSPC' || system.code === 'EDQUOT';
  return {
    code: isFull ? 'NO_SPACE' : system.syscall === undefined ? 'INTERNAL' : 'KERNEL',
    message: `failed to register layer: ${system.message}`,
    call: system.syscall,
    path: system.path,
    errno: system.code,
    hint: undefined,
  };
}

if (parentPort !== null) runLayerWorker(parentPort, workerData as WorkerJob);
