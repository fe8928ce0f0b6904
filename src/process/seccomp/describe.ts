/** A compiled filter in words, an instruction a line: for lessons, and for whoever asks why a call was refused. */
import { describeReturn } from './actions.ts';
import { ALU_AND_K, JMP_JA, JMP_JEQ_K, JMP_JGE_K, JMP_JGT_K, LD_W_ABS, RET_K } from './assembler.ts';

const COMPARED: Readonly<Record<number, string>> = { [JMP_JEQ_K]: '==', [JMP_JGT_K]: '>', [JMP_JGE_K]: '>=' };

/** A field of struct seccomp_data by its offset. */
function fieldName(offset: number): string {
  if (offset === 0) return 'number';
  if (offset === 4) return 'architecture';
  return `${offset % 8 === 0 ? 'low' : 'high'} half of argument ${(offset - 16) >> 3}`;
}

/** `12: if it >= 0x1c0 go to 14, else 13`, where `it` is what was loaded last. */
export function describeFilter(filter: Uint8Array): string[] {
  const view = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  return Array.from({ length: filter.length / 8 }, (_, index) => {
    const code = view.getUint16(8 * index, true);
    const k = view.getUint32(8 * index + 4, true);
    const target = (offset: number): number => index + 1 + offset;
    if (code === LD_W_ABS) return `${index}: load ${fieldName(k)}`;
    if (code === ALU_AND_K) return `${index}: and 0x${k.toString(16)}`;
    if (code === RET_K) return `${index}: ${describeReturn(k)}`;
    if (code === JMP_JA) return `${index}: go to ${target(k)}`;
    const [ifTrue, ifFalse] = [target(view.getUint8(8 * index + 2)), target(view.getUint8(8 * index + 3))];
    return `${index}: if it ${COMPARED[code] ?? '?'} 0x${k.toString(16)} go to ${ifTrue}, else ${ifFalse}`;
  });
}
