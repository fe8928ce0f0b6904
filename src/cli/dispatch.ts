/** From the words of the command line to a command's exit code. */
import { TsrunError } from '../model/errors.ts';
import { VERSION } from '../model/version.ts';
import { commands, groups, hiddenCommands, type CommandEntry } from './command-table.ts';
import type { Command, CommandCall } from './command.ts';
import { reportError, type ErrorStyle } from './errors.ts';
import { parseFlags } from './flags.ts';
import { engineOptions, parseGlobals, useConfigFolder } from './globals.ts';
import { InOtherBundle, needWholeBundle } from './other-bundle.ts';
import { writeError, writeOut } from './output.ts';
import { UsageError } from './usage-error.ts';

/** Run one command line. @returns the exit code; every error was printed. @throws InOtherBundle before anything was done */
export async function dispatch(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  // Until the global flags are read, the environment says how errors look.
  const style: ErrorStyle = { debug: false, logFormat: environment['TSRUN_LOG_FORMAT'] === 'json' ? 'json' : 'text', exitCode: 1 };
  try {
    const globals = parseGlobals(argv);
    if (globals.help) return await printRootHelp();
    if (globals.flags.flag('version')) {
      writeOut(`tsrun version ${VERSION}\n`);
      return 0;
    }
    const options = readOptions(() => engineOptions(globals, environment));
    useConfigFolder(globals, environment);
    style.debug = options.debug;
    style.logFormat = options.logFormat;
    const found = await findCommand(globals.words);
    if (typeof found === 'number') return found;
    const command = await found.entry.load();
    style.exitCode = command.exitCode ?? 1;
    const call = await parseCall(command, found.name, found.rest);
    return call === undefined ? 0 : await command.run({ ...call, options });
  } catch (error) {
    if (error instanceof InOtherBundle) throw error;
    return reportError(error, style);
  }
}

function readOptions<Options>(read: () => Options): Options {
  try {
    return read();
  } catch (error) {
    throw new TsrunError('INVALID_ARGUMENT', (error as Error).message, { exitCode: 125, cause: error });
  }
}

interface FoundCommand {
  name: string;
  entry: CommandEntry;
  rest: string[];
}

/** The command that the words name; an exit code where help was all there was to give. */
async function findCommand(words: readonly string[]): Promise<FoundCommand | number> {
  const [first, second, ...rest] = words;
  // As Docker: help that nobody asked for is no output.
  if (first === undefined) return await printRootHelp(writeError);
  const group = own(groups, first);
  if (group !== undefined) {
    const name = own(group.aliases, second ?? '') ?? second ?? '';
    const entry = own(group.commands, name);
    if (entry !== undefined) return { name: `${first} ${name}`, entry, rest };
    const { groupHelp } = await import('./help.ts');
    const asked = second === '--help' || second === '-h';
    (asked ? writeOut : writeError)(groupHelp(first, group));
    return asked || second === undefined ? 0 : 1;
  }
  if (first === 'help') return await printHelp(words.slice(1));
  const entry = own(commands, first) ?? own(hiddenCommands, first);
  if (entry === undefined) {
    // A frequent command's own bundle knows no other.
    needWholeBundle();
    throw new TsrunError('INVALID_ARGUMENT', `'${first}' is not a tsrun command.`, { hint: "See 'tsrun --help'", exitCode: 1 });
  }
  return { name: first, entry, rest: words.slice(1) };
}

/** Parse what follows the command's name; undefined when help was asked for, and given. */
async function parseCall(command: Command, name: string, argv: readonly string[]): Promise<Omit<CommandCall, 'options'> | undefined> {
  const { flags, words, help } = parseFlags(command.flags, argv, { command: name, interspersed: command.interspersed ?? true });
  if (help) {
    const { commandHelp } = await import('./help.ts');
    writeOut(commandHelp(name, command));
    return undefined;
  }
  const problem = wordProblem(command.words, words.length);
  if (problem !== undefined) {
    const { commandUsage } = await import('./help.ts');
    throw new UsageError(name, `"tsrun ${name}" ${problem}.`, 1, commandUsage(name, command));
  }
  return { flags, words, name };
}

/** What is wrong with this number of words, as Docker says it. */
function wordProblem({ least, most }: Command['words'], count: number): string | undefined {
  if (count >= least && count <= most) return undefined;
  if (most === 0) return 'accepts no arguments';
  if (least > 0 && least < most && most < Infinity) return `requires at least ${least} and at most ${most} arguments`;
  const [number, how] = least === most ? [least, 'exactly'] : count < least ? [least, 'at least'] : [most, 'at most'];
  return `requires ${how} ${number} argument${number === 1 ? '' : 's'}`;
}

async function printRootHelp(write = writeOut): Promise<number> {
  const { rootHelp } = await import('./help.ts');
  write(rootHelp());
  return 0;
}

/** `tsrun help run`. */
async function printHelp(words: readonly string[]): Promise<number> {
  const found = words.length === 0 ? await printRootHelp() : await findCommand(words);
  if (typeof found === 'number') return found;
  const { commandHelp } = await import('./help.ts');
  writeOut(commandHelp(found.name, await found.entry.load()));
  return 0;
}

/** A property of its own: `tsrun constructor` is no command. */
function own<Value>(table: Record<string, Value>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
