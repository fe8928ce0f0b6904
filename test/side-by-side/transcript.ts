/**
 * Transcripts: commands and what they print, as Markdown that a person reads. README.md beside this file shows the format.
 * A case is a heading and the `console` blocks below it.
 */

/** The two that play transcripts. */
export type EngineName = 'docker' | 'tsrun';

export const ENGINE_NAMES: readonly EngineName[] = ['docker', 'tsrun'];

/** What a command printed and how it ended. */
export interface Output {
  stdout: string;
  stderr: string;
  code: number;
}

export interface Step {
  command: string;
  /** Why the engines differ here: a name from README.md's table. Undefined where they don't. */
  differs: string | undefined;
  expected: Record<EngineName, Output>;
}

export interface Case {
  title: string;
  /** Images that are there when it begins. */
  images: string[];
  /** Whether a registry listens on 127.0.0.1:5000. */
  registry: boolean;
  /** Whether what it shows is of cgroup v1. */
  cgroupV1: boolean;
  steps: Step[];
}

/** A blank at the end of a line, and a carriage return, would be lost in an editor. */
const VISIBLE = { ' ': '␠', '\r': '␍' } as const;

const makeVisible = (line: string): string =>
  line.replaceAll('\r', VISIBLE['\r']).replace(/ +$/, (blanks) => VISIBLE[' '].repeat(blanks.length));
const makePlain = (line: string): string => line.replaceAll(VISIBLE[' '], ' ').replaceAll(VISIBLE['\r'], '\r');
const FENCE = '```';

/** Read the cases of one file. @throws Error that names what can't be read, or a difference without a reason (unless unchecked) */
export function parseTranscript(text: string, how?: 'unchecked'): Case[] {
  const cases: Case[] = [];
  let inBlock = false;
  for (const [index, line] of text.split('\n').entries()) {
    const current = cases.at(-1);
    const fail = (what: string): Error => new Error(`line ${index + 1}: ${what}: ${line}`);
    if (inBlock) {
      if (line === FENCE) inBlock = false;
      else if (current === undefined) throw fail('a block before the first heading');
      else readLine(current, line, fail);
    } else if (line.startsWith('## ')) cases.push({ title: line.slice(3), images: [], registry: false, cgroupV1: false, steps: [] });
    else if (line === `${FENCE}console`) inBlock = true;
    // Nobody would play it.
    else if (line.startsWith(FENCE)) throw fail('a block that is not console');
    else if (line.startsWith('Images: ')) current?.images.push(...line.slice('Images: '.length).split(' '));
    else if (current !== undefined) {
      current.registry ||= line === 'Registry: 127.0.0.1:5000';
      current.cgroupV1 ||= line === 'Cgroups: v1';
    }
  }
  if (inBlock) throw new Error('the last block has no end');
  if (how !== 'unchecked') for (const { title, steps } of cases) for (const step of steps) checkDifference(title, step);
  return cases;
}

const TAG = /^\[(?:(?<engine>docker|tsrun) )?(?<kind>stdout|stderr|exit)(?<open>, no newline)?(?: (?<code>\d+))?\](?: (?<text>.*))?$/;

function readLine(current: Case, line: string, fail: (what: string) => Error): void {
  if (line.startsWith('$ ')) {
    const nothing = (): Output => ({ stdout: '', stderr: '', code: 0 });
    current.steps.push({ command: line.slice(2), differs: undefined, expected: { docker: nothing(), tsrun: nothing() } });
    return;
  }
  const step = current.steps.at(-1);
  if (step === undefined) throw fail('output before the first command');
  if (line.startsWith('> ')) {
    step.command += `\n${line.slice(2)}`;
    return;
  }
  const reason = /^\[differs (?<reason>[a-z0-9-]+)\]$/.exec(line)?.groups?.['reason'];
  if (reason !== undefined) {
    step.differs = reason;
    return;
  }
  const { engine, kind = 'stdout', open, code, text = '' } = TAG.exec(line)?.groups ?? { text: line };
  for (const name of engine === undefined ? ENGINE_NAMES : [engine as EngineName]) {
    const output = step.expected[name];
    if (kind === 'exit') output.code = Number(code);
    else output[kind as 'stdout' | 'stderr'] += `${makePlain(text)}${open === undefined ? '\n' : ''}`;
  }
}

/** Whether two outputs are the same. */
export function sameOutput(one: Output, other: Output): boolean {
  return one.stdout === other.stdout && one.stderr === other.stderr && one.code === other.code;
}

function checkDifference(title: string, { command, differs, expected: { docker, tsrun } }: Step): void {
  const same = sameOutput(docker, tsrun);
  if (same !== (differs === undefined))
    throw new Error(`${title}: $ ${command}: ${same ? 'nothing differs, whatever [differs] says' : 'a difference without its reason'}`);
}

/** A command and one engine's output, as transcripts have them. */
export function formatOutput(command: string, output: Output): string {
  return block(command, [...tagged(undefined, output), ...exitLine(undefined, output.code)]);
}

/** A command and both engines' outputs: once where they are the same. */
export function formatStep({ command, differs, expected: { docker, tsrun } }: Step): string {
  const lines = differs === undefined ? [] : [`[differs ${differs}]`];
  for (const stream of ['stdout', 'stderr'] as const) {
    const only = (output: Output): Output => ({ stdout: '', stderr: '', code: 0, [stream]: output[stream] });
    if (docker[stream] === tsrun[stream]) lines.push(...tagged(undefined, only(docker)));
    else lines.push(...tagged('docker', only(docker)), ...tagged('tsrun', only(tsrun)));
  }
  if (docker.code === tsrun.code) lines.push(...exitLine(undefined, docker.code));
  else lines.push(...exitLine('docker', docker.code), ...exitLine('tsrun', tsrun.code));
  return block(command, lines);
}

function block(command: string, lines: readonly string[]): string {
  return [`$ ${command.replaceAll('\n', '\n> ')}`, ...lines].map((line) => `${line}\n`).join('');
}

function exitLine(engine: EngineName | undefined, code: number): string[] {
  return code === 0 ? [] : [`[${engine === undefined ? '' : `${engine} `}exit ${code}]`];
}

function tagged(engine: EngineName | undefined, { stdout, stderr }: Output): string[] {
  const prefix = engine === undefined ? '' : `${engine} `;
  const lines: string[] = [];
  for (const [stream, text] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const) {
    if (text === '') continue;
    const open = !text.endsWith('\n');
    const all = (open ? text : text.slice(0, -1)).split('\n');
    for (const [index, each] of all.entries()) {
      const line = makeVisible(each);
      const last = open && index === all.length - 1;
      const plain =
        stream === 'stdout' &&
        engine === undefined &&
        !last &&
        !/^(?:\$ |> |\[(?:docker|tsrun|stdout|stderr|exit|differs)\b|```)/.test(line);
      lines.push(plain ? line : `[${prefix}${stream}${last ? ', no newline' : ''}]${line === '' ? '' : ` ${line}`}`);
    }
  }
  return lines;
}
