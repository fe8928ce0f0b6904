/** The table says what each command is for, so that help needn't load them all: it must say what they do. */
import test from 'ava';
import { commands, groups, hiddenCommands } from '../../src/cli/command-table.ts';

const tables = {
  '': commands,
  hidden: hiddenCommands,
  ...Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, group.commands])),
};

for (const [group, table] of Object.entries(tables)) {
  test(`commands are summed up by the table as by themselves: ${group === '' ? 'tsrun' : group}`, async (t) => {
    for (const [name, entry] of Object.entries(table)) t.is((await entry.load()).summary, entry.summary, name);
  });
}
