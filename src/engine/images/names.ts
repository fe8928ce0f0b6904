/** Canonical names of images (image_names.name) taken apart, where only their form matters. */

/** Whether a name has a tag; else it has a digest. */
export const isTag = (name: string): boolean => !name.includes('@');

/** `docker.io/library/ubuntu` of `docker.io/library/ubuntu:20.04`. */
export function repositoryOf(name: string): string {
  const at = name.indexOf('@');
  return name.slice(0, at < 0 ? name.lastIndexOf(':') : at);
}

/** Whether an image's names are all of one repository, with one tag at most; not so without names. */
export function isOneRepository(names: readonly string[]): boolean {
  return new Set(names.map(repositoryOf)).size === 1 && names.filter(isTag).length <= 1;
}
