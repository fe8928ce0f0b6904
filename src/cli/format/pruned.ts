/** What a prune did, or would do, in Docker's words. */
import type { RemovalRecord } from '../../engine/images/remove.ts';
import { humanSize } from '../../model/size.ts';

/** Whether it was done: the words of `--dry-run` are others. */
export type PruneTense = 'did' | 'would';

export type PrunedKind = 'Containers' | 'Images' | 'Volumes';

/** `Deleted Containers:` and a line each; nothing where there is none. */
export function prunedBlock(kind: PrunedKind, lines: readonly string[], tense: PruneTense): string {
  if (lines.length === 0) return '';
  return `${tense === 'did' ? 'Deleted' : 'Would delete'} ${kind}:\n${lines.map((line) => `${line}\n`).join('')}\n`;
}

export function prunedImageLines(records: readonly RemovalRecord[]): string[] {
  return records.map((record) => (record.type === 'untagged' ? `untagged: ${record.name}` : `deleted: ${record.id}`));
}

/** The last line. */
export function reclaimedLine(parts: readonly { bytes: number }[], tense: PruneTense): string {
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const words = tense === 'did' ? 'Total reclaimed space' : 'Total space that would be reclaimed';
  return `${words}: ${humanSize(bytes)}\n`;
}
