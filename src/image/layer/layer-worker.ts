/**
 * The worker that unpacks layers, one after the other: its root is the layer's directory, so the kernel keeps every path inside,
 * whatever links a layer holds. Only synchronous fs calls may be used here: others run on threads that see the host.
 * The bundle of this file is dist/layer-worker.cjs.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { native } from '../../kernel/native.ts';
import { enterView } from '../../kernel/view.ts';
import { CopyWriter } from './copy-writer.ts';
import { LayerWriter } from './layer-writer.ts';
import { toPlain } from './plain-error.ts';
import { TarReader } from './tar-reader.ts';
import type { FromWorker, ToWorker, WorkerJob } from './worker-protocol.ts';

/** A layer, or a copy, that is being unpacked. */
interface Unpacking {
  job: WorkerJob;
  writer: LayerWriter | CopyWriter;
  reader: TarReader;
}

/** Unpack what `port` brings, until its end or the first failure. */
export function runLayerWorker(port: MessagePort): void {
  const tell = (message: FromWorker, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let current: Unpacking | undefined;
  port.on('message', (message: ToWorker) => {
    try {
      if (message.type === 'job') {
        current = begin(message.job, message.root);
      } else if (message.type === 'chunk') {
        current?.reader.write(new Uint8Array(message.buffer, 0, message.length));
        tell({ type: 'credit', buffer: message.buffer }, [message.buffer]);
      } else if (current !== undefined) {
        current.reader.finish();
        tell({ type: 'done', report: current.writer.finish() });
        current = undefined;
      }
    } catch (error) {
      current?.writer.close();
      const isCopy = (message.type === 'job' ? message.job : current?.job)?.copy !== undefined;
      tell({ type: 'failed', error: toPlain(error, isCopy ? 'failed to copy' : 'failed to register layer') });
      // What failed goes on with nothing.
      current = undefined;
      port.close();
    }
  });
}

function begin(job: WorkerJob, root: number): Unpacking {
  if (job.copy?.view === undefined) native().confineThreadAt(root);
  else enterView(job.copy.view);
  const writer = job.copy === undefined ? new LayerWriter('', job) : new CopyWriter(job.copy);
  return { job, writer, reader: new TarReader(writer) };
}

if (parentPort !== null) runLayerWorker(parentPort);
