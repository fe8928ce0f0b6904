/** A container that a program started: its streams, its end, more programs in it; gone when it is disposed of. */
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { copyFromHost } from '../engine/copy/copy-in.ts';
import { copyToHost } from '../engine/copy/copy-out.ts';
import { wholePath } from '../engine/copy/paths.ts';
import { currentContainer } from '../engine/current.ts';
import { sessionEvents } from '../engine/session-events.ts';
import { containerLogs, LOOK_AGAIN_MS } from '../engine/logs.ts';
import { DEFAULT_STOP_TIMEOUT } from '../model/container-defaults.ts';
import type { Container, PublishedPort } from '../model/container.ts';
import type { RunResult } from '../model/run-request.ts';
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
  readonly #client: MonitorClient;
  readonly #finished: Promise<RunResult>;

  /** Made by `Engine.run`. */
  constructor(engine: Engine, container: Container, client: MonitorClient, finished: Promise<RunResult>) {
    this.id = container.id;
    this.name = container.name;
    this.#engine = engine;
    this.#client = client;
    this.#finished = finished;
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
    const { state } = this.#container();
    return state.status === 'running' ? state.address : undefined;
  }

  /** Its published ports, with the host's ports as they were settled; none when it has ended. */
  get ports(): readonly PublishedPort[] {
    const { state } = this.#container();
    return state.status === 'running' ? state.ports : [];
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

  /** Run a program in it to its end. @throws TsrunError CONFLICT when the container has ended; NO_SUCH_COMMAND, NOT_EXECUTABLE */
  async exec(command: readonly string[], options: ExecOptions & { input?: string | Uint8Array } = {}): Promise<ExecResult> {
    await using program = await this.spawn(command, options);
    return await program.collect(options.input);
  }

  /** Start a program in it, with streams. @throws as `exec` */
  spawn(command: readonly string[], options: ExecOptions = {}): Promise<Exec> {
    return Exec.start(this.#engine, this.#container(), command, options);
  }

  /** Send its program a signal: `TERM`, `SIGHUP`, `15`. @throws TsrunError CONFLICT when it has ended, INVALID_ARGUMENT */
  signal(name: string): Promise<void> {
    return this.#client.signal(parseSignal(name));
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

  /** Ask it to end by its stop signal, and make it after `timeoutSeconds`. Fine where it has ended. */
  async stop(timeoutSeconds: number = DEFAULT_STOP_TIMEOUT): Promise<BoxEnd> {
    this.ignoreOutput();
    await this.#client.signal(parseSignal(this.#container().config.stopSignal)).catch(ended);
    const timer = setTimeout(() => void this.#client.signal(SIGKILL).catch(ended), timeoutSeconds * 1000);
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

  #container(): Container {
    return currentContainer(this.#engine, this.id);
  }
}

const SIGKILL = 9;

/** It ended by itself in between. */
const ended = (): void => {};
