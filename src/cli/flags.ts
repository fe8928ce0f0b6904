/**
 * Command-line flags as Docker's own parser (Go's pflag) reads them: `--name value`, `--name=value`, `-n value`,
 * `-nvalue`, `-n=value`, combined `-it`, booleans with `=false`, `--`. The words of its errors are pflag's.
 */
import { cut } from '../model/cut.ts';
import { UsageError } from './usage-error.ts';

export interface Flag {
  name: string;
  short?: string;
  /** Name of the value's kind in the help; a flag without one is a boolean. */
  value?: string;
  help: string;
  /** Parsed, but not shown. */
  hidden?: boolean;
  /** Known to Docker and not to us: using it is an error that says so. */
  unsupported?: boolean;
  /** Look at one value when it is met; throw an Error with what is wrong with it. */
  check?: (value: string) => unknown;
  /** Another name for this flag. */
  alias?: string;
}

/** The flags that were given, by name: every value in order. */
export class FlagValues {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  /** Whether the flag was given at all. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** All values, in order. */
  list(name: string): string[] {
    return this.#values.get(name) ?? [];
  }

  /** The last value. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** The last value, where an empty one counts as none (what most of Docker's text flags mean). */
  word(name: string): string | undefined {
    return this.text(name) || undefined;
  }

  /** The last of a boolean's values. */
  flag(name: string, otherwise = false): boolean {
    const value = this.text(name);
    return value === undefined ? otherwise : parseBoolean(value);
  }

  /** A checked integer. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }
}

export interface ParsedArguments {
  flags: FlagValues;
  words: string[];
  /** `--help` was met: the rest was not looked at. */
  help: boolean;
}

export interface ParseOptions {
  /** Words that lead to the command, for errors. */
  command: string;
  /** Whether flags may follow the first word: not for `run` and `exec`, where what follows belongs to the program. */
  interspersed: boolean;
}

/**
 * Parse a command's arguments (what follows its name).
 * @throws UsageError in pflag's words
 */
export function parseFlags(known: readonly Flag[], argv: readonly string[], options: ParseOptions): ParsedArguments {
  const parser = new Parser(known, argv, options.command);
  const words: string[] = [];
  while (!parser.done()) {
    const word = parser.next();
    if (word === '--') return parser.result([...words, ...parser.rest()]);
    if (word.length < 2 || word[0] !== '-') {
      words.push(word);
      if (!options.interspersed) return parser.result([...words, ...parser.rest()]);
      continue;
    }
    const helped = word[1] === '-' ? parser.long(word) : parser.shorts(word);
    if (helped) return { flags: parser.flags, words, help: true };
  }
  return parser.result(words);
}

class Parser {
  readonly flags: FlagValues = new FlagValues();
  readonly #known: readonly Flag[];
  readonly #argv: readonly string[];
  readonly #command: string;
  #position = 0;

  constructor(known: readonly Flag[], argv: readonly string[], command: string) {
    this.#known = known;
    this.#argv = argv;
    this.#command = command;
  }

  done(): boolean {
    return this.#position >= this.#argv.length;
  }

  next(): string {
    return this.#argv[this.#position++] ?? '';
  }

  rest(): readonly string[] {
    return this.#argv.slice(this.#position);
  }

  result(words: string[]): ParsedArguments {
    return { flags: this.flags, words, help: false };
  }

  /** `--name`, `--name=value`; true when it is `--help`. */
  long(word: string): boolean {
    const [name, value] = cut(word.slice(2), '=');
    if (name === '' || name[0] === '-') throw this.#wrong(`bad flag syntax: ${word}`);
    const flag = this.#known.find((each) => each.name === name || each.alias === name);
    if (flag === undefined) {
      if (name === 'help') return true;
      throw this.#wrong(`unknown flag: --${name}`);
    }
    if (value !== undefined) this.#set(flag, value);
    else if (flag.value === undefined) this.#set(flag, 'true');
    else if (this.done()) throw this.#wrong(`flag needs an argument: --${name}`);
    else this.#set(flag, this.next());
    return false;
  }

  /** `-i`, `-it`, `-m1g`, `-m=1g`, `-m 1g`; true when `-h` is met and isn't a flag of the command's own. */
  shorts(word: string): boolean {
    for (let at = 1; at < word.length; at++) {
      const short = word[at] ?? '';
      const flag = this.#known.find((each) => each.short === short);
      if (flag === undefined) {
        if (short === 'h') return true;
        throw this.#wrong(`unknown shorthand flag: '${short}' in -${word.slice(at)}`);
      }
      const rest = word.slice(at + 1);
      if (rest.length > 1 && rest[0] === '=') {
        this.#set(flag, rest.slice(1));
        return false;
      }
      if (flag.value === undefined) {
        this.#set(flag, 'true');
        continue;
      }
      if (rest === '' && this.done()) throw this.#wrong(`flag needs an argument: '${short}' in -${word.slice(at)}`);
      this.#set(flag, rest === '' ? this.next() : rest);
      return false;
    }
    return false;
  }

  #set(flag: Flag, value: string): void {
    if (flag.unsupported) throw this.#wrong(`--${flag.name} is not supported yet`);
    try {
      if (flag.value === undefined) parseBoolean(value);
      flag.check?.(value);
    } catch (error) {
      const shown = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
      throw this.#wrong(`invalid argument ${quote(value)} for "${shown}" flag: ${(error as Error).message}`);
    }
    this.flags.add(flag.name, value);
  }

  #wrong(message: string): UsageError {
    return new UsageError(this.#command, message);
  }
}

/** A string as Go's %q shows it, near enough. */
const quote = (text: string): string => JSON.stringify(text);

/** Go's strconv.ParseBool. @throws Error in its words */
export function parseBoolean(value: string): boolean {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw new Error(`strconv.ParseBool: parsing ${quote(value)}: invalid syntax`);
}

/** A check for integers (Go's strconv.ParseInt in base 10). @throws Error in its words, also beyond 2^53 */
export function integer(value: string): number {
  if (!/^[+-]?\d+$/.test(value)) throw new Error(`strconv.ParseInt: parsing ${quote(value)}: invalid syntax`);
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new Error(`strconv.ParseInt: parsing ${quote(value)}: value out of range`);
  return number;
}
