/** What a removal did, in Docker's words. */
import type { RemovalRecord } from '../../engine/images/remove.ts';

/** A line of `rmi`. */
export function removalLine(record: RemovalRecord): string {
  return record.type === 'untagged' ? `Untagged: ${record.name}` : `Deleted: ${record.id}`;
}
