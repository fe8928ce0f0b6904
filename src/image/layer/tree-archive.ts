/**
 * Writes files of a tree into an archive: with all that their inodes have, hard links as such, and in the order of their
 * names. The tree may change meanwhile: what disappears is left out, and what is opened is what was looked at.
 */
import { closeSync, constants, fstatSync, openSync, readdirSync, type BigIntStats } from 'node:fs';
import { hasErrno } from '../../model/errors.ts';
import { refuseTooLong } from './layer-paths.ts';
import { fsPath, type ByteString, type TarEntry } from './tar-format.ts';
import type { TarWriter } from './tar-writer.ts';
import { statEntry, treeEntry } from './tree-entry.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Changes an entry before it is written; undefined leaves it out, with all below it. */
export type EntryFilter = (entry: TarEntry) => TarEntry | undefined;

export class TreeArchive {
  readonly #writer: TarWriter;
  readonly #filter: EntryFilter | undefined;
  /** Files with several names, by device and inode: the first one in the archive. */
  readonly #linked = new Map<string, ByteString>();

  constructor(writer: TarWriter, filter?: EntryFilter) {
    this.#writer = writer;
    this.#filter = filter;
  }

  /** What is at `path` and, if it is a directory, all below; names in the archive begin with `name` ('' is the root, which has no entry). */
  addTree(path: ByteString, name: ByteString): void {
    refuseTooLong('', path);
    const known = statEntry(path);
    if (known === undefined) return;
    if (name !== '' && !this.addOne(path, name, known)) return;
    if (known.isDirectory()) this.#addChildren(path, name);
  }

  #addChildren(path: ByteString, name: ByteString): void {
    const below = path === '/' ? '' : path;
    for (const child of listNames(path)) this.addTree(`${below}/${child}`, name === '' || name === '/' ? name + child : `${name}/${child}`);
  }

  /** One entry for what is at `path`. @returns whether it was written, or would have been but for what it is (a socket, or gone) */
  addOne(path: ByteString, name: ByteString, known: BigIntStats): boolean {
    const plain = treeEntry(path, name, known);
    if (plain === undefined) return true;
    const entry = this.#filter === undefined ? plain : this.#filter(plain);
    if (entry === undefined) return false;
    if (known.nlink > 1n && entry.type !== 'directory') {
      const inode = `${known.dev}:${known.ino}`;
      const first = this.#linked.get(inode);
      if (first !== undefined) {
        this.#writer.entry({ ...entry, type: 'hardlink', link: first, size: 0, xattrs: undefined });
        return true;
      }
      this.#linked.set(inode, entry.path);
    }
    if (entry.type === 'file') this.#addFile(path, entry);
    else this.#writer.entry(entry);
    return true;
  }

  #addFile(path: ByteString, entry: TarEntry): void {
    let fd: number;
    try {
      fd = openSync(fsPath(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    } catch (error) {
      // It was removed, or replaced by a link or a socket, since it was looked at.
      if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return;
      throw error;
    }
    try {
      const now = fstatSync(fd);
      if (now.isFile()) this.#writer.file({ ...entry, size: now.size }, fd);
    } finally {
      closeSync(fd);
    }
  }
}

/** Names in a directory as byte strings, sorted by their bytes; none where it is gone. */
export function listNames(path: ByteString): ByteString[] {
  try {
    return readdirSync(fsPath(path), { encoding: 'latin1' }).toSorted((left, right) => (left < right ? -1 : 1));
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
