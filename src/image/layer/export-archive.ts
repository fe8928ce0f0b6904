/**
 * A container's whole root as `docker export` writes it: without what is mounted in it, and with the mount points that Docker
 * makes in every container, empty, whether this engine needed them or not: a script that looks for one finds it.
 */
import type { BigIntStats } from 'node:fs';
import { ENGINE_DIRECTORIES, ENGINE_MOUNTED_FILES } from '../../model/engine-files.ts';
import { emptyEntry } from './change-archive.ts';
import { refuseTooLong } from './layer-paths.ts';
import type { ByteString, TarEntry } from './tar-format.ts';
import type { TarWriter } from './tar-writer.ts';
import { listNames, TreeArchive } from './tree-archive.ts';
import { statEntry } from './tree-entry.ts';

/** `root` is a directory, '' the root itself; `madeAt` the time of what isn't there. */
export function exportRoot(root: ByteString, writer: TarWriter, madeAt: number): void {
  const missing = new Map<ByteString, TarEntry>();
  for (const path of ENGINE_DIRECTORIES) missing.set(path, emptyEntry('directory', path, 0o755));
  for (const path of ENGINE_MOUNTED_FILES) missing.set(path, emptyEntry('file', path, 0o755));
  for (const entry of missing.values()) entry.mtimeSec = madeAt;
  new ExportWalk(root, writer, missing).children('');
  writer.finish();
}

class ExportWalk {
  readonly #root: ByteString;
  readonly #writer: TarWriter;
  readonly #archive: TreeArchive;
  readonly #missing: Map<ByteString, TarEntry>;

  constructor(root: ByteString, writer: TarWriter, missing: Map<ByteString, TarEntry>) {
    this.#root = root;
    this.#writer = writer;
    this.#archive = new TreeArchive(writer);
    this.#missing = missing;
  }

  /** What is in a directory; of one that stands in for something else only what was to be there. */
  children(directory: ByteString, isStandIn = false): void {
    const slash = directory === '' ? '' : `${directory}/`;
    const wanted = [...this.#missing.keys()].filter((path) => path.startsWith(slash) && !path.slice(slash.length).includes('/'));
    const there = isStandIn ? [] : listNames(`${this.#root}/${directory}`);
    const names = new Set([...there, ...wanted.map((path) => path.slice(slash.length))]);
    for (const name of [...names].toSorted((left, right) => (left < right ? -1 : 1))) {
      refuseTooLong(this.#root, `/${slash}${name}`);
      this.#entry(slash + name, isStandIn ? undefined : statEntry(`${this.#root}/${slash}${name}`));
    }
  }

  #entry(path: ByteString, known: BigIntStats | undefined): void {
    const standIn = this.#missing.get(path);
    // What else an image has at a mount point, no program of the container saw; entries below a link would lead elsewhere.
    if (standIn !== undefined && known?.isDirectory() !== true) {
      this.#writer.entry(standIn);
      if (standIn.type === 'directory') this.children(path, true);
      return;
    }
    if (known === undefined) return;
    this.#archive.addOne(`${this.#root}/${path}`, path, known);
    if (known.isDirectory()) this.children(path);
  }
}
