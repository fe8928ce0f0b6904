/** As much of ELF as tells why a program can't be executed. Source: elf(5). */

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64le',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

const PT_INTERP = 3;

/** The processor of an ELF file; undefined where the bytes are no ELF. */
export function elfMachine(bytes: Uint8Array): string | undefined {
  const view = header(bytes);
  if (view === undefined) return undefined;
  const number = view.data.getUint16(18, view.little);
  return MACHINES[number] ?? `machine ${number}`;
}

/** The dynamic loader that an ELF file asks for (PT_INTERP); undefined for a static one, or one cut too short. */
export function elfInterpreter(bytes: Uint8Array): string | undefined {
  const view = header(bytes);
  if (view === undefined) return undefined;
  const { data, little, wide } = view;
  const offset = wide ? Number(data.getBigUint64(32, little)) : data.getUint32(28, little);
  const size = data.getUint16(wide ? 54 : 42, little);
  const count = data.getUint16(wide ? 56 : 44, little);
  for (let index = 0; index < count; index += 1) {
    const at = offset + index * size;
    if (at + (wide ? 56 : 32) > bytes.length) return undefined;
    if (data.getUint32(at, little) !== PT_INTERP) continue;
    const start = wide ? Number(data.getBigUint64(at + 8, little)) : data.getUint32(at + 4, little);
    const length = wide ? Number(data.getBigUint64(at + 32, little)) : data.getUint32(at + 16, little);
    if (start + length > bytes.length) return undefined;
    return new TextDecoder('latin1').decode(bytes.subarray(start, start + length)).replace(/\0.*$/s, '');
  }
  return undefined;
}

/** The header as a view, where all of it is there. */
function header(bytes: Uint8Array): { data: DataView; little: boolean; wide: boolean } | undefined {
  if (bytes.length < 52 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) return undefined;
  const wide = bytes[4] === 2;
  if (wide && bytes.length < 64) return undefined;
  return { data: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), little: bytes[5] !== 2, wide };
}
