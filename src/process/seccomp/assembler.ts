/**
 * An assembler for classic BPF that writes the program from its end. Jumps go forward only, so a label is always known
 * when it is needed: it is the distance of an instruction from the end. A conditional jump reaches 255 instructions;
 * what lies further is reached through a copy of the return, or a long jump.
 */

// Codes of <linux/bpf_common.h> that a seccomp filter uses.
export const LD_W_ABS = 0x20;
export const ALU_AND_K = 0x54;
export const JMP_JA = 0x05;
export const JMP_JEQ_K = 0x15;
export const JMP_JGT_K = 0x25;
export const JMP_JGE_K = 0x35;
export const RET_K = 0x06;

/** Bytes of a struct sock_filter. */
const INSTRUCTION_SIZE = 8;
/** BPF_MAXINSNS of the kernel. */
export const MAX_INSTRUCTIONS = 4096;

const MAX_JUMP = 255;

/** An instruction, named by its distance from the program's end. */
export type Label = number;

interface Instruction {
  code: number;
  jt: number;
  jf: number;
  k: number;
}

/** Owns a program as it grows from its end to its beginning. */
export class FilterAssembler {
  /** In reverse order. */
  readonly #reversed: Instruction[] = [];
  /** The copy of each return that was written last, which is the nearest. */
  readonly #returns = new Map<number, Label>();

  /** Number of instructions so far. */
  get length(): number {
    return this.#reversed.length;
  }

  #push(code: number, k: number, jt = 0, jf = 0): Label {
    this.#reversed.push({ code, jt, jf, k: k >>> 0 });
    return this.#reversed.length - 1;
  }

  /** Instructions between the next one to be written and a label. */
  #distance(label: Label): number {
    return this.#reversed.length - label - 1;
  }

  /** A label for the same thing that a conditional jump reaches, even when `reserve` more instructions come between. */
  #near(label: Label, reserve: number): Label {
    if (this.#distance(label) + reserve <= MAX_JUMP) return label;
    const target = this.#reversed[label] as Instruction;
    if (target.code !== RET_K) return this.#push(JMP_JA, this.#distance(label));
    const copy = this.#returns.get(target.k);
    if (copy !== undefined && this.#distance(copy) + reserve <= MAX_JUMP) return copy;
    return this.#writeReturn(target.k);
  }

  #writeReturn(value: number): Label {
    const label = this.#push(RET_K, value);
    this.#returns.set(value >>> 0, label);
    return label;
  }

  /** Where `value` is returned; written once, and again where that is too far. */
  return(value: number): Label {
    return this.#returns.get(value >>> 0) ?? this.#writeReturn(value);
  }

  /** Compare the accumulator with `k`, and go to one of two labels. */
  branch(code: number, k: number, ifTrue: Label, ifFalse: Label): Label {
    if (ifTrue === ifFalse) return ifTrue;
    const first = this.#near(ifTrue, 1);
    const second = this.#near(ifFalse, 0);
    return this.#push(code, k, this.#distance(first), this.#distance(second));
  }

  /** Load the word at `offset` of struct seccomp_data, (with `mask`) and it, then go on at `next`. */
  load(offset: number, next: Label, mask?: number): Label {
    // What is written before an instruction is what runs before it, unless something lies between.
    if (this.#distance(next) > 0) this.#push(JMP_JA, this.#distance(next));
    if (mask !== undefined) this.#push(ALU_AND_K, mask);
    return this.#push(LD_W_ABS, offset);
  }

  /** The whole program in order, as the kernel reads it (little-endian, as all hosts of ours are), beginning at `entry`. */
  finish(entry: Label): Uint8Array {
    const count = entry + 1;
    const bytes = new Uint8Array(count * INSTRUCTION_SIZE);
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < count; index++) {
      const { code, jt, jf, k } = this.#reversed[count - 1 - index] as Instruction;
      const at = index * INSTRUCTION_SIZE;
      view.setUint16(at, code, true);
      view.setUint8(at + 2, jt);
      view.setUint8(at + 3, jf);
      view.setUint32(at + 4, k, true);
    }
    return bytes;
  }
}
