/** A further program in a container, for a program: started, with streams, or run to its end, with what it printed. */
import { buffer } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import { startInContainer } from '../engine/exec.ts';
import { recordExecEnd } from '../engine/exec-events.ts';
import type { Engine } from '../engine/engine.ts';
import type { Container } from '../model/container.ts';
import { SIGKILL } from '../model/signals.ts';
import { MonitorClient } from '../process/monitor-client.ts';
import { parseSignal } from '../process/signals.ts';
import { toVariables } from './run-options.ts';

export interface ExecOptions {
  environment?: Readonly<Record<string, string>>;
  /** `name|uid[:group|gid]`; the container's where none is given. */
  user?: string;
  workingDirectory?: string;
  /** A terminal: stdout carries all output. */
  terminal?: boolean;
  /** All of root's capabilities on this host. */
  privileged?: boolean;
}

/** What a program came to. */
export interface ExecResult {
  /** Its exit code, or 128 + the signal that ended it. */
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** A program that runs beside a container's first one. It ends with the process that started it, however that goes. */
export class Exec implements AsyncDisposable {
  readonly #client: MonitorClient;
  /** When its end is written among the events. */
  readonly #told: Promise<void>;

  private constructor(client: MonitorClient, told: Promise<void>) {
    this.#client = client;
    this.#told = told;
    // Told by whoever waits for its end.
    told.catch(() => {});
  }

  /** @internal For `Box.spawn`. @throws TsrunError CONFLICT when the container doesn't run; NO_SUCH_COMMAND, NOT_EXECUTABLE */
  static async start(engine: Engine, container: Container, command: readonly string[], options: ExecOptions): Promise<Exec> {
    const { control, execId } = await startInContainer(
      engine,
      container,
      {
        command: [...command],
        environment: toVariables(options.environment ?? {}),
        user: options.user,
        workingDirectory: options.workingDirectory,
        terminal: options.terminal ?? false,
        privileged: options.privileged ?? false,
      },
      { openStdin: true, followsClient: true },
    );
    const client = new MonitorClient(control, { streams: ['stdin', 'stdout', 'stderr'], claimCleanup: true });
    return new Exec(
      client,
      client.ended.then((end) => recordExecEnd(engine, { container, execId }, end)),
    );
  }

  get stdin(): Writable {
    return this.#client.stdin;
  }

  /** Read both streams: what nobody reads makes the program wait. */
  get stdout(): Readable {
    return this.#client.stdout;
  }

  get stderr(): Readable {
    return this.#client.stderr;
  }

  /** Its exit code, or 128 + the signal that ended it. */
  async wait(): Promise<number> {
    const end = await this.#client.ended;
    await this.#told;
    // Its monitor was killed, and the program with it.
    return end.type === 'exited' ? end.status : 128 + SIGKILL;
  }

  /** Send it a signal: `TERM`, `SIGHUP`, `15`. @throws TsrunError CONFLICT when it ended, INVALID_ARGUMENT */
  async signal(name: string): Promise<void> {
    await this.#client.signal(parseSignal(name));
  }

  /** @throws TsrunError CONFLICT when it ended */
  resize(rows: number, columns: number): Promise<void> {
    return this.#client.resize(rows, columns);
  }

  /** Write `input` to its stdin, end that, and collect what it prints until it ends. */
  async collect(input?: string | Uint8Array): Promise<ExecResult> {
    this.stdin.end(input);
    const [stdout, stderr, exitCode] = await Promise.all([buffer(this.stdout), buffer(this.stderr), this.wait()]);
    return { exitCode, stdout, stderr };
  }

  /** End it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.signal(SIGKILL).catch(() => {});
    this.stdout.resume();
    this.stderr.resume();
    await this.#told;
    await this.#client[Symbol.asyncDispose]();
  }
}
