/**
 * Bytes as netlink lays them out: everything in the machine's own order (little endian on x86-64 and arm64) unless a
 * name says BE, every attribute padded to four. Source: linux/netlink.h, Documentation/userspace-api/netlink/intro.rst.
 */

/** Set in the type of an attribute that holds attributes. */
const NLA_F_NESTED = 0x8000;
/** The bits of an attribute's type that are the type. */
const NLA_TYPE_MASK = 0x3fff;
/** Length and type before an attribute's value. */
const ATTRIBUTE_HEADER = 4;

const aligned = (length: number): number => (length + 3) & ~3;

/** Grows as it is written to. Not to be used after `take`. */
export class Writer {
  #bytes: Buffer = Buffer.alloc(512);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  #room(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, aligned(this.#length)));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    return at;
  }

  u8(value: number): this {
    const at = this.#room(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  u16BE(value: number): this {
    const at = this.#room(2);
    this.#bytes.writeUInt16BE(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Overwrite 32 bits written before, e.g. a length that was not known yet. */
  patchU32(at: number, value: number): void {
    this.#bytes.writeUInt32LE(value, at);
  }

  /** Zeros to the next multiple of four. */
  align(): this {
    this.#room(aligned(this.#length) - this.#length);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    return this.u16(ATTRIBUTE_HEADER + value.length)
      .u16(type)
      .bytes(value)
      .align();
  }

  attributeU8(type: number, value: number): this {
    return this.u16(ATTRIBUTE_HEADER + 1)
      .u16(type)
      .u8(value)
      .align();
  }

  attributeU32(type: number, value: number): this {
    return this.u16(ATTRIBUTE_HEADER + 4)
      .u16(type)
      .u32(value);
  }

  /** 32 bits in network order, negative numbers as two's complement: what nf_tables wants. */
  attributeU32BE(type: number, value: number): this {
    this.u16(ATTRIBUTE_HEADER + 4).u16(type);
    const at = this.#room(4);
    this.#bytes.writeUInt32BE(value >>> 0, at);
    return this;
  }

  /** A string with its closing NUL. */
  attributeString(type: number, value: string): this {
    return this.attribute(type, Buffer.from(`${value}\0`));
  }

  /** An attribute of what `write` writes, marked as nested. */
  nested(type: number, write: () => void): this {
    return this.container(type | NLA_F_NESTED, write);
  }

  /** As `nested`, without the mark: rtnetlink's older messages are written so. */
  container(type: number, write: () => void): this {
    const at = this.#room(ATTRIBUTE_HEADER);
    this.#bytes.writeUInt16LE(type, at + 2);
    write();
    this.#bytes.writeUInt16LE(this.#length - at, at);
    return this.align();
  }

  /** What was written. */
  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Attributes by type; of several with one type the last. Lists are read with `listAttributes`. */
export type Attributes = ReadonlyMap<number, Buffer>;

/** Read attributes from `offset` on. A broken length ends the reading: the kernel never sends one. */
export function readAttributes(bytes: Uint8Array, offset: number): Attributes {
  return new Map(listAttributes(bytes, offset));
}

/** As `readAttributes`, in order and with repeated types kept. */
export function listAttributes(bytes: Uint8Array, offset: number): [type: number, value: Buffer][] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: [number, Buffer][] = [];
  let at = offset;
  while (at + ATTRIBUTE_HEADER <= view.length) {
    const length = view.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER || at + length > view.length) break;
    found.push([view.readUInt16LE(at + 2) & NLA_TYPE_MASK, view.subarray(at + ATTRIBUTE_HEADER, at + length)]);
    at += aligned(length);
  }
  return found;
}

/** A NUL-terminated string. */
export function readString(value: Buffer | undefined): string {
  if (value === undefined) return '';
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end < 0 ? value.length : end);
}

export const readU32 = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length < 4 ? undefined : value.readUInt32LE(0);
export const readU32BE = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length < 4 ? undefined : value.readUInt32BE(0);
