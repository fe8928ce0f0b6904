/** Frames as bytes, and that they are those of native/protocol.h. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { ATTACH, encodeFrame, encodeNumbers, FrameDecoder, FRAMES, STDIN_WINDOW } from '../../src/process/monitor-frames.ts';

const header = readFileSync(new URL('../../native/protocol.h', import.meta.url), 'utf8');
const numberOf = (name: string): number => Number(new RegExp(`\\b${name}\\b(?: =)? (\\d+)u?\\b`).exec(header)?.[1]);

test('the numbers are those of the native side', (t) => {
  const names: Record<keyof typeof FRAMES, string> = {
    stdout: 'FRAME_STDOUT',
    stderr: 'FRAME_STDERR',
    exit: 'FRAME_EXIT',
    stdinTaken: 'FRAME_STDIN_TAKEN',
    answer: 'FRAME_ANSWER',
    skipped: 'FRAME_SKIPPED',
    attach: 'FRAME_ATTACH',
    stdin: 'FRAME_STDIN',
    stdinEnd: 'FRAME_STDIN_EOF',
    resize: 'FRAME_RESIZE',
    signal: 'FRAME_SIGNAL',
    wait: 'FRAME_WAIT',
    detach: 'FRAME_DETACH',
    outputGone: 'FRAME_OUTPUT_GONE',
  };
  const ours: Record<string, number> = FRAMES;
  for (const [name, native] of Object.entries(names)) t.is(ours[name], numberOf(native), native);
  const bits: Record<string, number> = ATTACH;
  for (const [name, bit] of Object.entries(bits)) t.is(bit, numberOf(`ATTACH_${name.toUpperCase()}`), name);
  t.is(STDIN_WINDOW, numberOf('STDIN_WINDOW'));
});

test('frames come out as they went in, however the stream is cut', (t) => {
  const frame = fc.record({ type: fc.integer({ min: 1, max: 40 }), content: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(({ type, content }) => encodeFrame(type, content)));
      const decoder = new FrameDecoder();
      const found = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = cuts[turn % cuts.length] ?? 1;
        for (const each of decoder.push(bytes.subarray(at, at + length))) found.push({ type: each.type, content: [...each.content] });
        at += length;
      }
      t.deepEqual(
        found,
        frames.map(({ type, content }) => ({ type, content: [...content] })),
      );
    }),
  );
});

test('a size is two short numbers, a signal one long', (t) => {
  t.deepEqual([...encodeNumbers(FRAMES.resize, 24, 80)], [4, 0, 0, 0, 35, 0, 0, 0, 24, 0, 80, 0]);
  t.deepEqual([...encodeNumbers(FRAMES.signal, 15)], [4, 0, 0, 0, 36, 0, 0, 0, 15, 0, 0, 0]);
});

test('a frame that is too long is refused before its content is waited for', (t) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(1 << 24, 0);
  t.throws(() => [...new FrameDecoder().push(bytes)], { message: /a frame of 16777216 bytes/ });
});
