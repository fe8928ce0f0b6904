/** `tsrun top`: the processes of a container. */
import { listContainerProcesses } from '../../engine/top.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { formatTable } from '../format/table.ts';
import { writeOut } from '../output.ts';

/** Characters of a column, as Docker's. */
const MINIMUM = 20;

export const command: Command = {
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  flags: [],
  interspersed: false,
  words: { least: 1, most: Infinity },
  async run({ options, words: [name = '', ...asked] }) {
    const engine = openEngine(options);
    const { titles, processes } = await onContainer(engine, name, (container) => listContainerProcesses(engine, container, asked));
    writeOut(formatTable(titles, processes, MINIMUM));
    return 0;
  },
};
