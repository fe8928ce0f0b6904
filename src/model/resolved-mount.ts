/** A container's mounts when all that they name was found or made on the host. */

/** A mount with its source on the host: volumes are binds by now. */
export type ResolvedMount =
  | {
      type: 'bind';
      source: string;
      target: string;
      readOnly: boolean;
      /** rprivate where it is undefined. */
      propagation?: string | undefined;
      /** What of the mounts below `source`; undefined: they come along, and are read-only with it. */
      below?: 'unbound' | 'writable' | undefined;
    }
  /** `options` as `--tmpfs` has them, comma-separated. */
  | { type: 'tmpfs'; target: string; options: string; readOnly?: boolean | undefined };
