/**
 * A plan as the bytes that `native/plan/plan_load.c` reads: a header, the operations in records of one size, and a data
 * section with the texts. All addresses are offsets from the start; the native side turns them into pointers.
 */
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
  /** Slots that are handed over, in the order in which their file descriptors are given to `spawnMonitor`. */
  handles: readonly Slot[];
  monitor: MonitorOptions;
  /** The slot among `handles` that the monitor keeps open until it ends: the container's ownership. */
  lock?: Slot | undefined;
  breakAt?: PlanBreak | undefined;
}

const NONE = 0xffffffffffffffffn;
const LISTS = { before: 0, child: 2 } as const;
const NO_LIST = 3;
const MOST_SLOTS = 256;

/** The data section as it grows, each text kept once. */
class DataSection {
  #bytes = Buffer.alloc(16384);
  #length = 0;
  readonly #start: number;
  readonly #texts = new Map<string, number>();

  constructor(start: number) {
    this.#start = start;
  }

  #reserve(length: number): number {
    const at = this.#length;
    if (at + length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, at + length));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length += length;
    return at;
  }

  text(value: string): number {
    const known = this.#texts.get(value);
    if (known !== undefined) return known;
    if (value.includes('\0')) throw new TypeError(`a text of a plan holds a NUL byte: ${JSON.stringify(value)}`);
    const at = this.#reserve(Buffer.byteLength(value) + 1);
    this.#bytes.write(value, at);
    const offset = this.#start + at;
    this.#texts.set(value, offset);
    return offset;
  }

  bytes(value: Uint8Array): number {
    this.#align();
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this.#start + at;
  }

  /** A vector of 8-byte entries and a zero behind it. */
  vector(values: readonly (number | bigint)[]): number {
    this.#align();
    const at = this.#reserve((values.length + 1) * 8);
    values.forEach((value, index) => writeWide(this.#bytes, value, at + index * 8));
    return this.#start + at;
  }

  #align(): void {
    this.#reserve((8 - ((this.#start + this.#length) % 8)) % 8);
  }

  /** All of it, closed by the eight zero bytes that every text ends before. */
  finish(): Uint8Array {
    this.#align();
    this.#reserve(8);
    return this.#bytes.subarray(0, this.#length);
  }
}

/** 64 bits, little-endian, where zeros are. Most values are small numbers, for which BigInt would take ten times as long. */
function writeWide(bytes: Buffer, value: number | bigint, at: number): void {
  if (typeof value === 'number' && value >= 0 && value <= 0xffffffff) bytes.writeUInt32LE(value, at);
  else bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at);
}

class SlotTable {
  readonly #numbers = new Map<Slot, number>();

  number(slot: Slot): number {
    const known = this.#numbers.get(slot);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    if (number === MOST_SLOTS) throw new RangeError(`a plan has more than ${MOST_SLOTS} slots`);
    this.#numbers.set(slot, number);
    return number;
  }

  get size(): number {
    return this.#numbers.size;
  }
}

/** Encode a plan for `spawnMonitor`, with what its monitor is to do. */
export function encodePlan(input: PlanEncodingInput): Uint8Array {
  const { plan } = input;
  const operations = [...plan.before, ...plan.child];
  const start = HEADER_SIZE + operations.length * OPERATION_SIZE;
  const data = new DataSection(start);
  const slots = new SlotTable();
  for (const handle of input.handles) slots.number(handle);
  const head = Buffer.alloc(start);
  operations.forEach((operation, index) => writeOperation(head, HEADER_SIZE + index * OPERATION_SIZE, operation, data, slots));
  writeHeader(head, input, data, slots);
  const tail = data.finish();
  head.writeUInt32LE(start + tail.length, 8);
  head.writeUInt32LE(start, 12);
  return Buffer.concat([head, tail]);
}

function writeOperation(bytes: Buffer, at: number, operation: PlanOperation, data: DataSection, slots: SlotTable): void {
  const { code, fields } = OPERATION_LAYOUTS[operation.op];
  bytes.writeUInt32LE(code, at);
  let argument = at + 8;
  for (const [name, shape] of fields) {
    for (const value of fieldArguments((operation as Record<string, unknown>)[name], name, shape, data, slots)) {
      writeWide(bytes, value, argument);
      argument += 8;
    }
  }
}

/** The one or two arguments that a field becomes. */
function fieldArguments(value: unknown, name: string, shape: FieldShape, data: DataSection, slots: SlotTable): (number | bigint)[] {
  switch (shape) {
    case 'number':
      return [numberArgument(value, name)];
    case 'text':
      return [data.text(value as string)];
    case 'optional text':
      return [value === undefined ? 0 : data.text(value as string)];
    case 'slot':
      return [slots.number(value as Slot)];
    case 'optional slot':
      return [value === undefined ? NONE : slots.number(value as Slot)];
    case 'texts': {
      const texts = value as readonly string[];
      return [data.vector(texts.map((text) => data.text(text))), texts.length];
    }
    case 'numbers': {
      const numbers = value as readonly number[];
      return [data.vector(numbers), numbers.length];
    }
    case 'bytes': {
      const bytes = typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array);
      return [data.bytes(bytes), bytes.length];
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
function writeHeader(bytes: Buffer, input: PlanEncodingInput, data: DataSection, slots: SlotTable): void {
  const { plan, monitor, breakAt } = input;
  const slot = (name: Slot | undefined): number | bigint => (name === undefined ? NONE : slots.number(name));
  const text = (value: string | undefined): number => (value === undefined ? 0 : data.text(value));
  const reclaim = monitor.reclaim ?? [];
  const logFields = monitor.logFields ?? new Uint8Array();
  const wide: (number | bigint)[] = [
    monitor.logMaxSize ?? 0,
    plan.clone.flags,
    slot(plan.clone.cgroup),
    slot(input.lock),
    text(plan.clone.uidMap),
    text(plan.clone.gidMap),
    text(monitor.id),
    text(monitor.execId),
    text(monitor.logPath),
    text(monitor.startedPath),
    text(monitor.exitPath),
    text(monitor.socketPath),
    text(monitor.oomPath),
    logFields.length === 0 ? 0 : data.bytes(logFields),
    logFields.length,
    reclaim.length === 0 ? 0 : data.vector(reclaim.map((argument) => data.text(argument))),
    reclaim.length,
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
  narrow.forEach((value, index) => bytes.writeUInt32LE(value, index * 4));
  wide.forEach((value, index) => writeWide(bytes, value, narrow.length * 4 + index * 8));
}
