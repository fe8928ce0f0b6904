/**
 * A plan as the bytes that `native/plan/plan_load.c` reads: a header, the operations in records of one size, and a data
 * section with the texts. All addresses are offsets from the start; the native side turns them into pointers.
 */
import { TsrunError } from '../model/errors.ts';
import type { MonitorOptions } from './native.ts';
import type { Plan, PlanOperation, Slot } from '../model/plan.ts';
import {
  ABSENT_IS_NONE,
  HEADER_SIZE,
  LOG_WRITERS,
  OPERATION_LAYOUTS,
  OPERATION_SIZE,
  PLAN_MAGIC,
  PLAN_VERSION,
  TARGET_KINDS,
  type FieldShape,
} from './plan-layout.ts';

/** Where a walk stops and waits, as `TSRUN_BREAK=plan:child:12` says. */
export interface PlanBreak {
  list: 'before' | 'child';
  index: number;
}

export interface PlanEncodingInput {
  plan: Plan;
  /** Slots that are handed over, in the order in which their file descriptors are given to `handOver`. */
  handles: readonly Slot[];
  monitor: MonitorOptions;
  /** The slot among `handles` that the monitor keeps open until it ends: the container's ownership. */
  lock?: Slot | undefined;
  breakAt?: PlanBreak | undefined;
}

const NONE = 0xffffffffffffffffn;
const LISTS = { before: 0, child: 2 } as const;
const NO_LIST = 3;
/** PLAN_SLOTS of native/plan/plan.h. */
const MOST_SLOTS = 1024;

/**
 * The bytes as they grow: the header, the operations' records, and behind them the data section with each text once. A plan has some
 * hundred operations, and a start waits for it: numbers are written through a view of 32-bit words, which costs an interpreted
 * function nothing but the store. Little-endian, as all processors that we know.
 */
class Writer {
  #bytes: Buffer;
  #words: Uint32Array;
  #end: number;
  readonly #texts = new Map<string, number>();

  /** @param start where the data section begins; zeros up to there */
  constructor(start: number) {
    this.#bytes = Buffer.alloc(start + 16384);
    this.#words = wordsOf(this.#bytes);
    this.#end = start;
  }

  #reserve(length: number): number {
    const at = this.#end;
    if (at + length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, at + length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
      this.#words = wordsOf(larger);
    }
    this.#end += length;
    return at;
  }

  /** 32 bits at a multiple of 4. */
  narrow(at: number, value: number): void {
    this.#words[at >>> 2] = value;
  }

  /** 64 bits at a multiple of 8. Most values are small numbers, for which BigInt would take ten times as long. */
  wide(at: number, value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= 0xffffffff) {
      this.#words[at >>> 2] = value;
      this.#words[(at >>> 2) + 1] = 0;
    } else this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
  }

  text(value: string): number {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (value.includes('\0')) throw new TypeError(`a text of a plan holds a NUL byte: ${JSON.stringify(value)}`);
    // A unit of UTF-16 becomes three bytes at most; what it didn't need is given back.
    const at = this.#reserve(value.length * 3 + 1);
    this.#end = at + this.#bytes.write(value, at) + 1;
    this.#bytes[this.#end - 1] = 0;
    this.#texts.set(value, at);
    return at;
  }

  bytes(value: Uint8Array): number {
    this.#align();
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return at;
  }

  /** A vector of 8-byte entries and a zero behind it. */
  vector(values: readonly (number | bigint)[]): number {
    this.#align();
    const at = this.#reserve((values.length + 1) * 8);
    for (let index = 0; index < values.length; index++) this.wide(at + index * 8, values[index] ?? 0);
    this.wide(at + values.length * 8, 0);
    return at;
  }

  #align(): void {
    this.#reserve((8 - (this.#end % 8)) % 8);
  }

  /** All of it, closed by the eight zero bytes that every text ends before. */
  finish(): Uint8Array {
    this.#align();
    this.wide(this.#reserve(8), 0);
    return this.#bytes.subarray(0, this.#end);
  }
}

const wordsOf = (bytes: Buffer): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);

class SlotTable {
  readonly #numbers = new Map<Slot, number>();

  number(slot: Slot): number {
    const known = this.#numbers.get(slot);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    if (number === MOST_SLOTS) {
      throw new TsrunError(
        'INVALID_ARGUMENT',
        `more than ${MOST_SLOTS} files and directories of the host are to be bound into the container`,
        {
          step: 6,
        },
      );
    }
    this.#numbers.set(slot, number);
    return number;
  }

  get size(): number {
    return this.#numbers.size;
  }
}

/** Encode a plan for `handOver`, with what its monitor is to do. */
export function encodePlan(input: PlanEncodingInput): Uint8Array {
  const { plan } = input;
  const start = HEADER_SIZE + (plan.before.length + plan.child.length) * OPERATION_SIZE;
  const writer = new Writer(start);
  const slots = new SlotTable();
  for (const handle of input.handles) slots.number(handle);
  let at = HEADER_SIZE;
  for (const operations of [plan.before, plan.child]) {
    for (let index = 0; index < operations.length; index++, at += OPERATION_SIZE) {
      writeOperation(writer, at, operations[index] as PlanOperation, slots);
    }
  }
  writeHeader(writer, input, slots);
  const bytes = writer.finish();
  writer.narrow(8, bytes.length);
  writer.narrow(12, start);
  return bytes;
}

function writeOperation(writer: Writer, at: number, operation: PlanOperation, slots: SlotTable): void {
  const { code, fields } = OPERATION_LAYOUTS[operation.op];
  writer.narrow(at, code);
  let argument = at + 8;
  for (let index = 0; index < fields.length; index++) {
    const [name, shape] = fields[index] as (typeof fields)[number];
    argument = writeField(writer, argument, { value: (operation as Record<string, unknown>)[name], name, shape }, slots);
  }
}

/** The one or two arguments that a field becomes. @returns where the next one goes */
function writeField(
  writer: Writer,
  at: number,
  { value, name, shape }: { value: unknown; name: string; shape: FieldShape },
  slots: SlotTable,
): number {
  switch (shape) {
    case 'number':
      writer.wide(at, numberArgument(value, name));
      return at + 8;
    case 'text':
      writer.wide(at, writer.text(value as string));
      return at + 8;
    case 'optional text':
      writer.wide(at, value === undefined ? 0 : writer.text(value as string));
      return at + 8;
    case 'slot':
      writer.wide(at, slots.number(value as Slot));
      return at + 8;
    case 'optional slot':
      writer.wide(at, value === undefined ? NONE : slots.number(value as Slot));
      return at + 8;
    case 'texts': {
      const texts = value as readonly string[];
      writer.wide(at, writer.vector(texts.map((text) => writer.text(text))));
      writer.wide(at + 8, texts.length);
      return at + 16;
    }
    case 'numbers': {
      const numbers = value as readonly number[];
      writer.wide(at, writer.vector(numbers));
      writer.wide(at + 8, numbers.length);
      return at + 16;
    }
    case 'bytes': {
      const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
      writer.wide(at, writer.bytes(bytes));
      writer.wide(at + 8, bytes.length);
      return at + 16;
    }
  }
}

function numberArgument(value: unknown, name: string): number | bigint {
  if (value === undefined) return ABSENT_IS_NONE.has(name) ? NONE : 0;
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return TARGET_KINDS[value] ?? 0;
  return value as number;
}

/** Fields of struct plan_header, in its order; size and data (offsets 8 and 12) are known last. */
function writeHeader(writer: Writer, input: PlanEncodingInput, slots: SlotTable): void {
  const { plan, monitor, breakAt } = input;
  const slot = (name: Slot | undefined): number | bigint => (name === undefined ? NONE : slots.number(name));
  const text = (value: string | undefined): number => (value === undefined ? 0 : writer.text(value));
  const words = (list: readonly string[]): number => (list.length === 0 ? 0 : writer.vector(list.map((word) => writer.text(word))));
  const { reclaim = [], logCompress = [] } = monitor;
  const logFields = monitor.logFields ?? new Uint8Array();
  const wide: (number | bigint)[] = [
    monitor.logMaxSize ?? 0,
    plan.clone.flags,
    slot(plan.clone.cgroup),
    slot(input.lock),
    text(plan.clone.uidMap),
    text(plan.clone.gidMap),
    text(monitor.logPath),
    text(monitor.startedPath),
    text(monitor.exitPath),
    text(monitor.socketPath),
    text(monitor.oomPath),
    logFields.length === 0 ? 0 : writer.bytes(logFields),
    logFields.length,
    words(reclaim),
    reclaim.length,
    words(logCompress),
    logCompress.length,
  ];
  const flags = (monitor.terminal ? 1 : 0) | (monitor.openStdin ? 2 : 0) | (monitor.stdinOnce ? 4 : 0) | (monitor.followsClient ? 8 : 0);
  const narrow = [
    PLAN_MAGIC,
    PLAN_VERSION,
    0,
    0,
    slots.size,
    input.handles.length,
    plan.before.length,
    plan.child.length,
    breakAt === undefined ? NO_LIST : LISTS[breakAt.list],
    breakAt?.index ?? 0,
    flags,
    monitor.logMaxFiles ?? 1,
    LOG_WRITERS[monitor.logDriver ?? 'json-file'],
    0,
  ];
  narrow.forEach((value, index) => writer.narrow(index * 4, value));
  wide.forEach((value, index) => writer.wide(narrow.length * 4 + index * 8, value));
}
