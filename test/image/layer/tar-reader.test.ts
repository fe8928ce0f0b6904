import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
  openSync,
  closeSync,
  linkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { isTsrunError } from '../../../src/model/errors.ts';
import type { TarEntry } from '../../../src/image/layer/tar-format.ts';
import { TarReader } from '../../../src/image/layer/tar-reader.ts';
import { paxData, sign, tar, tarEntry, type TarInput } from '../../helpers/tar-writer.ts';

type Read = TarEntry & { data: Buffer };

/** Read an archive in pieces of these sizes (repeated); sparse files come out whole. */
function read(archive: Uint8Array, pieces: readonly number[] = [archive.length]): Read[] {
  const entries: Read[] = [];
  const reader = new TarReader({
    entry: (entry) => entries.push({ ...entry, data: Buffer.alloc(entry.size) }),
    data: (chunk, offset) => entries.at(-1)?.data.set(chunk, offset),
    end: () => {},
  });
  for (let at = 0, turn = 0; at < archive.length; turn++) {
    const length = Math.max(1, pieces[turn % pieces.length] ?? 1);
    reader.write(archive.subarray(at, at + length));
    at += length;
  }
  reader.finish();
  return entries;
}

const corrupt = (t: { true(value: boolean): void }, archive: Uint8Array): void => {
  try {
    read(archive);
  } catch (error) {
    t.true(isTsrunError(error, 'CORRUPT'));
    return;
  }
  t.true(false);
};

const byteString = (least: number, most: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: least, maxLength: most })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))).toString('latin1'));

test('what a writer wrote is read, however the bytes are cut', (t) => {
  const entry: fc.Arbitrary<TarInput> = fc.record({
    path: byteString(1, 300),
    type: fc.constantFrom('0', '5', '2', '6'),
    link: byteString(1, 150),
    data: fc.uint8Array({ maxLength: 1500 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 0xfffffffe }),
    gid: fc.integer({ min: 0, max: 0xfffffffe }),
    mtime: fc.integer({ min: -5_000_000_000, max: 10_000_000_000 }),
    xattrs: fc.dictionary(fc.constantFrom('user.a', 'security.capability'), fc.uint8Array({ maxLength: 40 })),
  });
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 4 }),
      (inputs, pieces) => {
        const wanted = inputs.map((input) => ({ ...input, data: input.type === '0' ? (input.data ?? []) : new Uint8Array(0) }));
        const entries = read(tar(wanted as TarInput[]), pieces);
        t.is(entries.length, wanted.length);
        for (const [index, input] of wanted.entries()) {
          const got = entries[index];
          t.is(got?.path, input.path);
          t.is(got?.mode, input.mode);
          t.is(got?.uid, input.uid);
          t.is(got?.gid, input.gid);
          t.is(got?.mtimeSec, input.mtime as number);
          t.deepEqual(new Uint8Array(got?.data ?? []), new Uint8Array(input.data as Uint8Array));
          t.deepEqual(Object.keys(input.xattrs ?? {}).toSorted(), [...(got?.xattrs?.keys() ?? [])].toSorted());
          for (const [name, value] of Object.entries(input.xattrs ?? {}))
            t.deepEqual(new Uint8Array(got?.xattrs?.get(name) ?? []), new Uint8Array(value as Uint8Array));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('no bytes at all make it fail otherwise than with CORRUPT', (t) => {
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(4095), value: fc.nat(255) }), { maxLength: 12 }), fc.boolean(), (changes, signed) => {
      const archive = tar([
        { path: 'a', data: 'hello', xattrs: { 'user.x': 'y' } },
        { path: 'b', type: '5' },
      ]);
      for (const { at, value } of changes) archive[at % archive.length] = value;
      if (signed) for (const at of [0, 1024]) sign(archive.subarray(at, at + 512));
      try {
        read(archive);
      } catch (error) {
        t.true(isTsrunError(error, 'CORRUPT'), String(error));
      }
    }),
    { numRuns: 400 },
  );
});

test('a binary capability keeps every byte', (t) => {
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  const all = Buffer.from(Array.from({ length: 256 }, (_unused, index) => index));
  const [entry] = read(tar([{ path: 'ping', data: 'x', xattrs: { 'security.capability': capability, 'user.all': all } }]));
  t.deepEqual(entry?.xattrs?.get('security.capability'), capability);
  t.deepEqual(entry?.xattrs?.get('user.all'), all);
});

test('times are kept to the nanosecond, before 1970 too', (t) => {
  const times = ['1700000000.123456789', '-1.25', '5.5', '-3', '7.1234567891'];
  const entries = read(tar(times.map((mtime) => ({ path: 'f', pax: { mtime } }))));
  t.deepEqual(
    entries.map((entry) => [entry.mtimeSec, entry.mtimeNsec]),
    [
      [1700000000, 123456789],
      [-2, 750000000],
      [5, 500000000],
      [-3, 0],
      [7, 123456789],
    ],
  );
});

test('global records hold for what follows, and an own record wins', (t) => {
  const records = paxData({ uid: '7', gid: '8' });
  const global = tarEntry({ path: 'pax_global_header', type: 'g', data: records });
  const entries = read(Buffer.concat([tarEntry({ path: 'a' }), global, tarEntry({ path: 'b' }), tar([{ path: 'c', pax: { uid: '9' } }])]));
  t.deepEqual(
    entries.map(({ path, uid, gid }) => [path, uid, gid]),
    [
      ['a', 0, 0],
      ['b', 7, 8],
      ['c', 9, 8],
    ],
  );
});

test('GNU long names and links', (t) => {
  const name = 'd/'.repeat(120) + 'file';
  const entries = read(
    Buffer.concat([
      tarEntry({ path: '././@LongLink', type: 'L', data: `${name}\0` }),
      tarEntry({ path: '././@LongLink', type: 'K', data: `${name}.target\0` }),
      tar([{ path: name.slice(0, 100), type: '2', link: 'short' }]),
    ]),
  );
  t.is(entries[0]?.path, name);
  t.is(entries[0]?.link, `${name}.target`);
});

test('an archive that is cut off is CORRUPT, wherever', (t) => {
  const archive = Buffer.concat([tarEntry({ path: 'a', data: 'x'.repeat(700) }), tarEntry({ path: 'b'.repeat(150), data: 'y' })]);
  // Only padding is missing where it is cut after the first file's data: Go's reader, too, takes that for an end.
  const isWhole = (length: number): boolean => length >= 512 + 700 && length <= 1536;
  for (let length = 1; length < archive.length - 511; length += 37) if (!isWhole(length)) corrupt(t, archive.subarray(0, length));
  t.is(read(archive).length, 2);
});

test('headers that lie are CORRUPT', (t) => {
  const huge = tarEntry({ path: 'x', type: 'x', size: 2 * 1024 * 1024 });
  corrupt(t, huge);
  corrupt(t, tarEntry({ path: 'x', type: 'L', size: 1024 * 1024, data: 'n'.repeat(5000) }));
  corrupt(t, tar([{ path: 'x', size: -5 }]));
  corrupt(t, tar([{ path: 'x', type: 'Z' }]));
  corrupt(t, Buffer.concat([tarEntry({ path: 'p', type: 'x', data: '99 path=x\n' }), tar([{ path: 'a' }])]));
  corrupt(t, Buffer.concat([tarEntry({ path: 'p', type: 'x', data: '10 path\n' }), tar([{ path: 'a' }])]));
  corrupt(t, tar([{ path: 'a', pax: { path: 'a\0b' } }]));
  corrupt(t, tar([{ path: 'a', pax: { size: '99999999999999999999' } }]));
  corrupt(t, tar([{ path: 'a', pax: { path: 'x'.repeat(5000) } }]));
  const wrongSum = tar([{ path: 'a' }]);
  wrongSum[0] = 0x62;
  corrupt(t, wrongSum);
});

test('sparse maps that lie are CORRUPT', (t) => {
  const sparse = (map: string, data: string, size = '10'): Buffer =>
    tar([{ path: 's', data, pax: { 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1', 'GNU.sparse.size': size, 'GNU.sparse.map': map } }]);
  t.is(read(sparse('2,3', 'abc'))[0]?.data.toString('latin1'), '\0\0abc\0\0\0\0\0');
  for (const map of ['2,4', '8,3', '2', '-1,3', '5,2,3,1', 'x,3']) corrupt(t, sparse(map, 'abc'));
});

// — what GNU tar writes —

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-tar-'));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const format of ['v7', 'ustar', 'gnu', 'oldgnu', 'posix']) {
  test(`GNU tar --format=${format}`, (t) => {
    inFolder((folder) => {
      const tree = join(folder, 'tree');
      const deep = join(tree, 'some-directory-with-a-long-name/another-one-below-it');
      mkdirSync(deep, { recursive: true });
      writeFileSync(join(deep, 'file-1'), 'one');
      linkSync(join(deep, 'file-1'), join(deep, 'file-2'));
      symlinkSync('../somewhere', join(deep, 'link'));
      writeFileSync(Buffer.from(`${tree}/latin-\xe9`, 'latin1'), 'e');
      utimesSync(join(deep, 'file-1'), 1_600_000_000.5, 1_600_000_000.5);
      if (format !== 'v7' && format !== 'ustar') writeFileSync(join(tree, `long-${'n'.repeat(200)}`), 'long');
      const archive = join(folder, 'a.tar');
      execFileSync('tar', ['--create', `--file=${archive}`, `--format=${format}`, `--directory=${tree}`, '--sort=name', '.']);
      const entries = read(execFileSync('cat', [archive], { maxBuffer: 1e8 }), [7777]);
      const find = (end: string): Read | undefined => entries.find((entry) => entry.path.endsWith(end));
      t.is(find('file-1')?.data.toString(), 'one');
      t.is(find('file-2')?.type, 'hardlink');
      t.true(find('file-2')?.link.endsWith('file-1'));
      t.is(find('link')?.link, '../somewhere');
      t.is(find('latin-\xe9')?.data.toString(), 'e');
      t.is(find('another-one-below-it/')?.type, 'directory');
      t.is(find('file-1')?.mtimeNsec, format === 'posix' ? 500_000_000 : 0);
      if (format !== 'v7' && format !== 'ustar') t.is(find('n'.repeat(50))?.data.toString(), 'long');
    });
  });
}

test('a sparse map of many blocks, and one that does not end', (t) => {
  const sparse = (map: string, data = ''): Buffer =>
    tar([
      {
        path: 's',
        data: map.padEnd(Math.ceil(map.length / 512) * 512, '\0') + data,
        pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '6000' },
      },
    ]);
  const map = Array.from({ length: 1000 }, (_unused, index) => `${String(index * 6).padStart(20, '0')}\n1\n`).join('');
  t.is(read(sparse(`1000\n${map}`, 'x'.repeat(1000)))[0]?.data.toString(), 'x\0\0\0\0\0'.repeat(1000));
  for (const wrong of [
    `1001\n${map}`,
    `1000\n${map.replace('6', 'x')}`,
    `${'0'.repeat(600)}\n`,
    '100001\n',
    '\n',
    `100000\n${'0'.repeat(2_000_000)}`,
  ])
    corrupt(t, sparse(wrong));
});

for (const [name, ...words] of [
  ['old GNU', '--format=gnu'],
  ['0.0', '--format=posix', '--sparse-version=0.0'],
  ['0.1', '--format=posix', '--sparse-version=0.1'],
  ['1.0', '--format=posix', '--sparse-version=1.0'],
] as [string, ...string[]][]) {
  test(`GNU tar's sparse files, ${name}`, (t) => {
    inFolder((folder) => {
      const file = join(folder, 'sparse');
      const wanted = Buffer.alloc(3_000_000);
      const fd = openSync(file, 'w');
      // More pieces than a header's own list holds.
      for (let piece = 0; piece < 30; piece++) {
        wanted.write(`piece ${piece}`, piece * 98_304);
        writeSync(fd, `piece ${piece}`, piece * 98_304);
      }
      closeSync(fd);
      truncateSync(file, wanted.length);
      writeFileSync(join(folder, 'after'), 'after');
      const archive = execFileSync(
        'tar',
        ['--create', '--sparse', '--hole-detection=raw', ...words, `--directory=${folder}`, 'sparse', 'after'],
        { maxBuffer: 1e8 },
      );
      t.true(archive.length < 1_000_000);
      const [sparse, after] = read(archive, [1000, 3]);
      t.is(sparse?.path, 'sparse');
      t.true(sparse?.data.equals(wanted));
      t.is(after?.data.toString(), 'after');
    });
  });
}

test('global records beyond what one header may hold are refused', (t) => {
  const record = (key: string, value: string): Buffer =>
    tarEntry({ path: 'pax_global_header', type: 'g', data: paxData({ [key]: Buffer.from(value) }) });
  const long = 'x'.repeat(600 * 1024);
  const [one, other] = [record('SCHILY.xattr.user.a', long), record('SCHILY.xattr.user.b', long)];
  t.notThrows(() => read(Buffer.concat([one, one, tar([{ path: 'file' }])])));
  for (const records of [
    [one, other],
    [record(`a${long}`, '1'), record(`b${long}`, '1')],
  ]) {
    const error = t.throws(() => read(Buffer.concat([...records, tar([{ path: 'file' }])])));
    t.true(isTsrunError(error, 'CORRUPT'));
  }
});

test('an attribute keeps no more memory than its own', (t) => {
  const [entry] = read(tar([{ path: 'file', pax: { comment: 'x'.repeat(500_000) }, xattrs: { 'user.small': 'y' } }]));
  const value = entry?.xattrs?.get('user.small');
  t.is(value?.toString(), 'y');
  t.true((value?.buffer.byteLength ?? Infinity) < 100_000);
});
