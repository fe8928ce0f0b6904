/** A small tar writer for tests: it writes what it is told, sense or not. Names are byte strings (one character a byte). */

export interface TarInput {
  path: string;
  /** The header's flag: '0' file, '1' hardlink, '2' symlink, '3' character, '4' block, '5' directory, '6' fifo. */
  type?: string;
  link?: string;
  data?: Uint8Array | string;
  mode?: number;
  uid?: number;
  gid?: number;
  /** Seconds; a text goes into a PAX record. */
  mtime?: number | string;
  major?: number;
  minor?: number;
  xattrs?: Record<string, Uint8Array | string>;
  /** More PAX records. */
  pax?: Record<string, Uint8Array | string>;
  /** Claim another size than `data` has. */
  size?: number;
}

const BLOCK = 512;

/** Records as a PAX header's data. */
export function paxData(records: Record<string, Uint8Array | string>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const body = Buffer.concat([
        Buffer.from(` ${key}=`, 'utf8'),
        typeof value === 'string' ? Buffer.from(value, 'latin1') : value,
        Buffer.from('\n'),
      ]);
      // The length counts its own digits.
      let length = body.length + 1;
      while (String(length).length + body.length !== length) length = String(length).length + body.length;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );
}

function octal(block: Buffer, value: number, at: number, length: number): void {
  const digits = value.toString(8);
  if (value >= 0 && digits.length < length) {
    block.write(`${digits.padStart(length - 1, '0')}\0`, at, 'latin1');
    return;
  }
  // Base-256, two's complement.
  let rest = BigInt(value);
  for (let index = at + length - 1; index >= at; index--) {
    block[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  block[at] = (block[at] ?? 0) | 0x80;
}

function header(input: TarInput, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(input.path.slice(0, 100), 0, 'latin1');
  octal(block, input.mode ?? (input.type === '5' ? 0o755 : 0o644), 100, 8);
  octal(block, input.uid ?? 0, 108, 8);
  octal(block, input.gid ?? 0, 116, 8);
  octal(block, size, 124, 12);
  octal(block, Math.floor(Number(input.mtime ?? 0)), 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(input.type ?? '0', 156, 'latin1');
  block.write((input.link ?? '').slice(0, 100), 157, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  if (input.major !== undefined) octal(block, input.major, 329, 8);
  if (input.minor !== undefined) octal(block, input.minor, 337, 8);
  sign(block);
  return block;
}

/** Write the checksum of a header block. */
export function sign(block: Buffer): void {
  block.write('        ', 148, 'latin1');
  let sum = 0;
  for (const byte of block.subarray(0, BLOCK)) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

/** One entry with the extended headers it needs. */
export function tarEntry(input: TarInput): Buffer {
  const data = typeof input.data === 'string' ? Buffer.from(input.data, 'latin1') : (input.data ?? Buffer.alloc(0));
  const records: Record<string, Uint8Array | string> = { ...input.pax };
  if (input.path.length > 100) records['path'] = input.path;
  if ((input.link ?? '').length > 100) records['linkpath'] = input.link ?? '';
  if (typeof input.mtime === 'string') records['mtime'] = input.mtime;
  for (const [name, value] of Object.entries(input.xattrs ?? {})) records[`SCHILY.xattr.${name}`] = value;
  const parts: Buffer[] = [];
  if (Object.keys(records).length > 0) {
    const pax = paxData(records);
    parts.push(header({ path: 'PaxHeaders/x', type: 'x' }, pax.length), padded(pax));
  }
  parts.push(header(input, input.size ?? data.length), padded(data));
  return Buffer.concat(parts);
}

/** A whole archive. */
export function tar(entries: readonly TarInput[]): Buffer {
  return Buffer.concat([...entries.map(tarEntry), Buffer.alloc(2 * BLOCK)]);
}
