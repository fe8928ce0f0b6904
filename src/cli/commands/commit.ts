/** `tsrun commit`: a new image from what a container changed. */
import { commitContainer } from '../../engine/commit.ts';
import { newImageName } from '../../image/reference/new-name.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { writeOut } from '../output.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER [REPOSITORY[:TAG]]',
  summary: "Create a new image from a container's changes",
  flags: [
    { name: 'author', short: 'a', value: 'string', help: 'Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")' },
    { name: 'change', short: 'c', value: 'list', help: 'Apply Dockerfile instruction to the created image' },
    { name: 'message', short: 'm', value: 'string', help: 'Commit message' },
    { name: 'pause', short: 'p', help: 'Pause container during commit (default true)' },
  ],
  words: { least: 1, most: 2 },
  async run({ options, flags, words: [target = '', name] }) {
    const engine = openEngine(options);
    const request = {
      author: flags.word('author'),
      comment: flags.word('message'),
      changes: flags.list('change'),
      pause: flags.flag('pause', true),
      name: newImageName(name),
    };
    const image = await onContainer(engine, target, (container) => commitContainer(engine, container, request));
    writeOut(`${image.id}\n`);
    return 0;
  },
};
