/** Random trees on a disk, and what a tree is: every file with all that its inode has. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { fsPath, readXattrs, type ByteString } from '../../src/kernel/byte-paths.ts';
import { native } from '../../src/kernel/native.ts';

export type Node = { name: ByteString; mode: number; uid: number; gid: number; mtime: [number, number] } & (
  | { kind: 'directory'; children: Node[] }
  | { kind: 'file'; data: Uint8Array; hole: number; xattrs: Record<string, Uint8Array> }
  | { kind: 'symlink'; target: ByteString }
  | { kind: 'device'; major: number; minor: number }
  | { kind: 'fifo' }
  /** Another name of the last file before it. */
  | { kind: 'link' }
);

/** One character a byte; no slash, no zero. */
const name = fc
  .oneof(
    { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.string({ minLength: 90, maxLength: 200 }) },
    { weight: 2, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
  )
  // A whiteout's name would mean something else in a layer.
  .map(
    (text) =>
      text
        .replaceAll(/[/\0]/g, '_')
        .replace(/^\.+/, '_')
        .replace(/[^\0-\xff]/g, '?') || '_',
  );

const attributes = {
  name,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000_000_000 })),
  gid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70_000 })),
  mtime: fc.tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 }))),
};

const file = fc.record({
  kind: fc.constant('file' as const),
  ...attributes,
  data: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 500, maxLength: 1200 })),
  hole: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 300_000 })),
  xattrs: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map((value) => ({ 'user.some': value })),
    fc.constant({ 'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex') }),
  ),
});

const leaf = fc.oneof(
  { weight: 5, arbitrary: file },
  fc.record({ kind: fc.constant('symlink' as const), ...attributes, target: name.map((text) => `../${text}`) }),
  fc.record({ kind: fc.constant('device' as const), ...attributes, major: fc.constant(1), minor: fc.integer({ min: 3, max: 300_000 }) }),
  fc.record({ kind: fc.constant('fifo' as const), ...attributes }),
  fc.record({ kind: fc.constant('link' as const), ...attributes }),
);

const node = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { weight: 4, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('directory' as const), ...attributes, children: fc.array(tie('node'), { maxLength: 5 }) }),
    },
  ),
})).node;

export const trees: fc.Arbitrary<Node[]> = fc.array(node, { minLength: 1, maxLength: 8 });

/** Make a tree in an empty directory. Of two nodes of one name the first is made. */
export function makeTree(directory: ByteString, nodes: readonly Node[]): void {
  makeNodes(directory, nodes, { path: undefined });
}

function makeNodes(directory: ByteString, nodes: readonly Node[], lastFile: { path: ByteString | undefined }): void {
  const taken = new Set<ByteString>();
  for (const node of nodes) {
    if (taken.has(node.name) || (node.kind === 'link' && lastFile.path === undefined)) continue;
    taken.add(node.name);
    const path = `${directory}/${node.name}`;
    const target = fsPath(path);
    switch (node.kind) {
      case 'directory':
        mkdirSync(target);
        makeNodes(path, node.children, lastFile);
        break;
      case 'file':
        writeFileSync(target, '');
        writeAt(target, node.data, node.hole);
        lastFile.path = path;
        break;
      case 'symlink':
        symlinkSync(Buffer.from(node.target, 'latin1'), target);
        break;
      case 'device':
        native().mknod(target, 0o020000, node.major, node.minor);
        break;
      case 'fifo':
        native().mknod(target, 0o010000, 0, 0);
        break;
      case 'link':
        linkSync(fsPath(lastFile.path ?? ''), target);
        continue;
    }
    lchownSync(target, node.uid, node.gid);
    if (node.kind !== 'symlink') chmodSync(target, node.mode);
    if (node.kind === 'file') for (const [key, value] of Object.entries(node.xattrs)) native().lsetxattr(target, key, value);
    native().lutimens(target, ...node.mtime, ...node.mtime);
  }
}

function writeAt(path: string | Buffer, data: Uint8Array, hole: number): void {
  truncateSync(path, hole);
  const fd = openSync(path, 'r+');
  writeSync(fd, data, 0, data.length, hole);
  closeSync(fd);
}

/** What is below `directory`, a line each: all that a copy must have kept. Names that are one file are told by the first of them. */
export function describeTree(directory: ByteString): string[] {
  const lines: string[] = [];
  const first = new Map<string, ByteString>();
  const visit = (path: ByteString, shown: ByteString): void => {
    for (const child of readdirSync(fsPath(path), { encoding: 'latin1' }).toSorted()) {
      const [childPath, childShown] = [`${path}/${child}`, `${shown}/${child}`];
      const known = lstatSync(fsPath(childPath), { bigint: true });
      const inode = `${known.dev}:${known.ino}`;
      const linked = known.isDirectory() ? undefined : first.get(inode);
      first.set(inode, linked ?? childShown);
      const content = known.isFile()
        ? describeContent(readFileSync(fsPath(childPath)))
        : known.isSymbolicLink()
          ? readlinkSync(fsPath(childPath), { encoding: 'buffer' }).toString('latin1')
          : known.isDirectory()
            ? ''
            : String(known.rdev);
      const xattrs = [...readXattrs(childPath)].map(([key, value]) => `${key}=${Buffer.from(value).toString('hex')}`).toSorted();
      lines.push(
        JSON.stringify([
          childShown,
          linked ?? '',
          known.mode.toString(8),
          String(known.uid),
          String(known.gid),
          String(known.mtimeNs),
          content,
          xattrs,
        ]),
      );
      if (known.isDirectory()) visit(childPath, childShown);
    }
  };
  visit(directory, '');
  return lines;
}

/** Whole where it is short, so that a difference can be read. */
const describeContent = (data: Buffer): string =>
  data.length < 2000 ? data.toString('hex') : `${data.length} bytes ${createHash('sha256').update(data).digest('hex')}`;

/** A directory that goes with the test; on the disk, for extended attributes. */
export function temporaryDirectory(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-tree-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
