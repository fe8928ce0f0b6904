/** How registries are spoken to. One plain object, so that tests (and faces) give another environment or shorter times. */

export interface RegistryOptions {
  /** Hosts, host:port or CIDR blocks that may be spoken to over plain HTTP, or whose certificate isn't checked. */
  readonly insecureRegistries: readonly string[];
  /** Base URLs asked before docker.io itself, in order. */
  readonly mirrors: readonly string[];
  /** HTTP_PROXY and its kin, HOME and DOCKER_CONFIG. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders with `<host[:port]>/*.crt`, and `*.cert` with `*.key`. */
  readonly certificateDirectories: readonly string[];
  readonly times: RegistryTimes;
  /** Ends everything under way. */
  readonly signal: AbortSignal | undefined;
}

/** Times in milliseconds, and how often. */
export interface RegistryTimes {
  /** From the request to the answer's headers. */
  answer: number;
  /** From an upload's last byte to the answer: the registry hashes and stores the blob meanwhile. */
  commit: number;
  /** Without a byte of the body. */
  stall: number;
  /** Tries of one request, and of a blob that makes no progress. */
  tries: number;
  /** The first wait before a retry; each next one is twice as long. */
  firstWait: number;
  /** The longest wait; a registry that asks for a longer one isn't waited for. */
  longestWait: number;
}

const DEFAULT_TIMES: RegistryTimes = { answer: 30_000, commit: 300_000, stall: 60_000, tries: 5, firstWait: 500, longestWait: 60_000 };

/** Docker's folder, and ours. */
const CERTIFICATE_DIRECTORIES = ['/etc/tsrun/certs.d', '/etc/docker/certs.d'];

/** Fill in what isn't given. */
export function registryOptions(
  given: Partial<Omit<RegistryOptions, 'times'>> & { times?: Partial<RegistryTimes> | undefined },
): RegistryOptions {
  return {
    insecureRegistries: given.insecureRegistries ?? [],
    mirrors: given.mirrors ?? [],
    environment: given.environment ?? process.env,
    certificateDirectories: given.certificateDirectories ?? CERTIFICATE_DIRECTORIES,
    times: { ...DEFAULT_TIMES, ...given.times },
    signal: given.signal,
  };
}
