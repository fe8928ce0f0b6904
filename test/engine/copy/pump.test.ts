import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { extractInto } from '../../../src/engine/copy/pump.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

rootTest('a copy waits for the end of its thread, which has the container mounted', async (t) => {
  const original = Object.getOwnPropertyDescriptor(Worker.prototype, 'terminate')?.value as () => Promise<number>;
  let [asked, ended] = [0, 0];
  Worker.prototype.terminate = async function terminate(this: Worker): Promise<number> {
    asked++;
    const code = await original.call(this);
    ended++;
    return code;
  };
  t.teardown(() => void (Worker.prototype.terminate = original));
  for (const archive of [tar([{ path: 'file', data: 'content' }]), Buffer.from('no tar at all'.repeat(100))]) {
    const directory = temporaryDirectory(t);
    const copy = { view: undefined, into: '/', shown: directory, owner: 'archive' as const };
    const outcome = await extractInto(Readable.from([archive]), directory, copy).catch((error: Error) => error);
    t.true(asked > 0);
    t.is(ended, asked);
    if (outcome instanceof Error) t.deepEqual(readdirSync(directory), []);
    else t.is(readFileSync(join(directory, 'file'), 'utf8'), 'content');
    [asked, ended] = [0, 0];
  }
});
