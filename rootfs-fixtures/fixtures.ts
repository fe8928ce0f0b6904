/** Real images for tests, benchmarks and the demo, made on first use and kept by what they are made from. */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { busybox } from './busybox.ts';
import { capabilities } from './capabilities.ts';
import { debian } from './debian.ts';
import { writeImageArchive } from './image-archive.ts';
import { nginx } from './nginx.ts';
import { type Recipe, run } from './recipe.ts';
import { redis } from './redis.ts';

/** The images there are recipes for. */
export type FixtureName = 'busybox' | 'debian' | 'nginx' | 'redis' | 'capabilities';

const RECIPES: Record<FixtureName, Recipe> = { busybox, debian, nginx, redis, capabilities };

export const FIXTURE_NAMES: readonly FixtureName[] = Object.keys(RECIPES) as FixtureName[];

const cacheDirectory = (): string => join(process.env['XDG_CACHE_HOME'] ?? '/var/cache', 'tsrun-fixtures');

/** The name an image is loaded under: `busybox:latest`. */
export const fixtureTag = (name: FixtureName): string => RECIPES[name].tag;

/** Where the image's archive is kept: a name that changes with its recipe and all it is made from. */
function archivePath(name: FixtureName): string {
  const hash = createHash('sha256').update(process.arch).update(JSON.stringify(RECIPES[name].inputs()));
  for (const file of ['image-archive.ts', 'recipe.ts', ...RECIPES[name].sources]) {
    hash.update(readFileSync(join(import.meta.dirname, file)));
  }
  return join(cacheDirectory(), `${name}-${hash.digest('hex').slice(0, 16)}.tar`);
}

/** Another checkout, whose recipe differs, may be at its tests: what it uses now was made, or asked for, not so long ago. */
const KEPT_MS = 24 * 60 * 60 * 1000;

function forgetOld(name: FixtureName): void {
  for (const file of globSync(join(cacheDirectory(), `${name}-*.tar`)))
    if (Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
}

/** Make the image's archive, and forget older ones of the same name. Only one process at a time does so: see `fixture`. */
export function makeFixture(name: FixtureName): string {
  const path = archivePath(name);
  if (existsSync(path)) return path;
  mkdirSync(cacheDirectory(), { recursive: true });
  const scratch = mkdtempSync(join(cacheDirectory(), `${name}-`));
  try {
    const [layers, archive] = [join(scratch, 'layers'), join(scratch, 'archive')];
    mkdirSync(layers);
    mkdirSync(archive);
    writeImageArchive(join(scratch, 'image.tar'), archive, RECIPES[name].tag, RECIPES[name].make(layers));
    forgetOld(name);
    renameSync(join(scratch, 'image.tar'), path);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return path;
}

/**
 * The archive of a fixture image, made now if it is not there: a docker-archive and an OCI layout in one tar.
 * Any number of processes may ask at once; one makes it. Needs root, and for Debian's images a mirror.
 */
export function fixture(name: FixtureName): string {
  const path = archivePath(name);
  if (existsSync(path)) {
    // It is asked for. Whoever isn't root may not say so, and need not.
    if (process.getuid?.() === 0) utimesSync(path, Date.now() / 1000, Date.now() / 1000);
    return path;
  }
  mkdirSync(cacheDirectory(), { recursive: true });
  // The lock goes with the process that holds it.
  return run('flock', join(cacheDirectory(), `${name}.lock`), process.execPath, join(import.meta.dirname, 'make.ts'), name).trim();
}
