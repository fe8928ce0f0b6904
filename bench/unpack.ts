/** Loading a Debian image: reading, hashing and unpacking some thousands of files, on a new ext4 with a journal. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../rootfs-fixtures/fixtures.ts';
import { run } from './measure.ts';

/** Mount a new, empty ext4 at `directory`. The caller runs in a mount namespace of its own, which takes it away. */
export function mountNewDisk(directory: string, image: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(image, '');
  truncateSync(image, 24 * 2 ** 30);
  run(['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image]);
  // Past the page cache of the file behind it: a disk has none, and a second copy of all that is written would be measured.
  const device = run(['losetup', '--find', '--show', '--direct-io=on', image]).trim();
  run(['mount', device, directory]);
  // It goes with the mount.
  run(['losetup', '--detach', device]);
}

/**
 * `count` archives of the Debian fixture, `variant-FIRST` and on, whose layer differs by one file each, so that every load unpacks anew.
 * Removing between loads instead would measure how the disk forgets.
 */
export function debianVariants(directory: string, count: number, first = 0): string[] {
  const original = fixture('debian');
  const tree = join(directory, 'image');
  mkdirSync(tree, { recursive: true });
  run(['tar', 'xf', original, '-C', tree]);
  const [image] = JSON.parse(run(['cat', join(tree, 'manifest.json')])) as { Config: string; Layers: [string] }[];
  if (image === undefined) throw new Error(`${original} holds no image`);
  const config = JSON.parse(run(['cat', join(tree, image.Config)])) as { rootfs: { diff_ids: string[] } };
  // Written again without holes: Docker 20.10 can't save a layer that has a sparse file.
  const [files, plain] = [join(directory, 'files'), join(directory, 'plain.tar')];
  mkdirSync(files, { recursive: true });
  const all = ['--xattrs', '--xattrs-include=*', '--numeric-owner'];
  run(['tar', 'xf', join(tree, image.Layers[0]), '-C', files, ...all]);
  run(['tar', 'cf', plain, '-C', files, '--format=posix', ...all, '.']);
  return Array.from({ length: count }, (_, position) => {
    const index = first + position;
    const stage = join(directory, `variant-${index}`);
    mkdirSync(stage);
    const layer = join(stage, 'layer.tar');
    run(['cp', plain, layer]);
    writeFileSync(join(stage, 'variant'), `${index}\n`);
    run(['tar', 'rf', layer, '-C', stage, 'variant']);
    config.rootfs.diff_ids = [`sha256:${run(['sha256sum', layer]).split(' ')[0]}`];
    const text = JSON.stringify(config);
    const name = `${createHash('sha256').update(text).digest('hex')}.json`;
    writeFileSync(join(stage, name), text);
    writeFileSync(
      join(stage, 'manifest.json'),
      JSON.stringify([{ Config: name, RepoTags: [`debian:variant-${index}`], Layers: ['layer.tar'] }]),
    );
    const archive = join(directory, `variant-${index}.tar`);
    run(['tar', 'cf', archive, '-C', stage, 'manifest.json', name, 'layer.tar']);
    rmSync(stage, { recursive: true });
    return archive;
  });
}
