/** The engine as programs use it: `import { Engine } from 'tsrun'`. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine, storeOf, type Engine as EngineCore } from '../engine/engine.ts';
import { currentContainers } from '../engine/current.ts';
import { watchEvents } from '../engine/events.ts';
import { reclaimDead } from '../engine/reclaim.ts';
import { loadImages } from '../image/archive/load.ts';
import { pullImage } from '../image/pull/pull.ts';
import { parseReference } from '../image/reference/parse.ts';
import type { Container } from '../model/container.ts';
import { checkDeviceName } from '../model/device-name.ts';
import { TsrunError } from '../model/errors.ts';
import { Filters } from '../model/filters.ts';
import type { Image } from '../model/image.ts';
import type { PullEvent } from '../model/pull-event.ts';
import type { RequestedPlatform, RunListener } from '../model/run-request.ts';
import { MonitorClient } from '../process/monitor-client.ts';
import { runContainer } from '../run.ts';
import type { RecordedEvent } from '../state/events.ts';
import { DEFAULT_BRIDGE, DEFAULT_ROOT, DEFAULT_STATE } from '../state/paths.ts';
import { Box } from './box.ts';
import { toRunRequest, type RunOptions } from './run-options.ts';

/** Which engine: engines with different roots, states and bridges live side by side. */
export interface EngineSettings {
  /** Where images and containers are kept: `/var/lib/tsrun`, or the environment's TSRUN_ROOT. */
  root?: string;
  /** What ends with the boot: `/run/tsrun`, or TSRUN_STATE. */
  state?: string;
  /** Name of the bridge: `tsrun0`, or TSRUN_BRIDGE. */
  bridge?: string;
  /** Registries (host or host:port) spoken to over plain HTTP or with an unknown certificate. */
  insecureRegistries?: readonly string[];
  /** Mirrors of docker.io, asked first. */
  registryMirrors?: readonly string[];
  /** Most bytes that one layer may unpack to; 64 GiB. */
  maxLayerSize?: number;
  /** Most files and directories in one layer; five million. */
  maxLayerEntries?: number;
}

/** A pull as it is asked for. */
export interface PullSettings extends Pick<Listeners, 'onPull'> {
  /** Which of an image's platforms; this machine's where none is given. */
  platform?: RequestedPlatform;
  /** Ends the pull; nothing half-done stays. */
  abort?: AbortSignal;
}

/** What is told while a run or a pull goes on. */
export interface Listeners {
  /** How the image's pull goes. */
  onPull?(event: PullEvent): void;
  /** Something was asked for that this kernel can't do, and the run goes on without: one sentence. */
  onWarning?(message: string): void;
}

declare const TSRUN_BUNDLE: boolean | undefined;

/** The command line's bundle, from the API's bundle beside it, or from this file. */
const PROGRAM = typeof TSRUN_BUNDLE !== 'undefined' && TSRUN_BUNDLE ? './tsrun.cjs' : '../../dist/tsrun.cjs';

/** The containers, images and volumes of one data root, and the ways to make more of them. */
export class Engine implements AsyncDisposable {
  readonly #core: EngineCore;
  readonly #boxes = new Map<Box, Promise<unknown>>();
  /** Runs and pulls that are not there yet. */
  readonly #pending = new Set<Promise<unknown>>();
  #disposal = new AbortController();

  /** Nothing is opened or made before the first call. @throws TsrunError INVALID_ARGUMENT for a bridge that no device can be called */
  constructor(settings: EngineSettings = {}) {
    const { maxLayerSize, maxLayerEntries } = settings;
    const { TSRUN_ROOT, TSRUN_STATE, TSRUN_BRIDGE } = process.env;
    this.#core = createEngine({
      // From here: the programs that outlive a call stand elsewhere.
      root: resolve(settings.root ?? (TSRUN_ROOT || DEFAULT_ROOT)),
      state: resolve(settings.state ?? (TSRUN_STATE || DEFAULT_STATE)),
      bridge: checkBridge(settings.bridge ?? (TSRUN_BRIDGE || DEFAULT_BRIDGE)),
      debug: false,
      logFormat: 'text',
      insecureRegistries: [...(settings.insecureRegistries ?? [])],
      registryMirrors: [...(settings.registryMirrors ?? [])],
      maxLayerSize,
      maxLayerEntries,
      program: [process.execPath, fileURLToPath(new URL(PROGRAM, import.meta.url))],
    });
  }

  /**
   * Run a program in a new container. It ends with this process at the latest, and is removed at its end unless `keep` is set.
   * @returns when the program runs
   * @throws TsrunError with the step that failed; then nothing is left but, with `keep`, the container's record; an AbortError when
   *   `abort` ended the pull, or the engine's end did
   */
  async run(options: RunOptions, listeners: Listeners = {}): Promise<Box> {
    return await this.#untilDisposed(options.abort, async (abort) => await this.#run({ ...options, abort }, listeners));
  }

  /** Do what an end of this engine has to wait for. `abort` and that end both abort it. */
  async #untilDisposed<Result>(abort: AbortSignal | undefined, work: (abort: AbortSignal) => Promise<Result>): Promise<Result> {
    const { signal } = this.#disposal;
    const working = work(abort === undefined ? signal : AbortSignal.any([signal, abort]));
    this.#pending.add(working);
    try {
      return await working;
    } finally {
      this.#pending.delete(working);
    }
  }

  async #run(options: RunOptions, listeners: Listeners): Promise<Box> {
    reclaimDead(this.#core, (problem) => listeners.onWarning?.(problem));
    const request = toRunRequest(options);
    const started = Promise.withResolvers<Box>();
    const listener: RunListener = {
      pull: (event) => listeners.onPull?.(event),
      warning: (message) => listeners.onWarning?.(message),
    };
    const finished = runContainer(this.#core, request, listener, (streams, container, { control }) => {
      const client = new MonitorClient(control, { streams, claimCleanup: true });
      started.resolve(Box.attached(this.#core, container, client, finished));
      return client.ended;
    });
    // What fails before the program runs is told by `run`, what fails after it by `wait`.
    finished.catch((error: unknown) => started.reject(error));
    const box = await started.promise;
    const forget = (): boolean => this.#boxes.delete(box);
    this.#boxes.set(box, finished.then(forget, forget));
    return box;
  }

  /**
   * Pull an image, whether it is here or not.
   * @throws TsrunError INVALID_REFERENCE, NOT_FOUND, UNAUTHORIZED, REGISTRY, NETWORK, NO_SPACE, …; an AbortError when `abort` ended it
   */
  async pull(reference: string, options: PullSettings = {}): Promise<Image> {
    const { insecureRegistries, registryMirrors } = this.#core.options;
    const report = (event: PullEvent): void => options.onPull?.(event);
    return await this.#untilDisposed(options.abort, async (signal) => {
      // With a signal, always: a program's own are not ours to listen to.
      const wish = { platform: options.platform, insecureRegistries, registryMirrors, signal };
      return await pullImage(storeOf(this.#core), parseReference(reference), wish, report);
    });
  }

  /**
   * Load the images of a docker-archive or OCI archive, plain or compressed.
   * @param path of the file
   * @throws TsrunError NOT_FOUND, CORRUPT, HOSTILE, DIGEST_MISMATCH, UNSUPPORTED, NO_SPACE; images that were loaded before stay
   */
  async load(path: string): Promise<Image[]> {
    return await loadImages(storeOf(this.#core), path, () => {});
  }

  /** All containers of this engine, whoever started them, as they are now. */
  containers(): Container[] {
    reclaimDead(this.#core);
    return currentContainers(this.#core);
  }

  /**
   * What happens to containers, images and volumes of this engine, whoever does it, from now on or from `since` (milliseconds since
   * 1970); for ever, or until `until`. Leave the loop to end it.
   */
  events({ since, until }: { since?: number; until?: number } = {}): AsyncGenerator<RecordedEvent> {
    return watchEvents(this.#core, { filters: new Filters(), since, until });
  }

  /** End the containers that were started here, and what is being pulled, and close what is open. @throws what failed first */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposal.abort();
    await Promise.allSettled(this.#pending);
    this.#disposal = new AbortController();
    const boxes = [...this.#boxes];
    const ends = await Promise.allSettled(boxes.map(([box]) => box[Symbol.asyncDispose]()));
    await Promise.all(boxes.map(([, forgotten]) => forgotten));
    this.#core.close();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }
}

function checkBridge(name: string): string {
  try {
    return checkDeviceName(name);
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', `invalid bridge ${JSON.stringify(name)}: ${(error as Error).message}`, { cause: error });
  }
}
