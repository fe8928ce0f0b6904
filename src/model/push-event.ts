/** What a push tells while it goes on, as plain data. `renderer.ts` makes Docker's text of it. */
import type { Digest } from './image.ts';

export type PushStatus =
  | 'Preparing'
  | 'Waiting'
  | 'Pushing'
  | 'Retrying'
  | 'Pushed'
  | 'Layer already exists'
  | 'Skipped foreign layer'
  /** Another repository of the same registry had it. */
  | `Mounted from ${string}`;

export type PushEvent =
  /** `The push refers to repository [docker.io/library/x]` */
  | { type: 'refersTo'; repository: string }
  /** One layer's state; `id` is the first 12 digits of its diff ID. Bytes with Pushing; seconds with Retrying. */
  | { type: 'layer'; id: string; status: PushStatus; current?: number; total?: number; seconds?: number }
  /** `latest: digest: sha256:… size: 527`: the manifest's. */
  | { type: 'pushed'; tag: string; digest: Digest; size: number };

/** Hears of a push. Must not throw. */
export type PushReporter = (event: PushEvent) => void;
