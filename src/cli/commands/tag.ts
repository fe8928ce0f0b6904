/** `tsrun tag`, `tsrun image tag`: one more name for an image. */
import { tagImage } from '../../engine/images/tag.ts';
import type { Command } from '../command.ts';
import { openEngine } from '../engine.ts';

export const command: Command = {
  usage: 'SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]',
  summary: 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE',
  flags: [],
  words: { least: 2, most: 2 },
  run({ options, words: [source = '', target = ''] }) {
    tagImage(openEngine(options), source, target);
    return 0;
  },
};
