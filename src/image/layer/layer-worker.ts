/**
 * The worker that unpacks one layer: its root is the layer's directory, so the kernel keeps every path inside, whatever
 * links a layer holds. Only synchronous fs calls may be used here: others run on threads that see the host.
 * The bundle of this file is dist/layer-worker.cjs.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { native } from '../../kernel/native.ts';
import { enterView } from '../../kernel/view.ts';
import { CopyWriter } from './copy-writer.ts';
import { LayerWriter } from './layer-writer.ts';
import { toPlain } from './plain-error.ts';
import { TarReader } from './tar-reader.ts';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.ts';

/** Unpack what `port` brings, until its end or the first failure. */
export function runLayerWorker(port: MessagePort, job: WorkerJob): void {
  const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let writer: LayerWriter | CopyWriter | undefined;
  const fail = (error: unknown): void => {
    writer?.close();
    tell({ type: 'failed', error: toPlain(error, job.copy === undefined ? 'failed to register layer' : 'failed to copy') });
    port.close();
  };
  try {
    if (job.copy?.view === undefined) native().confineThread(job.directory);
    else enterView(job.copy.view);
    writer = job.copy === undefined ? new LayerWriter('', job) : new CopyWriter(job.copy);
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

if (parentPort !== null) runLayerWorker(parentPort, workerData as WorkerJob);
