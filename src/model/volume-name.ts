/** Names of anonymous volumes: made from the container's ID, so that they are the same whenever it starts. */

const ID_DIGITS = 60;

/** The name of the anonymous volume that is mount `index` of the container `id`: 64 hex digits, as Docker's. */
export function anonymousVolumeName(id: string, index: number): string {
  return id.slice(0, ID_DIGITS) + index.toString(16).padStart(64 - ID_DIGITS, '0');
}

/** Whether a volume's name is one of this container's anonymous ones. */
export function isAnonymousOf(id: string, name: string): boolean {
  return name.length === 64 && name.startsWith(id.slice(0, ID_DIGITS));
}
