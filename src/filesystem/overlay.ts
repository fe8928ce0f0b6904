/**
 * Step 3: a container's filesystem is an overlay: its image's layers and an init layer, read-only, and a writable directory of its own on
 * top. Here are its directories; it is mounted by the container itself, in its own mount namespace.
 */
import { chmodSync, chownSync, mkdirSync, readlinkSync, statSync, symlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { native } from '../kernel/native.ts';
import { traceCall } from '../kernel/trace.ts';
import { hasErrno } from '../model/errors.ts';
import type { Digest, Image } from '../model/image.ts';
import { containerDirectory, layersDirectory, type EnginePaths } from '../state/paths.ts';
import { makeInitLayer } from './init-layer.ts';

/** Layers as overlayfs takes them. */
export interface RootLayers {
  /** What the names in `lower` are relative to. */
  directory: string;
  /** From the top to the bottom; at least one. */
  lower: readonly string[];
}

export interface ContainerOverlay extends RootLayers {
  /** Absolute. */
  upper: string;
  work: string;
}

/** mount(2) takes one page of words; this leaves room for the upper and work directories. */
const LONGEST_LIST = 3000;
/** An image without layers has an empty root. */
const EMPTY = 'empty';

/** An image's layers, for whoever only reads. */
export function rootLayers(paths: EnginePaths, image: Pick<Image, 'layers'>): RootLayers {
  const directory = layersDirectory(paths);
  const names = image.layers.map((chainId: Digest) => chainId.slice('sha256:'.length)).toReversed();
  if (names.length === 0) {
    mkdirSync(join(directory, EMPTY), { recursive: true, mode: 0o755 });
    return { directory, lower: [EMPTY] };
  }
  const isLong = names.length * 65 > LONGEST_LIST;
  return { directory, lower: isLong ? names.map((name) => shortName(directory, name)) : names };
}

/** A short link to a layer, `l/HEX`: as many digits as it takes to be the only one. */
function shortName(directory: string, name: string): string {
  for (let digits = 8; ; digits += 4) {
    const short = `l/${name.slice(0, digits)}`;
    const link = join(directory, short);
    const target = `../${name}`;
    try {
      if (readlinkSync(link) === target) return short;
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error;
      mkdirSync(join(directory, 'l'), { recursive: true, mode: 0o711 });
      try {
        symlinkSync(target, link);
        return short;
      } catch (raced) {
        if (!hasErrno(raced, 'EEXIST')) throw raced;
        digits -= 4; // look again: another command made it, for this layer or another
      }
    }
  }
}

/** Where the overlay of a container is: its uppermost lower layer is the image's init layer. Makes nothing. */
export function containerOverlay(paths: EnginePaths, id: string, image: Pick<Image, 'layers'>): ContainerOverlay {
  const own = containerDirectory(paths, id);
  const { directory, lower } = rootLayers(paths, image);
  const init = `i/${image.layers.at(-1)?.slice('sha256:'.length) ?? EMPTY}`;
  return { directory, lower: [init, ...lower], upper: join(own, 'upper'), work: join(own, 'work') };
}

/** The overlay of a container that is there, with its init layer, which a boot takes away (engine/reclaim.ts). */
export function openOverlay(paths: EnginePaths, id: string, image: Pick<Image, 'layers'>): ContainerOverlay {
  const overlay = containerOverlay(paths, id, image);
  initLayerRoot(paths, overlay);
  return overlay;
}

/** See to it that an overlay's init layer is there. Where it is, this costs a look. @returns what its root looks like */
function initLayerRoot(paths: EnginePaths, { directory, lower: [init = '', ...image] }: ContainerOverlay): Stats {
  const path = join(directory, init);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found;
  traceCall(
    'mkdir',
    () => `${path}, the init layer of all containers of this image`,
    () => makeInitLayer(paths, path, directory, image),
  );
  return statSync(path);
}

/** A container's root for whoever only reads: its writable layer, too. */
export function wholeRoot({ directory, upper, lower }: ContainerOverlay): RootLayers {
  return { directory, lower: [upper, ...lower] };
}

/**
 * Make a new container's writable layer: an empty directory with the owner and mode of the image's root. The container's directory may
 * be there already; it goes with that.
 */
export function allocateOverlay(paths: EnginePaths, id: string, image: Pick<Image, 'layers'>): ContainerOverlay {
  const overlay = containerOverlay(paths, id, image);
  // It looks as the image's.
  const root = initLayerRoot(paths, overlay);
  traceCall(
    'mkdir',
    () => `${overlay.upper}, and work beside it`,
    () => {
      try {
        mkdirSync(overlay.upper, root.mode & 0o777);
      } catch (error) {
        if (!hasErrno(error, 'ENOENT')) throw error;
        mkdirSync(containerDirectory(paths, id), { recursive: true, mode: 0o710 });
        mkdirSync(overlay.upper, root.mode & 0o777);
      }
      mkdirSync(overlay.work, 0o700);
      const upper = statSync(overlay.upper);
      if (upper.uid !== root.uid || upper.gid !== root.gid) chownSync(overlay.upper, root.uid, root.gid);
      // The umask, and the special bits that mkdir(2) ignores.
      if (upper.mode !== root.mode) chmodSync(overlay.upper, root.mode & 0o7777);
    },
  );
  return overlay;
}

/**
 * Have the kernel take a layer again that was mounted `volatile` before, as in a container with --rm that is restarted. It refuses, as some of
 * it might not have reached the disk; but only a boot could tell, and after a boot such a container is removed.
 */
export function allowRemount({ work }: ContainerOverlay): void {
  native().removeTree(join(work, 'work', 'incompat', 'volatile'));
}
