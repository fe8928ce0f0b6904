/**
 * PAX extended headers: lines of `LENGTH KEY=VALUE\n`. Values stay bytes: a file capability is no text.
 * Source: POSIX.1-2017 pax, "pax Header Block" and "Extended Header".
 */
import { Buffer } from 'node:buffer';
import { corrupt, MAX_PATH_BYTES, type ByteString, type TarEntry } from './tar-format.ts';

export type PaxRecords = Map<string, Buffer>;

const XATTR = 'SCHILY.xattr.';

/**
 * The records of one extended header. Sparse format 0.0 repeats two keys: their values are joined into GNU.sparse.map.
 * @throws TsrunError CORRUPT
 */
export function parsePax(data: Buffer): { records: PaxRecords; sparsePairs: number[] } {
  const records: PaxRecords = new Map();
  const sparsePairs: number[] = [];
  let position = 0;
  while (position < data.length) {
    // Some writers pad with zeros.
    if (data[position] === 0) break;
    const space = data.indexOf(0x20, position);
    if (space === -1 || space === position || space - position > 8) throw corrupt('invalid PAX header: no record length');
    const lengthText = data.toString('latin1', position, space);
    if (!/^[0-9]+$/.test(lengthText)) throw corrupt('invalid PAX header: a record length is not a number');
    const end = position + Number(lengthText);
    if (end > data.length || end <= space + 1 || data[end - 1] !== 0x0a)
      throw corrupt('invalid PAX header: a record has not the length it claims');
    const equals = data.indexOf(0x3d, space + 1);
    if (equals === -1 || equals >= end) throw corrupt('invalid PAX header: a record without "="');
    const key = data.toString('utf8', space + 1, equals);
    const value = data.subarray(equals + 1, end - 1);
    if (key === '' || key.includes('\0')) throw corrupt('invalid PAX header: an invalid key');
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      sparsePairs.push(paxNumber(value, key));
    } else {
      records.set(key, value);
    }
    position = end;
  }
  return { records, sparsePairs };
}

/** A PAX value that is a decimal number. @throws TsrunError CORRUPT */
export function paxNumber(value: Buffer, key: string): number {
  const text = value.toString('latin1');
  const number = Number(text);
  if (!/^-?[0-9]+$/.test(text) || !Number.isSafeInteger(number)) throw corrupt(`invalid PAX header: ${key} is not a number`);
  return number;
}

/** `SECONDS.FRACTION` to seconds and nanoseconds; more digits are cut. */
function paxTime(value: Buffer, key: string): { seconds: number; nanoseconds: number } {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value.toString('latin1'));
  if (match === null) throw corrupt(`invalid PAX header: ${key} is not a time`);
  const seconds = Number(match[2]);
  const nanoseconds = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'));
  if (match[1] !== '-') return { seconds, nanoseconds };
  // -1.25 is 0.75 seconds after -2.
  return nanoseconds === 0 ? { seconds: -seconds, nanoseconds: 0 } : { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

function paxPath(value: Buffer, key: string): ByteString {
  if (value.includes(0)) throw corrupt(`invalid PAX header: ${key} holds a zero byte`);
  if (value.length >= MAX_PATH_BYTES) throw corrupt(`invalid PAX header: ${key} is longer than a path can be`);
  return value.toString('latin1');
}

/** Lay one header's records over an entry. An empty value means: as in the header block. @throws TsrunError CORRUPT */
export function applyPax(entry: TarEntry, records: PaxRecords): void {
  for (const [key, value] of records) {
    if (key.startsWith(XATTR)) {
      const name = key.slice(XATTR.length);
      if (name === '') throw corrupt('invalid PAX header: an extended attribute without a name');
      // A copy: a few bytes would keep the whole header, for as long as a directory waits for its attributes.
      (entry.xattrs ??= new Map()).set(name, Buffer.from(value));
      continue;
    }
    if (value.length === 0) continue;
    switch (key) {
      case 'path':
      case 'GNU.sparse.name':
        entry.path = paxPath(value, key);
        break;
      case 'linkpath':
        entry.link = paxPath(value, key);
        break;
      case 'uid':
        entry.uid = paxNumber(value, key);
        break;
      case 'gid':
        entry.gid = paxNumber(value, key);
        break;
      case 'size':
        entry.size = paxNumber(value, key);
        break;
      case 'mtime': {
        const time = paxTime(value, key);
        entry.mtimeSec = time.seconds;
        entry.mtimeNsec = time.nanoseconds;
        break;
      }
      default:
        break;
    }
  }
}
