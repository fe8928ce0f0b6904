/**
 * An entry as the bytes before its data: a ustar header, with a PAX header before it for what ustar can't say. The form that
 * Docker's, Go's and Python's readers and GNU tar know alike. Sources: POSIX.1-2017 pax, "ustar Interchange Format" and "pax
 * Extended Header"; star's SCHILY.xattr for extended attributes, whose values stay the bytes they are.
 */
import { Buffer } from 'node:buffer';
import { BLOCK, type ByteString, type TarEntry, type TarEntryType } from './tar-format.ts';

const FLAGS: Record<TarEntryType, string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

const NAME_BYTES = 100;
/** The largest number a field of 12 and of 8 bytes holds in octal: 8 GiB, 2 Mi. */
const LARGEST_LONG: number = 8 ** 11 - 1;
const LARGEST_SHORT: number = 8 ** 7 - 1;

/** What an archive ends with. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

/** Zero bytes that fill `size` bytes of data up to a block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * The header, or headers, of an entry. `entry.size` bytes of data follow, and `paddingOf` them; sparse files are written as
 * plain ones, for Docker's reader of layers knows no others.
 */
export function encodeHeader(entry: TarEntry): Buffer {
  const path = entry.type === 'directory' && !entry.path.endsWith('/') ? `${entry.path}/` : entry.path;
  const size = entry.type === 'file' ? entry.size : 0;
  const records = paxRecords(entry, path, size);
  const header = ustarHeader(entry, FLAGS[entry.type], path, size);
  if (records.length === 0) return header;
  const data = Buffer.concat(records);
  const extended = { ...entry, link: '', mode: 0o644, mtimeSec: inLong(entry.mtimeSec) ? entry.mtimeSec : 0 };
  return Buffer.concat([
    ustarHeader(extended, 'x', `PaxHeaders/${baseName(path).slice(0, NAME_BYTES - 12)}`, data.length),
    data,
    Buffer.alloc(paddingOf(data.length)),
    header,
  ]);
}

/** What the ustar header can't hold, or not exactly. */
function paxRecords(entry: TarEntry, path: ByteString, size: number): Buffer[] {
  const records: Buffer[] = [];
  const text = (key: string, value: string): void => void records.push(paxRecord(key, Buffer.from(value, 'latin1')));
  if (path.length > NAME_BYTES) text('path', path);
  if (entry.link.length > NAME_BYTES) text('linkpath', entry.link);
  if (size > LARGEST_LONG) text('size', String(size));
  if (entry.uid > LARGEST_SHORT) text('uid', String(entry.uid));
  if (entry.gid > LARGEST_SHORT) text('gid', String(entry.gid));
  if (entry.mtimeNsec !== 0 || !inLong(entry.mtimeSec)) text('mtime', paxTime(entry.mtimeSec, entry.mtimeNsec));
  for (const [name, value] of entry.xattrs ?? []) records.push(paxRecord(`SCHILY.xattr.${name}`, value));
  return records;
}

const inLong = (number: number): boolean => number >= 0 && number <= LARGEST_LONG;

/** Seconds with their fraction; before 1970 both are negative together. */
function paxTime(seconds: number, nanoseconds: number): string {
  const negative = seconds < 0;
  const whole = negative && nanoseconds > 0 ? -(seconds + 1) : Math.abs(seconds);
  const rest = negative && nanoseconds > 0 ? 1_000_000_000 - nanoseconds : nanoseconds;
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(9, '0').replace(/0+$/, '')}`;
  return `${negative ? '-' : ''}${whole}${fraction}`;
}

/** `LENGTH KEY=VALUE\n`; the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`, 'utf8'), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function ustarHeader(entry: TarEntry, flag: string, path: ByteString, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(path.slice(0, NAME_BYTES), 0, 'latin1');
  octal(block, entry.mode & 0o7777, 100, 8);
  octal(block, entry.uid <= LARGEST_SHORT ? entry.uid : 0, 108, 8);
  octal(block, entry.gid <= LARGEST_SHORT ? entry.gid : 0, 116, 8);
  octal(block, size <= LARGEST_LONG ? size : 0, 124, 12);
  octal(block, inLong(entry.mtimeSec) ? entry.mtimeSec : 0, 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(flag, 156, 'latin1');
  block.write(entry.link.slice(0, NAME_BYTES), 157, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  octal(block, entry.major, 329, 8);
  octal(block, entry.minor, 337, 8);
  let sum = 0;
  for (let index = 0; index < BLOCK; index++) sum += block[index]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Digits, and a zero byte at the end. */
function octal(block: Buffer, value: number, at: number, length: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), at, 'latin1');
}

function baseName(path: ByteString): ByteString {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}
