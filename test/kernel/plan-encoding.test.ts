/** The encoding of plans: what goes in comes out, by a reader that knows the layout alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import fc from 'fast-check';
import { encodePlan, type PlanEncodingInput } from '../../src/kernel/plan-encoding.ts';
import { HEADER_SIZE, OPERATION_LAYOUTS, OPERATION_SIZE, TARGET_KINDS, type FieldShape } from '../../src/kernel/plan-layout.ts';
import type { MonitorOptions } from '../../src/kernel/native.ts';
import { TsrunError } from '../../src/model/errors.ts';
import type { PlanOperation } from '../../src/model/plan.ts';
import { everyOperation } from '../native/every-operation.ts';

const LETTERS: Readonly<Record<FieldShape, string>> = {
  number: 'n',
  text: 's',
  'optional text': 'S',
  slot: 'l',
  'optional slot': 'L',
  texts: 'a',
  numbers: 'w',
  bytes: 'b',
};
const NONE = 0xffffffffffffffffn;
const options: MonitorOptions = {
  startedPath: '/run/started',
  exitPath: '/exit',
  terminal: true,
  openStdin: false,
  stdinOnce: true,
};

const encode = (child: readonly PlanOperation[], more: Partial<PlanEncodingInput> = {}): Buffer =>
  Buffer.from(encodePlan({ plan: { before: [], clone: { flags: 0 }, child }, handles: [], monitor: options, ...more }));

function textAt(bytes: Buffer, offset: bigint): string {
  const at = Number(offset);
  return bytes.toString('utf8', at, bytes.indexOf(0, at));
}

/** The operation with this index, read back: absent optional fields are left out. */
function decode(bytes: Buffer, index: number, slots: readonly string[]): Record<string, unknown> {
  const at = HEADER_SIZE + index * OPERATION_SIZE;
  const code = bytes.readUInt32LE(at);
  const found = Object.entries(OPERATION_LAYOUTS).find(([, layout]) => layout.code === code);
  if (found === undefined) throw new Error(`no operation has the code ${code}`);
  const result: Record<string, unknown> = { op: found[0] };
  let argument = at + 8;
  const next = (): bigint => bytes.readBigUInt64LE((argument += 8) - 8);
  for (const [name, shape] of found[1].fields) {
    const value = next();
    if (shape === 'number') result[name] = value;
    else if (shape === 'text' || (shape === 'optional text' && value !== 0n)) result[name] = textAt(bytes, value);
    else if (shape === 'slot' || (shape === 'optional slot' && value !== NONE)) result[name] = slots[Number(value)];
    else if (shape === 'bytes') result[name] = new Uint8Array(bytes.subarray(Number(value), Number(value) + Number(next())));
    else if (shape === 'texts' || shape === 'numbers') {
      const count = Number(next());
      const entries = Array.from({ length: count }, (_, each) => bytes.readBigUInt64LE(Number(value) + each * 8));
      result[name] = shape === 'numbers' ? entries.map(Number) : entries.map((entry) => textAt(bytes, entry));
    }
  }
  return result;
}

/** An operation as the bytes have it: numbers of one kind, and absent ones as what stands for them. */
function expected(operation: PlanOperation): Record<string, unknown> {
  const result: Record<string, unknown> = { op: operation.op };
  for (const [name, shape] of OPERATION_LAYOUTS[operation.op].fields) {
    const value = (operation as Record<string, unknown>)[name];
    if (shape === 'number') {
      const number = typeof value === 'string' ? TARGET_KINDS[value] : typeof value === 'boolean' ? Number(value) : value;
      result[name] =
        number === undefined ? (name === 'uid' || name === 'gid' ? NONE : 0n) : BigInt.asUintN(64, BigInt(number as number | bigint));
    } else if (shape === 'bytes') result[name] = typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : value;
    else if (value !== undefined) result[name] = value;
  }
  return result;
}

test('every operation comes out as it went in', (t) => {
  const bytes = encode(everyOperation, { handles: ['network', 'null'] });
  const slots = ['network', 'null', 'target', 'opened', 'data', 'start'];
  everyOperation.forEach((operation, index) => t.deepEqual(decode(bytes, index, slots), expected(operation), operation.op));
  t.is(new Set(everyOperation.map(({ op }) => op)).size, Object.keys(OPERATION_LAYOUTS).length, 'one of every operation is tried');
});

test('texts, numbers and bytes of any content and length come out', (t) => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(
      fc.array(text),
      text,
      fc.uint8Array({ maxLength: 4096 }),
      fc.bigInt({ min: 0n, max: NONE }),
      (texts, path, filter, limit) => {
        const operations: PlanOperation[] = [
          { op: 'execute', candidates: texts, argv: [path], env: texts },
          { op: 'seccomp', filter, flags: 1 },
          { op: 'setRlimit', resource: 1, soft: limit, hard: limit },
        ];
        const bytes = encode(operations);
        operations.forEach((operation, index) => t.deepEqual(decode(bytes, index, []), expected(operation)));
        t.is(bytes.length % 8, 0);
        t.is(bytes.readBigUInt64LE(bytes.length - 8), 0n);
      },
    ),
    { numRuns: 50 },
  );
});

test('the header says what the monitor is to do', (t) => {
  const bytes = encode([{ op: 'noNewPrivileges' }], {
    plan: {
      before: [{ op: 'newSession' }],
      clone: { flags: 0x20020000, cgroup: 'cgroup', uidMap: '0 1 2' },
      child: [{ op: 'noNewPrivileges' }],
    },
    handles: ['lock', 'cgroup'],
    lock: 'lock',
    breakAt: { list: 'child', index: 3 },
    monitor: {
      ...options,
      logPath: '/log',
      logMaxSize: 5_000_000_000,
      logMaxFiles: 4,
      logDriver: 'local',
      logFields: Buffer.from('{}'),
      reclaim: ['/bin/tsrun', 'reclaim'],
    },
  });
  const words = Array.from({ length: 14 }, (_, index) => bytes.readUInt32LE(index * 4));
  t.deepEqual(words.slice(2), [bytes.length, HEADER_SIZE + 2 * OPERATION_SIZE, 2, 2, 1, 1, 2, 3, 0b101, 4, 2, 0]);
  const wide = Array.from({ length: 15 }, (_, index) => bytes.readBigUInt64LE(56 + index * 8));
  t.deepEqual(wide.slice(0, 4), [5_000_000_000n, 0x20020000n, 1n, 0n]);
  t.deepEqual(
    [4, 6, 7, 8].map((index) => textAt(bytes, wide[index] ?? 0n)),
    ['0 1 2', '/log', '/run/started', '/exit'],
  );
  t.deepEqual([wide[5], wide[9], wide[10]], [0n, 0n, 0n]);
  const fields = Number(wide[11]);
  t.deepEqual([bytes.toString('utf8', fields, fields + Number(wide[12])), wide[14]], ['{}', 2n]);
});

test('a text with a NUL byte is refused, and so are more slots than there are', (t) => {
  t.throws(() => encode([{ op: 'setHostname', name: 'a\0b' }]), { message: /NUL/ });
  const many = Array.from({ length: 1025 }, (_, index): PlanOperation => ({ op: 'open', path: '/', flags: 0, slot: `s${index}` }));
  t.throws(() => encode(many), { instanceOf: TsrunError, message: /more than 1024/ });
  t.notThrows(() => encode(many.slice(1)));
});

test('the native side lays operations out in the same way', (t) => {
  const definitions = readFileSync(fileURLToPath(new URL('../../native/plan/plan_ops.def', import.meta.url)), 'utf8');
  const native = [...definitions.matchAll(/^PLAN_OP\((\w+), (\d+), "(\w*)"\)$/gm)].map(([, name, code, shape]) => [
    name,
    Number(code),
    shape,
  ]);
  const ours = Object.entries(OPERATION_LAYOUTS).map(([name, { code, fields }]) => [
    name,
    code,
    fields.map(([, shape]) => LETTERS[shape]).join(''),
  ]);
  t.deepEqual(native, ours);
});
