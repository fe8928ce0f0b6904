/** What a monitor and its clients say to each other, as bytes: native/protocol.h in TypeScript (a test compares the two). */
import { TsrunError } from '../model/errors.ts';

/** Frames that a client of a running container sends or gets. */
export const FRAMES = {
  stdout: 5,
  stderr: 6,
  exit: 7,
  stdinTaken: 8,
  answer: 9,
  skipped: 10,
  attach: 32,
  stdin: 33,
  stdinEnd: 34,
  resize: 35,
  signal: 36,
  wait: 37,
  detach: 38,
  outputGone: 40,
} as const;

/** Bits of an attach frame. */
export const ATTACH = { stdin: 1, stdout: 2, stderr: 4, claim: 8 } as const;

/** Bytes of stdin that may be on their way before the monitor says that some were taken. */
export const STDIN_WINDOW = 32_768;
/** The longest frame that a monitor sends. */
const FRAME_LONGEST = 65_536;

const HEADER = 8;

export interface Frame {
  type: number;
  content: Buffer;
}

/** A frame as bytes, in the machine's order: both machines we build for are little-endian. */
export function encodeFrame(type: number, content: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + content.length);
  bytes.writeUInt32LE(content.length, 0);
  bytes.writeUInt32LE(type, 4);
  bytes.set(content, HEADER);
  return bytes;
}

/** A frame of one or two numbers: 32 bits one, 16 bits two (a size in rows and columns). */
export function encodeNumbers(type: number, ...numbers: readonly [number] | readonly [number, number]): Buffer {
  const content = Buffer.alloc(4);
  if (numbers.length === 1) content.writeUInt32LE(numbers[0]);
  else numbers.forEach((number, index) => content.writeUInt16LE(number, index * 2));
  return encodeFrame(type, content);
}

/** Takes a stream apart into frames, however its bytes come. */
export class FrameDecoder {
  #rest: Buffer = Buffer.alloc(0);

  /**
   * The frames that end in `bytes`.
   * @throws TsrunError INTERNAL for a frame that no monitor sends
   */
  *push(bytes: Buffer): Generator<Frame, void, void> {
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (all.length >= HEADER) {
      const length = all.readUInt32LE(0);
      const type = all.readUInt32LE(4);
      // Only the start report, which comes before all else, may be longer; whoever started the monitor has read it.
      if (length > FRAME_LONGEST) throw new TsrunError('INTERNAL', `a monitor sent a frame of ${length} bytes, type ${type}`);
      if (all.length < HEADER + length) break;
      const content = all.subarray(HEADER, HEADER + length);
      all = all.subarray(HEADER + length);
      // Set before the caller takes it: it may stop here and come back.
      this.#rest = all;
      yield { type, content };
    }
    this.#rest = all;
  }
}
