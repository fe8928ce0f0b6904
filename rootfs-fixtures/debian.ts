/** Debian as small as it gets ("minbase"): what Docker Hub's debian images are made from. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeLayer } from './image-archive.ts';
import { DEFAULT_PATH, debianMirror, type Recipe, run } from './recipe.ts';

const SUITE = 'bookworm';

/** mmdebstrap unpacks each package once, by apt: in half of debootstrap's time. */
function debootstrap(variant: string, root: string, packages: readonly string[]): void {
  const mirror = debianMirror();
  const words = ['mmdebstrap', '--quiet', `--variant=${variant}`, ...packages.map((name) => `--include=${name}`), SUITE, root];
  if (mirror !== undefined) words.push(mirror);
  // A mount namespace of its own: what it mounts goes with it, however it ends.
  run('unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', ...words);
}

/** Unpack `packages` and all they depend on into `root`, without installing them: none of their scripts runs. */
export function extractDebianPackages(root: string, packages: readonly string[]): void {
  debootstrap('extract', root, packages);
}

/** Fill `root` with a minimal Debian and `packages`. */
export function makeDebianTree(root: string, packages: readonly string[]): void {
  debootstrap('minbase', root, packages);
  // What only the machine that made it needs, and what apt can fetch again.
  run(
    'sh',
    '-c',
    'rm -rf "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/* "$1"/var/log/bootstrap.log',
    'sh',
    root,
  );
  for (const name of ['etc/resolv.conf', 'etc/hostname']) if (existsSync(join(root, name))) rmSync(join(root, name));
  // The mirror of the machine that made it is no part of an image.
  writeFileSync(join(root, 'etc/apt/sources.list'), '');
}

export const debian: Recipe = {
  tag: `debian:${SUITE}`,
  sources: ['debian.ts'],
  inputs: () => [SUITE],
  make: (scratch) => {
    const tree = join(scratch, 'tree');
    makeDebianTree(tree, []);
    return { config: { Env: [DEFAULT_PATH], Cmd: ['bash'] }, layers: [writeLayer(join(scratch, 'layer.tar'), tree)] };
  },
};
