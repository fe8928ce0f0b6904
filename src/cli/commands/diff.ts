/** `tsrun diff`: what a container changed. */
import { diffContainer } from '../../engine/diff.ts';
import { visible } from '../../model/printable.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { writeOut } from '../output.ts';
import { isTerminal } from '../terminal.ts';

const STDOUT = 1;

export const command: Command = {
  usage: 'CONTAINER',
  summary: "Inspect changes to files or directories on a container's filesystem",
  flags: [],
  words: { least: 1, most: 1 },
  async run({ options, words: [name = ''] }) {
    const engine = openEngine(options);
    await onContainer(engine, name, (container) =>
      diffContainer(engine, container, (list) => {
        // Names are bytes, and come out as such, but to a person.
        if (isTerminal(STDOUT)) writeOut(list.map(({ letter, path }) => `${letter} ${visibleName(path)}\n`).join(''));
        else writeOut(Buffer.from(list.map(({ letter, path }) => `${letter} ${path}\n`).join(''), 'latin1'));
      }),
    );
    return 0;
  },
};

/** @param path a byte string */
const visibleName = (path: string): string => visible(Buffer.from(path, 'latin1').toString()).replaceAll('\n', '\\n');
