/**
 * `npm run bench`: tsrun beside docker, podman, runc and crun, as far as they are installed (bench/peers.sh install), in
 * turns, on the same images. `npm run bench -- --help` tells its options.
 *
 * Runs in network and mount namespaces of its own: bridges, firewall rules and mounts of all engines go with it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { fixture } from '../rootfs-fixtures/fixtures.ts';
import { aimsTable } from './aims.ts';
import { type Engine, installedEngines } from './engines.ts';
import { measureGrowth } from './growth.ts';
import { measureImages } from './images.ts';
import { measureLists, measureLives } from './lives.ts';
import { inTurns, type Row, run, table, time, type Words } from './measure.ts';
import { monitorMemory } from './memory.ts';
import { startPathMeter } from './start-path.ts';
import { mountNewDisk } from './unpack.ts';

const PARTS = ['runs', 'lives', 'lists', 'images', 'growth'];
const PEERS = ['docker', 'podman', 'runc', 'crun', 'skopeo+umoci'];

/** Words of a list that are known, parted by commas. */
const listOf =
  (known: readonly string[]) =>
  (value: string): string[] => {
    const words = value.split(',').filter((word) => word !== '' && word !== 'none');
    const unknown = words.find((word) => !known.includes(word));
    if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is none of ${known.join(', ')}.`);
    return words;
  };

function roundsOf(value: string): number {
  const rounds = Number(value);
  if (!Number.isInteger(rounds) || rounds < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return rounds;
}

const options = new Command('npm run bench --')
  .description('Time tsrun beside other engines, in turns.')
  .option('--rounds <n>', 'how often each is timed', roundsOf, 20)
  .option('--quick', 'few rounds', false)
  .option('--only <list>', `some of ${PARTS.join(',')}`, listOf(PARTS), PARTS.slice(0, 4))
  .option('--peers <list>', `engines beside tsrun: some of ${PEERS.join(',')}, or none`, listOf(PEERS), PEERS)
  .option('--write', 'write the figures to bench/RESULTS.md too', false)
  .parse()
  .opts<{ rounds: number; quick: boolean; only: string[]; peers: string[]; write: boolean }>();

const wants = (part: string): boolean => options.only.includes(part);

if (process.getuid?.() !== 0) {
  console.error('bench: run as root');
  process.exitCode = 1;
} else if (process.env['TSRUN_BENCH_INSIDE'] === undefined) {
  // As users have it: after `npm run build` alone V8's code of the commands would be missing.
  run([join(import.meta.dirname, '../scripts/setup')]);
  // Made out here: in there is no network to fetch Debian's packages from.
  for (const name of ['busybox', ...(wants('images') ? ['debian' as const] : [])] as const) fixture(name);
  const words = [
    '--net',
    '--mount',
    'sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    process.execPath,
    import.meta.filename,
    ...process.argv.slice(2),
  ];
  process.exitCode = spawnSync('unshare', words, { stdio: 'inherit', env: { ...process.env, TSRUN_BENCH_INSIDE: '1' } }).status ?? 1;
} else {
  await main();
}

async function main(): Promise<void> {
  const directory = mkdtempSync('/var/tmp/tsrun-bench-');
  const [disk, memory] = [join(directory, 'disk'), join(directory, 'memory')];
  const prepared: Engine[] = [];
  try {
    mkdirSync(join(directory, 'tools'));
    mountNewDisk(disk, join(directory, 'disk.ext4'));
    // Where /run would be: each engine keeps on it what it keeps there.
    mkdirSync(memory);
    run(['mount', '-t', 'tmpfs', 'tmpfs', memory]);
    for (const engine of installedEngines({ disk, memory }, fixture('busybox'), ['tsrun', ...options.peers])) {
      const problem = prepare(engine);
      if (problem === undefined) prepared.push(engine);
      else console.error(`${engine.name}: left out (${problem})`);
    }
    const rows = await measure(prepared, join(directory, 'tools'));
    report(prepared, rows);
  } finally {
    for (const engine of prepared) engine.finish();
    for (const mounted of [disk, memory]) spawnSync('umount', ['--lazy', mounted]);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Prepare an engine and try it once. @returns why it can't be measured here. */
function prepare(engine: Engine): string | undefined {
  try {
    engine.prepare();
    const words = engine.runHost?.('true') ?? engine.runPlain?.();
    if (words !== undefined) run(words);
    return undefined;
  } catch (error) {
    engine.finish();
    return (error as Error).message.trim().split('\n').slice(1).join(' ') || (error as Error).message;
  }
}

async function measure(engines: readonly Engine[], tools: string): Promise<Row[]> {
  const rounds = options.quick ? 5 : options.rounds;
  const rows: Row[] = [];
  const add = (...measured: Row[]): void => {
    rows.push(...measured);
    // As they come: a later row may fail.
    for (const { what, figures } of measured) console.error(`${what}: ${JSON.stringify(figures)}`);
  };
  if (wants('runs')) measureRuns(engines, tools, rounds, add);
  if (wants('lives')) add(...(await measureLives(engines, rounds)));
  const [ours] = engines;
  if (wants('lists') && ours !== undefined) add(...measureLists(ours, rounds));
  if (wants('images')) await measureImages(engines, tools, add);
  if (wants('growth'))
    await measureGrowth({ root: join(tools, '../disk/growth'), state: join(tools, '../memory/growth') }, join(tools, 'growth'), add);
  return rows;
}

function measureRuns(engines: readonly Engine[], tools: string, rounds: number, add: (row: Row) => void): void {
  const turns = (what: string, words: (engine: Engine) => Words | undefined, count = rounds): void => {
    const contenders = engines.flatMap((engine): [string, () => number][] => {
      const found = words(engine);
      return found === undefined ? [] : [[engine.name, () => time(found)]];
    });
    add({ what, unit: 'ms', figures: inTurns(Object.fromEntries(contenders), count) });
  };

  turns('`run --rm busybox true`', (engine) => engine.runBridge?.('true'));
  turns('… on the host’s network', (engine) => engine.runHost?.('true'));
  turns('an OCI runtime alone, no network', (engine) => engine.runPlain?.());
  for (const engine of engines) if (engine.start !== undefined) run(engine.start('bench'));
  turns('`exec` of true', (engine) => engine.exec?.('bench', 'true'));
  for (const engine of engines) if (engine.remove !== undefined) run(engine.remove('bench'));

  const meter = startPathMeter(tools);
  const [ours] = engines;
  if (ours?.name === 'tsrun') {
    const onBridge = (volume: string, program: string): Words => withVolume(ours.runBridge?.(program), volume);
    add({
      what: 'Node’s first line to the program’s first, bridge',
      unit: 'ms',
      figures: inTurns({ tsrun: () => meter(onBridge) }, rounds),
    });
    const onHost = (volume: string, program: string): Words => withVolume(ours.runHost?.(program), volume);
    add({ what: '… on the host’s network', unit: 'ms', figures: inTurns({ tsrun: () => meter(onHost) }, rounds) });
  }

  const memory = engines.flatMap((engine) => {
    const kilobytes = monitorMemory(engine);
    return kilobytes === undefined ? [] : [[engine.name, kilobytes] as const];
  });
  add({ what: 'memory a running container', unit: 'kB', figures: Object.fromEntries(memory) });
}

/** The words of a run with a volume put after `--rm`. */
function withVolume(words: Words | undefined, volume: string): Words {
  if (words === undefined) throw new Error('no words to run');
  const [program, ...rest] = words;
  return [program, ...rest.flatMap((word) => (word === '--rm' ? [word, '--volume', volume] : [word]))];
}

function report(engines: readonly Engine[], rows: readonly Row[]): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`;
  const text = `# Figures

Made by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}, on ${machine}.
Medians of rounds in turns; in brackets, how many times tsrun’s figure it is. Fewer is better in every line.

${table(
  rows,
  engines.map(({ name }) => name),
)}

## Beside what we want to reach

${aimsTable(rows)}

${engines.map(({ name, version }) => `- ${name}: ${version}`).join('\n')}
`;
  console.log(text);
  if (options.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text);
}
