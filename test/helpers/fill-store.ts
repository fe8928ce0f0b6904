/** Program of a test: take in an image that is larger than the disk at argv[2], and print what is left. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/state/database.ts';
import { ingestImage } from './image-store.ts';
import { tar } from './tar-writer.ts';

const root = join(process.argv[2] ?? '', 'root');
const paths = { root, state: join(root, 'state') };
const database = openDatabase(paths);
const list = (name: string): string[] => (existsSync(join(root, name)) ? readdirSync(join(root, name)) : []);
try {
  await ingestImage({ paths, database }, [
    { tar: tar(Array.from({ length: 40 }, (_unused, index) => ({ path: `f${index}`, data: Buffer.alloc(100_000, 1) }))) },
  ]);
  process.stdout.write('{}');
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  process.stdout.write(JSON.stringify({ code, message, scratch: list('scratch'), layers: list('layers') }));
}
