/**
 * A client of a running container's monitor that doesn't block: streams for the container's stdin, stdout and stderr, resize,
 * signals, and a promise of the end. The CLI attaches in native code (docs/decisions/native-attach-loop.md), one session a
 * process; a program has any number of these. Backpressure holds all the way: who doesn't read makes the container wait.
 */
import { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { native, type AttachResult } from '../kernel/native.ts';
import { TsrunError } from '../model/errors.ts';
import { ATTACH, encodeFrame, encodeNumbers, FrameDecoder, FRAMES, STDIN_WINDOW, type Frame } from './monitor-frames.ts';

export type StreamName = 'stdin' | 'stdout' | 'stderr';

export interface ClientAttachment {
  streams: readonly StreamName[];
  /** This client reclaims the container when it ends: the monitor leaves that to it, as long as it is there. */
  claimCleanup?: boolean;
}

/** What waits until the monitor takes more of stdin. */
interface PendingInput {
  bytes: Buffer;
  done: (error?: Error | null) => void;
}

export class MonitorClient implements AsyncDisposable {
  /** Ends the container's stdin when it ends. Destroyed when the container ends before it took all. */
  readonly stdin: Writable;
  /** Both end when the container does. Read them: what nobody reads makes the container wait, and the end with it. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended, told when the monitor is gone where this client reclaims; never rejected. `lost`: the monitor was killed, or gave this client up because it read too slowly. */
  readonly ended: Promise<AttachResult>;

  /**
   * The two directions of one socket, each with a descriptor of its own: a write that fails because the monitor has ended must not
   * lose what it said before.
   */
  readonly #reader: Socket;
  readonly #writer: Socket;
  readonly #decoder = new FrameDecoder();
  readonly #answers: ((errno: number) => void)[] = [];
  /** Frames that came while a stream was full. */
  #waiting: Frame[] = [];
  readonly #full = new Set<Readable>();
  #skipped = 0;
  #window = STDIN_WINDOW;
  #input: PendingInput | undefined;
  #end: AttachResult | undefined;
  /** What the monitor said last, where this client reclaims: it may begin when the monitor is gone, and its lock free. */
  #lastWord: AttachResult | undefined;
  readonly #claims: boolean;
  #tellEnd: (end: AttachResult) => void = () => {};

  /**
   * Take part in a container.
   * @param control the socket that `spawnMonitor` gave, after `awaitStarted`; it is this client's from now on
   */
  constructor(control: number, attachment: ClientAttachment) {
    this.ended = new Promise((resolve) => (this.#tellEnd = resolve));
    this.#claims = attachment.claimCleanup === true;
    this.stdin = new Writable({
      write: (bytes: Buffer, _encoding, done) => this.#write({ bytes, done }),
      final: (done) => {
        this.#send(encodeFrame(FRAMES.stdinEnd));
        done();
      },
    });
    this.stdout = this.#outputStream(ATTACH.stdout, attachment.streams.includes('stdout'));
    this.stderr = this.#outputStream(ATTACH.stderr, attachment.streams.includes('stderr'));
    // An end that nobody awaits, or a pipe whose other end went, is no crash of the caller's program.
    this.stdin.on('error', () => {});
    if (!attachment.streams.includes('stdin')) this.stdin.destroy();
    this.#writer = new Socket({ fd: native().dup(control), readable: false, writable: true });
    this.#writer.on('error', () => {});
    this.#reader = new Socket({ fd: control, readable: true, writable: false });
    this.#reader.on('data', (bytes: Buffer) => this.#receive(bytes));
    // A reset is an end too: the monitor was killed with our bytes unread.
    this.#reader.on('error', () => {});
    this.#reader.on('close', () => this.#finish(this.#lastWord ?? { type: 'lost' }));
    const streams = attachment.streams.reduce((bits, name) => bits | ATTACH[name], 0);
    const claim = this.#claims ? ATTACH.claim : 0;
    this.#send(streams === 0 && claim === 0 ? encodeFrame(FRAMES.wait) : encodeNumbers(FRAMES.attach, streams | claim));
  }

  /**
   * Join a container through its monitor's socket, `${state}/containers/ID/monitor.sock`, however long that path is.
   * @throws ENOENT or ECONNREFUSED, as Node's: it doesn't run (any more)
   */
  static connect(socketPath: string, attachment: ClientAttachment): MonitorClient {
    return new MonitorClient(native().connectMonitor(socketPath), attachment);
  }

  /** Set the size of the container's terminal. The answer comes behind output that waits to be read. @throws TsrunError CONFLICT when the container ended */
  resize(rows: number, columns: number): Promise<void> {
    return this.#ask(encodeNumbers(FRAMES.resize, rows, columns), 'ioctl');
  }

  /** Send PID 1 a signal. @throws TsrunError CONFLICT when the container ended, KERNEL for a number that is no signal */
  signal(number: number): Promise<void> {
    return this.#ask(encodeNumbers(FRAMES.signal, number), 'pidfd_send_signal');
  }

  /** Leave the container running, its stdin open. `ended` tells `detached`. */
  detach(): void {
    if (this.#end !== undefined) return;
    this.#send(encodeFrame(FRAMES.detach));
    this.#finish({ type: 'detached' });
  }

  /** Detach, and wait until the socket is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.detach();
    await Promise.all([closed(this.#reader), closed(this.#writer)]);
  }

  #outputStream(bit: number, attached: boolean): Readable {
    const stream: Readable = new Readable({
      read: () => this.#drained(stream),
      destroy: (error, done) => {
        // Only one who stopped reading early: the monitor decides whether the program is to hear of it.
        if (this.#end === undefined) this.#send(encodeNumbers(FRAMES.outputGone, bit));
        this.#drained(stream);
        done(error);
      },
    });
    if (!attached) stream.push(null);
    return stream;
  }

  #send(bytes: Buffer): void {
    // A monitor that is gone is found out by reading; what it said before counts.
    if (this.#writer.writable) this.#writer.write(bytes);
  }

  #ask(request: Buffer, call: string): Promise<void> {
    if (this.#end !== undefined) return Promise.reject(notRunning(call));
    this.#send(request);
    return new Promise((resolve, reject) => {
      this.#answers.push((errno) => {
        if (errno === 0) resolve();
        else reject(errno === ESRCH ? notRunning(call) : new TsrunError('KERNEL', `${call} failed: errno ${errno}`, { call }));
      });
    });
  }

  #write(input: PendingInput): void {
    this.#input = input;
    this.#pump();
  }

  /** Send as much of stdin as the window allows; nothing while less than half of it is free (native/protocol.h says why). */
  #pump(): void {
    const input = this.#input;
    if (input === undefined || this.#window < STDIN_WINDOW / 2) return;
    const part = input.bytes.subarray(0, this.#window);
    if (part.length > 0) this.#send(encodeFrame(FRAMES.stdin, part));
    this.#window -= part.length;
    input.bytes = input.bytes.subarray(part.length);
    if (input.bytes.length > 0) return;
    this.#input = undefined;
    input.done();
  }

  #receive(bytes: Buffer): void {
    try {
      for (const frame of this.#decoder.push(bytes)) this.#waiting.push(frame);
    } catch (error) {
      this.#reader.destroy(error as Error);
      return;
    }
    this.#deliver();
  }

  /** Hand on what came, until a stream is full. */
  #deliver(): void {
    while (this.#full.size === 0) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      this.#take(frame);
    }
    if (this.#full.size > 0) this.#reader.pause();
    else this.#reader.resume();
  }

  #drained(stream: Readable): void {
    if (this.#full.delete(stream)) this.#deliver();
  }

  #take({ type, content }: Frame): void {
    switch (type) {
      case FRAMES.stdout:
        return this.#output(this.stdout, content);
      case FRAMES.stderr:
        return this.#output(this.stderr, content);
      case FRAMES.exit:
        this.#lastWord = { type: 'exited', status: content.readUInt32LE(0), oomKilled: content.readUInt32LE(4) !== 0 };
        return this.#claims ? undefined : this.#finish(this.#lastWord);
      case FRAMES.stdinTaken:
        this.#window += content.readUInt32LE(0);
        return this.#pump();
      case FRAMES.answer:
        return this.#answers.shift()?.(content.readInt32LE(0));
      case FRAMES.skipped:
        this.#skipped += Number(content.readBigUInt64LE(0));
        return;
      default:
      // What was told before we came.
    }
  }

  #output(stream: Readable, content: Buffer): void {
    if (stream.destroyed || stream.readableEnded) return;
    // A copy: the frame is a piece of a large buffer that would be kept as long as it.
    if (!stream.push(Buffer.from(content))) this.#full.add(stream);
  }

  #finish(end: AttachResult): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (const stream of [this.stdout, this.stderr]) if (!stream.destroyed && !stream.readableEnded) stream.push(null);
    this.#input = undefined;
    this.stdin.destroy();
    for (const answer of this.#answers.splice(0)) answer(ESRCH);
    this.#waiting = [];
    this.#reader.destroy();
    // What was said last (that we detach) still has to leave.
    this.#writer.destroySoon();
    this.#tellEnd(this.#skipped === 0 ? end : { ...end, skipped: this.#skipped });
  }
}

const ESRCH = 3;

const closed = (socket: Socket): Promise<void> =>
  socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once('close', () => resolve()));

function notRunning(call: string): TsrunError {
  return new TsrunError('CONFLICT', 'the container has ended', { call, errno: 'ESRCH' });
}
