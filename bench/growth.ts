/** How our time and memory grow with a layer: by its bytes, and by its files. Beside other engines, images.ts measures. */
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../rootfs-fixtures/fixtures.ts';
import { writeImageArchive, writeLayer } from '../rootfs-fixtures/image-archive.ts';
import { peakMemory } from './images.ts';
import { inTurns, run, type Row, time, type Words } from './measure.ts';
import { startRegistry, type Registry } from './registry.ts';

const MEBIBYTE = 2 ** 20;
const STEPS = [1, 4, 16];
/** Of the smallest of each kind. */
const [BYTES, FILES] = [64 * MEBIBYTE, 2000];
/** A line of our command. */
type Program = (...words: string[]) => Words;

const LARGEST = 4096 * MEBIBYTE;

/**
 * @param engine where the engine's root and state are to be: on a disk with room for four of the largest layer, and on a tmpfs
 * @param directory for archives, with room for three
 */
export async function measureGrowth(engine: { root: string; state: string }, directory: string, add: (row: Row) => void): Promise<void> {
  mkdirSync(directory);
  const program = join(import.meta.dirname, '../bin/tsrun');
  const prefix: Words = [program, '--root', engine.root, '--state', engine.state, '--bridge', 'tsrun-bench'];
  const tsrun: Program = (...words) => [...prefix, ...words];
  const registry = startRegistry(join(directory, 'registry'));
  if (registry === undefined) console.error('push and pull of large layers: left out (docker-registry and skopeo are not installed)');
  try {
    measureTimes(tsrun, directory, registry, add);
    await measurePeaks(tsrun, directory, registry, add);
  } finally {
    registry?.stop();
  }
  rmSync(directory, { recursive: true });
}

function measureTimes(tsrun: Program, directory: string, registry: Registry | undefined, add: (row: Row) => void): void {
  const grow = (what: string, smallest: number, fill: (tree: string, size: number) => void): void => {
    for (const step of STEPS) {
      const archive = makeArchive(directory, (tree) => fill(tree, step * smallest));
      const times = measureSteps(tsrun, archive, join(directory, 'out.tar'), registry);
      for (const [command, taken] of Object.entries(times))
        add({ what: `\`${command}\` of a layer with ${step}× ${what}`, unit: 'ms', figures: { tsrun: taken } });
      rmSync(archive);
    }
  };
  grow(`${BYTES / MEBIBYTE} MiB in a file`, BYTES, (tree, size) => writeNoise(join(tree, 'large'), size));
  grow(`${FILES} files`, FILES, writeFiles);
}

async function measurePeaks(tsrun: Program, directory: string, registry: Registry | undefined, add: (row: Row) => void): Promise<void> {
  const peak = async (command: string, ...words: string[]): Promise<void> =>
    add({ what: `memory of \`${command}\`, a layer of 4 GiB`, unit: 'kB', figures: { tsrun: await peakMemory(tsrun(command, ...words)) } });
  const [archive, out] = [makeArchive(directory, (tree) => writeNoise(join(tree, 'large'), LARGEST)), join(directory, 'out.tar')];
  await peak('load', '-i', archive);
  rmSync(archive);
  await peak('save', '-o', out, 'grown');
  rmSync(out);
  if (registry !== undefined) await measureTransfers(registry, tsrun, peak);
  run(tsrun('rmi', 'grown'));
  run(tsrun('load', '-i', fixture('busybox')));
  const noise = ['dd', 'if=/dev/urandom', 'of=/large', 'bs=1M', `count=${LARGEST / MEBIBYTE}`];
  run(tsrun('run', '--network', 'none', '--name', 'writer', 'busybox', ...noise));
  await peak('export', '-o', out, 'writer');
  rmSync(out);
  await peak('commit', 'writer', 'committed');
}

/** Milliseconds of each command that moves the image in `archive`; it is gone from the engine afterwards. */
function measureSteps(tsrun: Program, archive: string, out: string, registry: Registry | undefined): Record<string, number> {
  /** Where it is gone before each time, and after the last. */
  const median = (words: Words): number => {
    const once = (): number => {
      const taken = time(words);
      run(tsrun('image', 'prune', '--all', '--force'));
      return taken;
    };
    return inTurns({ tsrun: once }, 3)['tsrun'] ?? Number.NaN;
  };
  const load = median(tsrun('load', '-i', archive));
  run(tsrun('load', '-i', archive));
  const save = inTurns({ tsrun: () => time(tsrun('save', '-o', out, 'grown')) }, 3)['tsrun'] ?? Number.NaN;
  rmSync(out);
  if (registry === undefined) return { load, save };
  const reference = `${registry.host}/grown-${++grown}:pushed`;
  run(tsrun('tag', 'grown', reference));
  const push = time(tsrun('push', reference));
  // Else a pull would find the layer here.
  run(tsrun('image', 'prune', '--all', '--force'));
  return { load, save, push, pull: median(tsrun('pull', reference)) };
}

let grown = 0;

/** Push `grown` to the registry, and pull it again from there. */
async function measureTransfers(
  registry: Registry,
  tsrun: Program,
  peak: (command: string, ...words: string[]) => Promise<void>,
): Promise<void> {
  const reference = `${registry.host}/grown:pushed`;
  run(tsrun('tag', 'grown', reference));
  await peak('push', reference);
  // Else the pull would find the layer here.
  run(tsrun('rmi', reference, 'grown'));
  await peak('pull', reference);
  run(tsrun('tag', reference, 'grown'));
  run(tsrun('rmi', reference));
}

/** An archive of the image `grown`, of one layer, whose tree `fill` makes. */
function makeArchive(directory: string, fill: (tree: string) => void): string {
  const stage = join(directory, 'stage');
  const [tree, scratch] = [join(stage, 'tree'), join(stage, 'scratch')];
  for (const path of [tree, scratch]) mkdirSync(path, { recursive: true });
  fill(tree);
  const layer = writeLayer(join(stage, 'layer.tar'), tree);
  rmSync(tree, { recursive: true });
  const archive = join(directory, 'grown.tar');
  writeImageArchive(archive, scratch, 'grown', { config: { Cmd: ['true'] }, layers: [layer] });
  rmSync(stage, { recursive: true });
  return archive;
}

/** A file that no compressor makes smaller. */
function writeNoise(path: string, size: number): void {
  const chunk = Buffer.alloc(4 * MEBIBYTE);
  const file = openSync(path, 'w');
  for (let written = 0; written < size; written += chunk.length) writeSync(file, randomFillSync(chunk));
  closeSync(file);
}

/** Small files, a hundred to a directory. */
function writeFiles(tree: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const directory = join(tree, String(Math.floor(index / 100)));
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `file-${index}`), `${index}\n`.repeat(100));
  }
}
