/** Images as plain data. Source: OCI image-spec 1.1, config.md and manifest.md; Docker image specification v1.2. */

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: Platform;
  annotations?: Record<string, string>;
}

export interface Platform {
  architecture: string;
  os: string;
  variant?: string;
  'os.version'?: string;
}

/** The part of an image's config that says how to run it; Docker's capitals. */
export interface ImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, object>;
  Env?: string[];
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  Hostname?: string;
  Healthcheck?: { Test?: string[]; Interval?: number; Timeout?: number; StartPeriod?: number; StartInterval?: number; Retries?: number };
  Shell?: string[];
  /** Instructions for a build that begins with the image. */
  OnBuild?: string[] | null;
}

export interface ImageHistory {
  created?: string;
  created_by?: string;
  author?: string;
  comment?: string;
  empty_layer?: boolean;
}

/** An image's config blob. */
export interface ImageConfig {
  architecture: string;
  os: string;
  variant?: string;
  created?: string;
  author?: string;
  config?: ImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: Digest[] };
  history?: ImageHistory[];
}

/** An image that is here, whole. */
export interface Image {
  /** Digest of the config. */
  id: Digest;
  manifestDigest: Digest;
  config: ImageConfig;
  /** Bytes, as `docker images` counts: regular files of all layers. */
  size: number;
  /** Chain IDs from the bottom up: the names of the layer directories. */
  layers: Digest[];
  addedAt: string;
  /** The image it was committed or built from, where that was here then. */
  parent?: Digest;
}
