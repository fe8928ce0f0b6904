/** `tsrun top`: the processes of a container. */
import { listContainerProcesses } from '../../engine/top.ts';
import type { Command } from '../command.ts';
import { onContainer, openEngine } from '../engine.ts';
import { writeOut } from '../output.ts';

/** As Docker's table: a column is as wide as its widest cell and three blanks, at least twenty. */
const GAP = 3;
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
    const rows = [titles, ...processes];
    const widths = titles.map((_, column) => Math.max(MINIMUM, ...rows.map((row) => (row[column] ?? '').length + GAP)));
    writeOut(
      rows.map((row) => `${row.map((cell, at) => (at < titles.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell)).join('')}\n`).join(''),
    );
    return 0;
  },
};
