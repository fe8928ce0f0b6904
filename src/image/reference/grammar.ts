/**
 * The grammar of image references, one pattern a part. Source: the reference grammar of the distribution project, which
 * Docker uses. All patterns are anchored and linear (no nested repetition over the same characters).
 */

/** A host with an optional port: `localhost:5000`, `registry.example.com`, `[::1]:5000`. */
export const DOMAIN: RegExp =
  /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(?::[0-9]+)?$/;

/** One component of a repository's path: `library`, `my-app`, `a__b`. */
export const PATH_COMPONENT: RegExp = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

export const TAG: RegExp = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Any digest the grammar knows; which algorithms we can check is another matter. */
export const ANY_DIGEST: RegExp = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

export const SHA256_DIGEST: RegExp = /^sha256:[0-9a-f]{64}$/;

/** An image ID written out: as a repository's name it would be ambiguous. */
export const WHOLE_IMAGE_ID: RegExp = /^[0-9a-f]{64}$/;

/** Longest path of a repository. */
export const LONGEST_PATH = 255;
