/**
 * Writes a copy (`cp`) into a directory that may hold files already. Unlike a layer: names that begin with `.wh.` are names,
 * a file never takes a directory's place or the other way round, and directories that are there keep what is in them.
 * The thread is confined to the tree it writes into.
 */
import { closeSync, constants, fchmodSync, fchownSync, ftruncateSync, lstatSync, openSync, writeSync } from 'node:fs';
import { toBytes } from '../../kernel/byte-paths.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { cleanPath } from './layer-paths.ts';
import type { LayerReport } from './layer-report.ts';
import { LayerTree } from './layer-tree.ts';
import { printable, type ByteString, type TarEntry } from './tar-format.ts';
import type { TarHandler } from './tar-reader.ts';
import type { CopyTarget } from './worker-protocol.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export class CopyWriter implements TarHandler {
  readonly #tree: LayerTree;
  readonly #target: CopyTarget;
  #fd = -1;
  #path: ByteString = '';
  #size = 0;
  #entries = 0;

  constructor(target: CopyTarget) {
    this.#target = target;
    this.#tree = new LayerTree(target.into === '/' ? '' : target.into);
    // Directories that are there may hand down their group or access list.
    this.#tree.inherits = true;
  }

  entry(original: TarEntry): void {
    try {
      this.#make(original);
    } catch (error) {
      if (!hasErrno(error, 'EBUSY')) throw error;
      throw new TsrunError(
        'CONFLICT',
        `unlinkat ${printable(`${this.#target.into.replace(/\/$/, '')}/${this.#path}`).slice(1, -1)}: device or resource busy`,
        {
          path: this.#path,
          hint: 'something is mounted there, and cannot be replaced',
          cause: error,
        },
      );
    }
  }

  #make(original: TarEntry): void {
    this.#entries++;
    const path = cleanPath(original.path);
    this.#path = path;
    const entry = { ...original, ...this.#owner(original) };
    if (path === '') {
      // The archive's own directory is the one that is there.
      if (entry.type !== 'directory') throw new TsrunError('CORRUPT', `the archive's root can't be a ${entry.type}`);
      return;
    }
    this.#checkKind(path, entry);
    const tree = this.#tree;
    switch (entry.type) {
      case 'directory':
        tree.directory(path, entry);
        return;
      case 'file':
        this.#fd = tree.place(path, () => openSync(tree.fs(path), CREATE, 0o600));
        return;
      case 'symlink':
        tree.symlink(path, entry);
        return;
      case 'hardlink':
        this.#hardlink(path, cleanPath(entry.link, 'hardlink'));
        return;
      default:
        tree.node(path, entry);
    }
  }

  #owner(entry: TarEntry): { uid: number; gid: number } {
    const { owner } = this.#target;
    return owner === 'archive' ? { uid: entry.uid, gid: entry.gid } : owner;
  }

  #checkKind(path: ByteString, entry: TarEntry): void {
    let there;
    try {
      there = lstatSync(this.#tree.fs(path));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return;
      throw error;
    }
    // Docker's words: the file, and the directory that was asked for.
    const { shown } = this.#target;
    const [file, directory] = [printable(`${toBytes(shown.replace(/\/$/, ''))}/${path}`), JSON.stringify(shown)];
    if (there.isDirectory() && entry.type !== 'directory')
      throw new TsrunError('CONFLICT', `cannot overwrite directory ${file} with non-directory ${directory}`, { path });
    if (!there.isDirectory() && entry.type === 'directory')
      throw new TsrunError('CONFLICT', `cannot overwrite non-directory ${file} with directory ${directory}`, { path });
  }

  #hardlink(path: ByteString, target: ByteString): void {
    if (path === target) return;
    if (!this.#tree.hardlink(path, target))
      throw new TsrunError('CORRUPT', `invalid hardlink ${printable(path)} -> ${printable(target)}: there is no such file`, { path });
  }

  data(chunk: Uint8Array, offset: number): void {
    if (this.#fd === -1) return;
    for (let at = 0; at < chunk.length;) at += writeSync(this.#fd, chunk, at, chunk.length - at, offset + at);
  }

  end(original: TarEntry): void {
    const fd = this.#fd;
    if (fd === -1) return;
    this.#fd = -1;
    try {
      const { uid, gid } = this.#owner(original);
      if (original.sparse !== undefined) ftruncateSync(fd, original.size);
      // Owner first: changing it clears setuid and capabilities.
      fchownSync(fd, uid, gid);
      fchmodSync(fd, original.mode);
      if (original.xattrs !== undefined) this.#tree.setXattrs(this.#path, original.xattrs);
      this.#tree.setTimes(this.#path, original.mtimeSec, original.mtimeNsec);
      this.#size += original.size;
    } finally {
      closeSync(fd);
    }
  }

  /** All entries came: directories get their times and attributes. */
  finish(): LayerReport {
    this.#tree.finishDirectories();
    return { size: this.#size, entries: this.#entries, implicit: [], lowerLinks: [] };
  }

  /** After a failure: the file that was being written is closed. */
  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }
}
