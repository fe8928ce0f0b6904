/** Debian in twelve layers, as an image that was built step by step has it. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../rootfs-fixtures/fixtures.ts';
import { writeImageArchive, writeLayer } from '../rootfs-fixtures/image-archive.ts';
import { run } from './measure.ts';

const LAYERS = 12;

/** `count` archives of one image each, no two of which share a layer. */
export function layeredVariants(directory: string, count: number): string[] {
  const trees = splitDebian(directory);
  return Array.from({ length: count }, (_, variant) => {
    const stage = join(directory, `stage-${variant}`);
    mkdirSync(join(stage, 'archive'), { recursive: true });
    const layers = trees.map((tree, index) => {
      writeFileSync(join(tree, `variant-${index}`), `${variant}\n`);
      return writeLayer(join(stage, `layer-${index}.tar`), tree);
    });
    const archive = join(directory, `layered-${variant}.tar`);
    writeImageArchive(archive, join(stage, 'archive'), `layered:variant-${variant}`, { config: { Cmd: ['bash'] }, layers });
    rmSync(stage, { recursive: true });
    return archive;
  });
}

/** The Debian fixture's tree in twelve of about one size: its largest directories go around. */
function splitDebian(directory: string): string[] {
  const [image, whole] = [join(directory, 'image'), join(directory, 'whole')];
  for (const path of [image, whole]) mkdirSync(path, { recursive: true });
  run(['tar', 'xf', fixture('debian'), '-C', image]);
  const [manifest] = JSON.parse(run(['cat', join(image, 'manifest.json')])) as { Layers: string[] }[];
  for (const layer of manifest?.Layers ?? []) run(['tar', 'xf', join(image, layer), '-C', whole, '--xattrs', '--numeric-owner']);
  const trees = Array.from({ length: LAYERS }, (_, index) => join(directory, `tree-${index}`));
  for (const tree of trees) mkdirSync(join(tree, 'usr/share'), { recursive: true });
  const parts = ['usr/share', 'usr', ''].flatMap((parent) =>
    readdirSync(join(whole, parent))
      .filter((name) => !['usr', 'share'].includes(name))
      .map((name) => join(parent, name)),
  );
  const sizes = new Map(parts.map((part) => [part, Number(run(['du', '-s', join(whole, part)]).split('\t')[0])]));
  const loads = trees.map(() => 0);
  for (const part of parts.toSorted((one, other) => (sizes.get(other) ?? 0) - (sizes.get(one) ?? 0))) {
    const lightest = loads.indexOf(Math.min(...loads));
    loads[lightest] = (loads[lightest] ?? 0) + (sizes.get(part) ?? 0);
    renameSync(join(whole, part), join(trees[lightest] ?? '', part));
  }
  return trees.filter((tree) => statSync(tree).isDirectory());
}
