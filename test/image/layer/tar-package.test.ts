/**
 * Our reader and writer of tar beside the tar package, in what both can do: plain names, files, directories and symbolic links. What
 * Node's programs write can be loaded, and what we write they can read.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import * as tar from 'tar';
import { emptyEntry } from '../../../src/image/layer/change-archive.ts';
import type { TarEntry } from '../../../src/image/layer/tar-format.ts';
import { encodeHeader } from '../../../src/image/layer/tar-header.ts';
import { TarReader } from '../../../src/image/layer/tar-reader.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

interface Found {
  path: string;
  type: string;
  link: string;
  mode: number;
  mtime: number;
  data: string;
}

interface Node {
  /** Below a directory of its own, so that none is in another's way. */
  name: string;
  type: 'file' | 'directory' | 'symlink';
  data: Uint8Array;
  link: string;
  mode: number;
  mtime: number;
}

const name = fc.stringMatching(/^[a-z]{1,20}( [a-z]{1,90}){0,2}$/);
const nodes = fc.array(
  fc.record<Node>({
    name,
    type: fc.constantFrom('file', 'directory', 'symlink'),
    data: fc.uint8Array({ maxLength: 1500 }),
    link: fc.stringMatching(/^[a-z/]{1,130}$/),
    mode: fc.integer({ min: 0o400, max: 0o777 }),
    mtime: fc.integer({ min: 1, max: 2 ** 32 }),
  }),
  { minLength: 1, maxLength: 6 },
);

const byPath = (one: Found, other: Found): number => (one.path < other.path ? -1 : 1);
const plain = (path: string): string => path.replace(/\/$/, '');

/** What our reader finds. */
function readOurs(archive: Buffer): Found[] {
  const found: (Omit<Found, 'data'> & { data: Buffer[] })[] = [];
  const reader = new TarReader({
    entry: ({ path, type, link, mode, mtimeSec }) => {
      found.push({ path: plain(path), type, link, mode, mtime: mtimeSec, data: [] });
    },
    data: (piece) => found.at(-1)?.data.push(Buffer.from(piece)),
    end: () => {},
  });
  reader.write(archive);
  reader.finish();
  return found.map((entry) => ({ ...entry, data: Buffer.concat(entry.data).toString('hex') }));
}

const THEIR_TYPES: Record<string, string> = { File: 'file', Directory: 'directory', SymbolicLink: 'symlink' };

/** What the tar package finds. */
function readTheirs(file: string): Found[] {
  const found: (Omit<Found, 'data'> & { data: Buffer[] })[] = [];
  tar.list({
    sync: true,
    file,
    strict: true,
    onReadEntry: (entry) => {
      const data: Buffer[] = [];
      entry.on('data', (piece) => data.push(piece));
      const { path, type, linkpath = '', mode = 0, mtime } = entry;
      found.push({ path: plain(path), type: THEIR_TYPES[type] ?? type, link: linkpath, mode, mtime: Number(mtime) / 1000, data });
    },
  });
  return found.map((entry) => ({ ...entry, data: Buffer.concat(entry.data).toString('hex') }));
}

/** A node as an entry, and the bytes behind its header. */
function encode(node: Node, index: number): Buffer {
  const entry: TarEntry = { ...emptyEntry(node.type, `d${index}/${node.name}`, node.mode), mtimeSec: node.mtime };
  if (node.type === 'symlink') return encodeHeader({ ...entry, link: node.link });
  if (node.type === 'directory') return encodeHeader(entry);
  const padded = Buffer.alloc(Math.ceil(node.data.length / 512) * 512);
  padded.set(node.data);
  return Buffer.concat([encodeHeader({ ...entry, size: node.data.length }), padded]);
}

const expected = (node: Node, index: number): Found => ({
  path: `d${index}/${node.name}`,
  type: node.type,
  link: node.type === 'symlink' ? node.link : '',
  mode: node.mode,
  mtime: node.mtime,
  data: node.type === 'file' ? Buffer.from(node.data).toString('hex') : '',
});

test('what we write, the tar package reads', (t) => {
  const file = join(temporaryDirectory(t), 'archive');
  fc.assert(
    fc.property(nodes, (tree) => {
      writeFileSync(file, Buffer.concat([...tree.map(encode), Buffer.alloc(1024)]));
      t.deepEqual(readTheirs(file), tree.map(expected));
    }),
    { numRuns: 50 },
  );
});

test('what the tar package writes, we read as it does', (t) => {
  const directory = temporaryDirectory(t);
  let round = 0;
  fc.assert(
    fc.property(nodes, (tree) => {
      const place = join(directory, String(round++));
      for (const [index, node] of tree.entries()) {
        const path = join(place, `d${index}`, node.name);
        mkdirSync(dirname(path), { recursive: true });
        if (node.type === 'file') writeFileSync(path, node.data, { mode: node.mode });
        else if (node.type === 'directory') mkdirSync(path);
        else symlinkSync(node.link, path);
      }
      const file = join(directory, 'archive');
      tar.create({ sync: true, file, cwd: place, mtime: new Date(tree[0]?.mtime ?? 0), strict: true }, ['.']);
      const ours = readOurs(readFileSync(file)).toSorted(byPath);
      t.deepEqual(ours, readTheirs(file).toSorted(byPath));
      const isMade = ({ path, type, link, data }: Found): boolean =>
        ours.some((entry) => entry.path === `./${path}` && entry.type === type && entry.link === link && entry.data === data);
      t.true(tree.map(expected).every(isMade));
    }),
    { numRuns: 30 },
  );
});
