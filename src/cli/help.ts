/** The texts of `--help`, in Docker's layout. */
import type { Command } from './command.ts';
import { commands, groups, type CommandEntry, type CommandGroup } from './command-table.ts';
import type { Flag } from './flags.ts';
import { globalFlags } from './globals.ts';

const WIDTH = 80;

const rootUsage = 'Usage:  tsrun [OPTIONS] COMMAND\n\nA container engine in TypeScript on Linux namespaces\n';

/** `tsrun --help`. */
export function rootHelp(): string {
  return [
    `\n${rootUsage}`,
    `Options:\n${flagLines(globalFlags)}`,
    `Management Commands:\n${entryLines(Object.fromEntries(Object.entries(groups)))}`,
    `Commands:\n${entryLines(commands)}`,
    "Run 'tsrun COMMAND --help' for more information on a command.\n",
  ].join('\n');
}

/** `tsrun container --help`. */
export function groupHelp(name: string, group: CommandGroup): string {
  return `\nUsage:  tsrun ${name} COMMAND\n\n${group.summary}\n\nCommands:\n${entryLines(group.commands)}\nRun 'tsrun ${name} COMMAND --help' for more information on a command.\n`;
}

/** Usage and summary of one command: what follows an error about its words. */
export function commandUsage(name: string, command: Command): string {
  return `Usage:  tsrun ${name} ${command.usage}\n\n${command.summary}\n`;
}

/** `tsrun run --help`. */
export function commandHelp(name: string, command: Command): string {
  const flags = command.flags.some((flag) => !flag.hidden) ? `\nOptions:\n${flagLines(command.flags)}` : '';
  return `\n${commandUsage(name, command)}${flags}`;
}

function entryLines(entries: Record<string, { summary: string } | CommandEntry>): string {
  const names = Object.keys(entries).toSorted();
  const width = Math.max(...names.map((name) => name.length), 0);
  return names.map((name) => `  ${name.padEnd(width)}   ${entries[name]?.summary}\n`).join('');
}

function flagLines(flags: readonly Flag[]): string {
  const shown = flags.filter((flag) => !flag.hidden).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const heads = shown.map(
    (flag) =>
      `  ${flag.short === undefined ? '  ' : `-${flag.short}`}${flag.short === undefined ? '  ' : ', '}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`,
  );
  const width = Math.max(...heads.map((head) => head.length)) + 3;
  return shown.map((flag, index) => wrap((heads[index] ?? '').padEnd(width), flag.help, width)).join('');
}

function wrap(head: string, text: string, indent: number): string {
  const lines: string[] = [];
  let line = head;
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length > indent && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else line += line.length <= indent ? word : ` ${word}`;
  }
  return `${[...lines, line].join('\n')}\n`;
}
