import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { emptyEntry } from '../../../src/image/layer/change-archive.ts';
import { encodeHeader } from '../../../src/image/layer/tar-header.ts';
import { TarReader } from '../../../src/image/layer/tar-reader.ts';
import { LayerUnpacker } from '../../../src/image/layer/unpack.ts';
import { TarWriter, writeTo } from '../../../src/image/layer/tar-writer.ts';
import { TreeArchive } from '../../../src/image/layer/tree-archive.ts';
import type { TarEntry } from '../../../src/image/layer/tar-format.ts';
import { rootTest } from '../../helpers/root.ts';
import { describeTree, makeTree, temporaryDirectory, trees } from '../../helpers/trees.ts';

/** What a reader makes of headers; data never comes. */
function readHeader(header: Buffer): TarEntry {
  let found: TarEntry | undefined;
  new TarReader({
    entry: (entry) => {
      found = entry;
    },
    data: () => {},
    end: () => {},
  }).write(header);
  if (found === undefined) throw new Error('no entry was read');
  return found;
}

const bytes = (least: number, most: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((array) => Buffer.from(array).toString('latin1').replaceAll(/[/\0]/g, '_'));

const entries: fc.Arbitrary<TarEntry> = fc.record({
  type: fc.constantFrom('file', 'symlink', 'hardlink', 'character', 'block', 'fifo'),
  path: fc.oneof(bytes(1, 30), bytes(95, 300)),
  link: fc.oneof(bytes(1, 30), bytes(95, 300)),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 0xfffffffe }),
  gid: fc.integer({ min: 0, max: 0xfffffffe }),
  size: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 50 })),
  mtimeSec: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  mtimeNsec: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
  major: fc.integer({ min: 0, max: 4095 }),
  minor: fc.integer({ min: 0, max: 1_048_575 }),
  xattrs: fc.oneof(
    fc.constant(undefined),
    fc.uint8Array({ minLength: 1, maxLength: 100 }).map((value) => new Map([['security.capability', Buffer.from(value)]])),
  ),
  sparse: fc.constant(undefined),
});

test('whatever an inode can have is read back as it was written', (t) => {
  fc.assert(
    fc.property(entries, (entry) => {
      const isLink = entry.type === 'symlink' || entry.type === 'hardlink';
      const isDevice = entry.type === 'character' || entry.type === 'block';
      const written: TarEntry = {
        ...entry,
        link: isLink ? entry.link : '',
        size: entry.type === 'file' ? entry.size : 0,
        ...(isDevice ? {} : { major: 0, minor: 0 }),
      };
      t.deepEqual(readHeader(encodeHeader(written)), written);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

rootTest('random trees: GNU tar and our own unpacker make of the archive what was there', async (t) => {
  const directory = temporaryDirectory(t);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const place = join(directory, String(round++));
      const [from, gnu, own, archive] = ['from', 'gnu', 'own', 'tar'].map((name) => join(place, name)) as [string, string, string, string];
      for (const path of [place, from, gnu, own]) mkdirSync(path);
      makeTree(from, tree);
      const fd = openSync(archive, 'w');
      const writer = new TarWriter(writeTo(fd));
      new TreeArchive(writer).addTree(from, '');
      writer.finish();
      closeSync(fd);
      const expected = describeTree(from);
      execFileSync('tar', ['--extract', '--file', archive, '--directory', gnu, '--same-owner', '--same-permissions', '--xattrs', '--xattrs-include=*', '--delay-directory-restore'], { stdio: 'pipe', env: { ...process.env, LC_ALL: 'C' } }); // prettier-ignore
      t.deepEqual(describeTree(gnu), expected);
      const unpacker = new LayerUnpacker({ directory: own, maxBytes: 1e9, maxEntries: 1e6 }, true);
      await unpacker.write(readFileSync(archive));
      await unpacker.end();
      t.deepEqual(describeTree(own), expected);
      rmSync(place, { recursive: true });
    }),
    { numRuns: 12 },
  );
});

test('Python reads names, times, owners and sizes that a ustar header has no room for', (t) => {
  const directory = temporaryDirectory(t);
  const long = 'd/'.repeat(80) + 'name';
  const large = 9 * 1024 ** 3;
  const archive = join(directory, 'tar');
  writeFileSync(
    archive,
    Buffer.concat([
      encodeHeader({ ...emptyEntry('file', long, 0o640), uid: 4_000_000_000, mtimeSec: 1_234_567_890, mtimeNsec: 5 }),
      encodeHeader({ ...emptyEntry('symlink', 'gr\xc3\xbc\xc3\x9fe', 0o777), link: 'x'.repeat(150) }),
      encodeHeader(emptyEntry('file', 'latin-\xe9', 0o644)),
      // The largest comes last: its data isn't there.
      encodeHeader({ ...emptyEntry('file', 'large', 0o600), size: large }),
    ]),
  );
  const script = `
import tarfile, json, sys
archive = tarfile.open(sys.argv[1])
for _ in range(4):
    e = archive.next()
    print(json.dumps([e.name.encode('utf-8', 'surrogateescape').hex(), e.linkname, e.uid, e.size, e.pax_headers.get('mtime'), e.mode]))
`;
  const lines = execFileSync('python3', ['-c', script, archive], { encoding: 'utf8' }).trim().split('\n');
  t.deepEqual(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      [Buffer.from(long).toString('hex'), '', 4_000_000_000, 0, '1234567890.000000005', 0o640],
      [Buffer.from('grüße').toString('hex'), 'x'.repeat(150), 0, 0, null, 0o777],
      [Buffer.from('latin-\xe9', 'latin1').toString('hex'), '', 0, 0, null, 0o644],
      [Buffer.from('large').toString('hex'), '', 0, large, null, 0o600],
    ],
  );
});

test('a file that shrinks while it is read is filled up with zeros, and the next entry is whole', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'short'), 'abc');
  const chunks: Buffer[] = [];
  const writer = new TarWriter((piece) => chunks.push(Buffer.from(piece)));
  const fd = openSync(join(directory, 'short'), 'r');
  writer.file({ ...emptyEntry('file', 'short', 0o644), size: 3000 }, fd);
  closeSync(fd);
  writer.entry(emptyEntry('directory', 'next', 0o755));
  writer.finish();
  const seen: [string, number][] = [];
  let read = '';
  const reader = new TarReader({
    entry: ({ path, size }) => seen.push([path, size]),
    data: (piece) => {
      read += Buffer.from(piece).toString('latin1');
    },
    end: () => {},
  });
  reader.write(Buffer.concat(chunks));
  reader.finish();
  t.deepEqual(seen, [['short', 3000], ['next/', 0]]); // prettier-ignore
  t.is(read, `abc${'\0'.repeat(2997)}`);
  t.deepEqual(readdirSync(directory), ['short']);
});
