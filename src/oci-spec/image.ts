/** The OCI image specification's documents as types. Source: image-spec 1.1: descriptor.md, manifest.md, image-index.md, config.md. */

/** `sha256:` and 64 hex digits, or another algorithm's. */
export type OciDigest = `${string}:${string}`;

export interface OciDescriptor {
  mediaType: string;
  digest: OciDigest;
  /** Bytes. */
  size: number;
  urls?: string[];
  annotations?: Record<string, string>;
  /** The content itself, base64. */
  data?: string;
  artifactType?: string;
}

export interface OciPlatform {
  architecture: string;
  os: string;
  'os.version'?: string;
  'os.features'?: string[];
  variant?: string;
}

export interface OciManifest {
  schemaVersion: 2;
  mediaType?: string;
  artifactType?: string;
  config: OciDescriptor;
  layers: OciDescriptor[];
  subject?: OciDescriptor;
  annotations?: Record<string, string>;
}

export interface OciIndex {
  schemaVersion: 2;
  mediaType?: string;
  artifactType?: string;
  manifests: (OciDescriptor & { platform?: OciPlatform })[];
  subject?: OciDescriptor;
  annotations?: Record<string, string>;
}

/** How an image is run: Docker's capitals. */
export interface OciImageRunConfig {
  User?: string;
  ExposedPorts?: Record<string, object> | null;
  Env?: string[] | null;
  Entrypoint?: string[] | null;
  Cmd?: string[] | null;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  ArgsEscaped?: boolean;
}

export interface OciImageConfig extends OciPlatform {
  created?: string;
  author?: string;
  config?: OciImageRunConfig;
  rootfs: { type: 'layers'; diff_ids: OciDigest[] };
  history?: { created?: string; author?: string; created_by?: string; comment?: string; empty_layer?: boolean }[];
}
