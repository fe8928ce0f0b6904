/** Words of the command line that `inspect` tells again. Nothing in here changes what a container does: what they mean is elsewhere. */

/** A mount in the fields of `--mount` and of the Engine API. */
export interface MountSpec {
  type: string;
  source: string;
  target: string;
  readOnly: boolean;
  consistency?: string;
  propagation?: string;
  /** `bind-nonrecursive`, `bind-recursive`. */
  below?: 'unbound' | 'writable' | 'readonly';
  noCopy?: boolean;
  labels?: Record<string, string>;
  tmpfsSize?: number;
  tmpfsMode?: number;
}

export interface AsGiven {
  cidfile: string;
  cgroupParent: string;
  isolation: string;
  volumeDriver: string;
  /** `host`, or nothing: both are the host's user namespace. */
  usernsMode: string;
  /** `NAME[:ro]` */
  volumesFrom: string[];
  /** Each `-v` that has a source. */
  binds: string[];
  mounts: MountSpec[];
  /** With the text of a seccomp profile instead of its path. */
  securityOptions: string[];
  /** `--no-healthcheck` */
  noHealthcheck: boolean;
}

/** For whoever has no command line. */
export const NOTHING_GIVEN: Readonly<AsGiven> = {
  cidfile: '',
  cgroupParent: '',
  isolation: '',
  volumeDriver: '',
  usernsMode: '',
  volumesFrom: [],
  binds: [],
  mounts: [],
  securityOptions: [],
  noHealthcheck: false,
};
