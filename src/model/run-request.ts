/**
 * What a face asks of the engine: the options of the engine itself, and a run as it was asked for, before the image's
 * defaults are merged in (`container/merge-image.ts` makes a `ContainerConfig` of it).
 */
import type { ContainerConfig } from './container.ts';
import type { StepNumber } from './errors.ts';
import type { Plan } from './plan.ts';
import type { PullEvent } from './pull-event.ts';

/** The words before the command, or the environment's TSRUN_… of the same names. */
export interface EngineOptions {
  /** Data root: `--root`, TSRUN_ROOT. */
  root: string;
  /** What dies with the boot: `--state`, TSRUN_STATE. */
  state: string;
  /** Name of the default network's bridge device: `--bridge`, TSRUN_BRIDGE. */
  bridge: string;
  /** Show stacks and causes: `--debug`, TSRUN_DEBUG. */
  debug: boolean;
  /** Form of error and log lines: `--log-format`, TSRUN_LOG_FORMAT. */
  logFormat: 'json' | 'text';
  /** Registries (host or host:port) spoken to over plain HTTP or with an unknown certificate: `--insecure-registry`. */
  insecureRegistries: string[];
  /** Mirrors of docker.io, asked first: `--registry-mirror`. */
  registryMirrors: string[];
  /** Most bytes that one layer may inflate to, against decompression bombs: `--max-layer-size`, TSRUN_MAX_LAYER_SIZE. 64 GiB where it isn't given. */
  maxLayerSize?: number | undefined;
  /** Most entries of one layer: `--max-layer-entries`, TSRUN_MAX_LAYER_ENTRIES. Five million where it isn't given. */
  maxLayerEntries?: number | undefined;
  /** How to call tsrun, for what a container's end needs: Node.js and its script. This process's own, where none is given. */
  program?: readonly [string, string];
}

/** When to ask the registry: `--pull`. */
export type PullPolicy = 'missing' | 'always' | 'never';

/** `--platform`, e.g. linux/arm64/v8. */
export interface RequestedPlatform {
  os: string;
  architecture: string;
  variant: string | undefined;
}

/**
 * A container's config as the command line gives it. What is undefined (or empty, where that is said) comes from the
 * image or from a default. Names of other containers are as typed: nothing was looked up.
 */
export type RequestedConfig = Omit<
  ContainerConfig,
  'image' | 'imageId' | 'entrypoint' | 'user' | 'workingDirectory' | 'hostname' | 'links'
> & {
  /** undefined: the image's. []: none (`--entrypoint ''`); the image's command is dropped with it. */
  entrypoint: string[] | undefined;
  /** Words after the image; [] is the image's command, unless `entrypoint` was given. */
  // command: string[] as in ContainerConfig
  /** `NAME=value`, or `NAME` alone, which removes the image's. Later ones win. */
  // environment: string[]
  user: string | undefined;
  workingDirectory: string | undefined;
  /** undefined: the short ID, or the host's name with the host's network or UTS. */
  hostname: string | undefined;
  links: RequestedLink[];
  volumesFrom: VolumesFrom[];
};

/** `--link TARGET[:ALIAS]` */
export interface RequestedLink {
  target: string;
  alias: string;
}

/** `--volumes-from TARGET[:ro]` */
export interface VolumesFrom {
  target: string;
  readOnly: boolean;
}

/** `run` and `create`: one container, as asked for. */
export interface RunRequest {
  /** The image as typed: a reference, or an image ID or its prefix. */
  image: string;
  /** `--name`, checked for its letters only; undefined: a random one. */
  name: string | undefined;
  config: RequestedConfig;
  /** File that is to get the full ID; it must not exist. */
  cidfile: string | undefined;
  pull: PullPolicy;
  platform: RequestedPlatform | undefined;
  /** Say nothing about a pull. */
  quiet: boolean;
  /** `-d`: print the ID and leave. `config.attach` is empty then. */
  detach: boolean;
  /** Bytes that detach a terminal; empty is none. */
  detachKeys: Uint8Array;
  /** Hand signals on to PID 1 (without a terminal only, as Docker). */
  signalProxy: boolean;
  /** Trace every step and call (`--explain`); the listener is set by the face. */
  explain: boolean;
  /** Print the plan, make nothing. */
  dryRun: boolean;
  /** The kernel ends the container when the process that started it goes, however it goes. */
  endsWithCaller?: boolean;
  /** Ends a pull; where none is given, SIGINT, SIGTERM and SIGHUP do. */
  abort?: AbortSignal;
}

/** How a run ended, for the face that called. */
export interface RunResult {
  id: string;
  /** PID 1's, or 128 + signal; 0 for a detached run, or one whose client detached. */
  exitCode: number;
}

/** What a run tells its caller while it goes on. All of it goes to stderr in the CLI. */
export interface RunListener {
  /** The image isn't here, and how its pull goes. */
  pull?(event: PullEvent): void;
  /** There is a container, whatever comes of its start. */
  created?(id: string): void;
  /** Something was asked for that this kernel can't do, and the run goes on without: one sentence. */
  warning?(message: string): void;
}

/** A run as it would be made (`--dry-run`): what each step would do, and the plan of the sixth. */
export interface PlannedRun {
  steps: { step: StepNumber; title: string; calls: string[] }[];
  plan: Plan;
}
