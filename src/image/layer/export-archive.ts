/**
 * A container's whole root as `docker export` writes it: without what is mounted in it, and with the mount points that Docker
 * makes in every container, empty, whether this engine needed them or not: a script that looks for one finds it.
 */
import { ENGINE_DIRECTORIES, ENGINE_MOUNTED_FILES } from '../../model/engine-files.ts';
import { emptyEntry } from './change-archive.ts';
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

  children(directory: ByteString): void {
    const slash = directory === '' ? '' : `${directory}/`;
    const wanted = [...this.#missing.keys()].filter((path) => path.startsWith(slash) && !path.slice(slash.length).includes('/'));
    const names = new Set([...listNames(`${this.#root}/${directory}`), ...wanted.map((path) => path.slice(slash.length))]);
    for (const name of [...names].toSorted((left, right) => (left < right ? -1 : 1))) this.#entry(slash + name);
  }

  #entry(path: ByteString): void {
    const known = statEntry(`${this.#root}/${path}`);
    const standIn = this.#missing.get(path);
    // What an image has at a mount point, no program of the container saw.
    if (standIn !== undefined && (known === undefined || ENGINE_MOUNTED_FILES.has(path))) this.#writer.entry(standIn);
    else if (known !== undefined) this.#archive.addOne(`${this.#root}/${path}`, path, known);
    if (known?.isDirectory() || standIn?.type === 'directory') this.children(path);
  }
}
