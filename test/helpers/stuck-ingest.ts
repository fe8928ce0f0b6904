/** Program of a test: begin to take in a layer below argv[2], say so, and wait to be killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beginIngest } from '../../src/image/store/ingest.ts';
import { openDatabase } from '../../src/state/database.ts';
import { describeImage } from './image-store.ts';
import { tar } from './tar-writer.ts';

const paths = { root: process.argv[2] ?? '', state: `${process.argv[2] ?? ''}/state` };
const layers = [{ tar: tar([{ path: 'a/b/c', data: Buffer.alloc(3_000_000, 1) }]) }];
const ingest = beginIngest({ paths, database: openDatabase(paths) }, { ...describeImage(layers), names: [] });
const sink = await ingest.beginLayer(0);
await sink?.write(layers[0]?.tar.subarray(0, 2_500_000) ?? new Uint8Array(0));
process.stdout.write('begun\n');
await sleep(60_000);
