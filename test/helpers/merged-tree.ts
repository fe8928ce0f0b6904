/** What a container would see of layers on top of each other. */
import { closeSync } from 'node:fs';
import { native } from '../../src/kernel/native.ts';
import { describeTree } from './trees.ts';

/**
 * Describe them as overlayfs merges them; nothing stays mounted.
 * @param names directories below `directory`, from the bottom up
 * @param empty an empty directory: overlayfs wants two at least
 */
export function describeMerged(directory: string, names: readonly string[], empty: string): string[] {
  const fd = native().overlayMount(directory, [...names.toReversed(), empty], undefined, undefined, '');
  try {
    return describeTree(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}
