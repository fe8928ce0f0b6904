/** What a pull tells while it goes on, as plain data. `renderer.ts` makes Docker's text of it. */
import type { Digest } from './image.ts';

export type LayerStatus =
  | 'Already exists'
  | 'Pulling fs layer'
  | 'Waiting'
  | 'Downloading'
  | 'Verifying Checksum'
  | 'Download complete'
  | 'Extracting'
  | 'Pull complete'
  | 'Retrying';

export type PullEvent =
  /** `Unable to find image 'x:latest' locally` */
  | { type: 'missing'; name: string }
  /** `Using default tag: latest` */
  | { type: 'defaultTag'; tag: string }
  /** `20.04: Pulling from library/ubuntu` */
  | { type: 'from'; tagOrDigest: string; repository: string }
  /** One layer's state; `id` is the first 12 digits of its blob. Bytes with Downloading and Extracting; seconds with Retrying. */
  | { type: 'layer'; id: string; status: LayerStatus; current?: number; total?: number; seconds?: number }
  /** `Digest: sha256:…`: what the registry has under the name (an index's, where there is one). */
  | { type: 'digest'; digest: Digest }
  /** `Status: Downloaded newer image for x`, or `Image is up to date` */
  | { type: 'status'; isNewer: boolean; name: string };

/** Hears of a pull. Must not throw. */
export type PullReporter = (event: PullEvent) => void;
