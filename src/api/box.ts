/** A container that a program started: its streams, its end, more programs in it; gone when it is disposed of. */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { readContainer } from '../container/records.ts';
import { currentState } from '../container/states.ts';
import type { Engine } from '../engine/engine.ts';
import { copyFromHost } from '../engine/copy/copy-in.ts';
import { copyToHost } from '../engine/copy/copy-out.ts';
import { wholePath } from '../engine/copy/paths.ts';
import { currentContainer } from '../engine/current.ts';
import { sessionEvents } from '../engine/session-events.ts';
import { containerLogs, LOOK_AGAIN_MS } from '../engine/logs.ts';
import { DEFAULT_STOP_SIGNAL, DEFAULT_STOP_TIMEOUT } from '../model/container-defaults.ts';
import { isAlive, type Container, type PublishedPort, type RunningFacts } from '../model/container.ts';
import type { RunResult } from '../model/run-request.ts';
import { SIGKILL } from '../model/signals.ts';
import type { LogEntry } from '../process/log-entry.ts';
import type { MonitorClient } from '../process/monitor-client.ts';
import { parseSignal } from '../process/signals.ts';
import { Exec, type ExecOptions, type ExecResult } from './exec.ts';

/** Which part of a log. */
export interface LogsOptions {
  /** The last so many pieces; all where it isn't given. */
  tail?: number;
  /** Go on with what is written, until the container ends. */
  follow?: boolean;
  /** Ends the iteration with its reason. */
  abort?: AbortSignal;
}

/** How a container ended. */
export interface BoxEnd {
  /** Its program's exit code, or 128 + the signal that ended it. */
  exitCode: number;
}

/**
 * A container that ends with this process: the kernel closes the monitor's socket with it, whatever ended it, and the monitor
 * then ends the container and gives everything back.
 */
export class Box implements AsyncDisposable {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly #engine: Engine;
  readonly #stopSignal: string;
  readonly #client: MonitorClient;
  readonly #finished: Promise<RunResult>;

  private constructor(engine: Engine, container: Container, client: MonitorClient, finished: Promise<RunResult>) {
    this.id = container.id;
    this.name = container.name;
    this.#stopSignal = container.config.stopSignal ?? DEFAULT_STOP_SIGNAL;
    this.#engine = engine;
    this.#client = client;
    this.#finished = finished;
  }

  /** @internal For `Engine.run`. */
  static attached(engine: Engine, container: Container, client: MonitorClient, finished: Promise<RunResult>): Box {
    return new Box(engine, container, client, finished);
  }

  /** With `stdin: true`: ends the program's stdin when it ends. */
  get stdin(): Writable {
    return this.#client.stdin;
  }

  /** What the program prints from its start. Read it, or call `ignoreOutput`: what nobody reads makes the program wait. */
  get stdout(): Readable {
    return this.#client.stdout;
  }

  get stderr(): Readable {
    return this.#client.stderr;
  }

  /** Throw away what the program prints, from here on; its log keeps it. */
  ignoreOutput(): this {
    this.stdout.resume();
    this.stderr.resume();
    return this;
  }

  /** Its address on the bridge; undefined with another network, and when it has ended. */
  get address(): string | undefined {
    return this.#running()?.address;
  }

  /** Its published ports, with the host's ports as they were settled; none when it has ended. */
  get ports(): readonly PublishedPort[] {
    return this.#running()?.ports ?? [];
  }

  /** The host's port for a port of the container. @throws RangeError when it isn't published */
  hostPort(containerPort: number, protocol: PublishedPort['protocol'] = 'tcp'): number {
    const found = this.ports.find((port) => port.containerPort === containerPort && port.protocol === protocol);
    if (found === undefined) throw new RangeError(`port ${containerPort}/${protocol} of container ${this.name} is not published`);
    return found.hostPort;
  }

  /** When it has ended, and everything that it held is given back. @throws TsrunError when that failed */
  async wait(): Promise<BoxEnd> {
    const { exitCode } = await this.#finished;
    return { exitCode };
  }

  /**
   * Run a program in it to its end.
   * @throws TsrunError CONFLICT when the container has ended, NOT_FOUND when it was removed then; NO_SUCH_COMMAND, NOT_EXECUTABLE
   */
  async exec(command: readonly string[], options: ExecOptions & { input?: string | Uint8Array } = {}): Promise<ExecResult> {
    await using program = await this.spawn(command, options);
    return await program.collect(options.input);
  }

  /** Start a program in it, with streams. @throws as `exec` */
  async spawn(command: readonly string[], options: ExecOptions = {}): Promise<Exec> {
    return await Exec.start(this.#engine, this.#container(), command, options);
  }

  /** Send its program a signal: `TERM`, `SIGHUP`, `15`. @throws TsrunError CONFLICT when it has ended, INVALID_ARGUMENT */
  async signal(name: string): Promise<void> {
    await this.#client.signal(parseSignal(name));
  }

  /**
   * What it wrote, each piece with its stream and time, as its log keeps it: what is there, and with `follow` what comes, until it ends.
   * Leave the loop to end it sooner.
   * @throws TsrunError UNSUPPORTED for a driver that can't be read, NOT_FOUND when it ended and was removed; the reason of `abort`
   */
  async *logs({ tail, follow = false, abort }: LogsOptions = {}): AsyncGenerator<LogEntry, void, void> {
    for (const entry of containerLogs(this.#engine, this.#container(), { tail, follow })) {
      abort?.throwIfAborted();
      if (entry !== undefined) yield entry;
      // Woken early it is aborted, which is thrown above or, where nothing comes any more, below.
      else await sleep(LOOK_AGAIN_MS, undefined, { signal: abort }).catch(() => {});
    }
    abort?.throwIfAborted();
  }

  /** Copy a file or directory of the host into it, as `tsrun cp` does. @throws TsrunError NOT_FOUND, INVALID_ARGUMENT, CONFLICT */
  async copyIn(hostPath: string, containerPath: string): Promise<void> {
    const request = { path: containerPath, archive: false };
    await copyFromHost(this.#engine, this.#container(), request, wholePath(process.cwd(), hostPath), false);
  }

  /** Copy a file or directory of it to the host. @throws as `copyIn` */
  async copyOut(containerPath: string, hostPath: string): Promise<void> {
    const request = { path: containerPath, followLink: false };
    await copyToHost(this.#engine, this.#container(), request, wholePath(process.cwd(), hostPath));
  }

  /** Set the size of its terminal. @throws TsrunError CONFLICT when it has ended */
  async resize(rows: number, columns: number): Promise<void> {
    await this.#client.resize(rows, columns);
    sessionEvents(this.#engine, this.#container()).resized(rows, columns);
  }

  /**
   * Ask it to end by its stop signal, and make it after `timeoutSeconds`; with Infinity, never. Fine where it has ended.
   * @throws RangeError for a time below 0; TsrunError as `wait`
   */
  async stop(timeoutSeconds: number = DEFAULT_STOP_TIMEOUT): Promise<BoxEnd> {
    if (!(timeoutSeconds >= 0)) throw new RangeError(`a container can't be given ${timeoutSeconds} seconds to end`);
    this.ignoreOutput();
    await this.#client.signal(parseSignal(this.#stopSignal)).catch(ended);
    // Node takes what is longer for no time at all.
    const isBounded = timeoutSeconds * 1000 <= LONGEST_TIMER_MS;
    const timer = isBounded ? setTimeout(() => void this.#client.signal(SIGKILL).catch(ended), timeoutSeconds * 1000) : undefined;
    try {
      return await this.wait();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kill it, if it still runs, and wait until everything is given back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.ignoreOutput();
    await this.#client.signal(SIGKILL).catch(ended);
    await this.wait();
  }

  /** What is known of its program while that is there; also of one that was frozen. */
  #running(): RunningFacts | undefined {
    const found = readContainer(this.#engine.database(), this.id);
    const state = found === undefined ? undefined : currentState(this.#engine.paths, found);
    return state !== undefined && isAlive(state) ? state : undefined;
  }

  #container(): Container {
    return currentContainer(this.#engine, this.id);
  }
}

/** 24 days. */
const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** It ended by itself in between. */
const ended = (): void => {};
