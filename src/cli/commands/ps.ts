/** `tsrun ps`, `tsrun container ls`: list containers. */
import type { Command } from '../command.ts';
import { currentContainers, openEngine } from '../engine.ts';
import { integer } from '../flags.ts';
import { containerTable } from '../format/containers.ts';
import { writeOut } from '../output.ts';
import { isAlive } from '../../model/container.ts';
import { shortId } from '../../container/names.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'List containers',
  flags: [
    { name: 'all', short: 'a', help: 'Show all containers (default shows just running)' },
    { name: 'filter', short: 'f', value: 'filter', help: 'Filter output based on conditions provided', hidden: true, unsupported: true },
    { name: 'format', value: 'string', help: 'Format output using a template', hidden: true, unsupported: true },
    { name: 'last', short: 'n', value: 'int', help: 'Show n last created containers (includes all states) (default -1)', check: integer },
    { name: 'latest', short: 'l', help: 'Show the latest created container (includes all states)' },
    { name: 'no-trunc', help: "Don't truncate output" },
    { name: 'quiet', short: 'q', help: 'Only display container IDs' },
    { name: 'size', short: 's', help: 'Display total file sizes', hidden: true, unsupported: true },
  ],
  words: { least: 0, most: 0 },
  run({ options, flags }) {
    const last = flags.flag('latest') ? 1 : (flags.integer('last') ?? -1);
    const everything = currentContainers(openEngine(options));
    const asked =
      last > 0
        ? everything.slice(0, last)
        : everything.filter((each) => flags.flag('all') || isAlive(each.state) || each.state.status === 'restarting');
    const truncate = !flags.flag('no-trunc');
    if (flags.flag('quiet')) writeOut(asked.map((each) => `${truncate ? shortId(each.id) : each.id}\n`).join(''));
    else writeOut(containerTable(asked, Date.now(), truncate));
    return 0;
  },
};
