/**
 * Writes a layer's entries below `root` with synchronous calls, as overlayfs wants them. Runs in a worker whose root is
 * the layer, so that the kernel confines every path; `root` is '' there. What a later entry says wins.
 */
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, ftruncateSync, futimesSync, openSync, writeSync } from 'node:fs';
import { TsrunError } from '../../model/errors.ts';
import { cleanPath, meaningOf } from './layer-paths.ts';
import type { LayerReport } from './layer-report.ts';
import { LayerTree } from './layer-tree.ts';
import { corrupt, printable, type ByteString, type TarEntry } from './tar-format.ts';
import type { TarHandler } from './tar-reader.ts';
import { tooLarge } from './too-large.ts';

export interface WriterLimits {
  maxBytes: number;
  maxEntries: number;
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const SPECIAL_BITS = 0o7000;

export class LayerWriter implements TarHandler {
  readonly #tree: LayerTree;
  readonly #limits: WriterLimits;
  #size = 0;
  #entries = 0;
  #fd = -1;
  #path: ByteString = '';
  #written = 0;
  readonly #lowerLinks = new Map<ByteString, ByteString>();

  constructor(root: string, limits: WriterLimits) {
    this.#tree = new LayerTree(root);
    this.#limits = limits;
  }

  entry(entry: TarEntry): void {
    if (++this.#entries > this.#limits.maxEntries) throw tooLarge(`the layer has more than ${this.#limits.maxEntries} entries`);
    const path = cleanPath(entry.path);
    this.#path = path;
    const meaning = meaningOf(path);
    if (meaning.kind === 'ignored') return;
    if (path === '' && entry.type !== 'directory') throw corrupt(`the layer's root can't be a ${entry.type}`);
    try {
      if (meaning.kind === 'whiteout') this.#tree.whiteout(meaning.path);
      else if (meaning.kind === 'opaque') this.#tree.opaque(meaning.directory);
      else this.#make(entry, path);
    } catch (error) {
      if (error instanceof TsrunError || !(error instanceof Error) || !('code' in error)) throw error;
      throw describe(error as NodeJS.ErrnoException, path);
    }
  }

  #make(entry: TarEntry, path: ByteString): void {
    const tree = this.#tree;
    this.#lowerLinks.delete(path);
    switch (entry.type) {
      case 'directory':
        tree.directory(path, entry);
        return;
      case 'file':
        if (entry.size > this.#limits.maxBytes - this.#size)
          throw tooLarge(`the layer has more than ${this.#limits.maxBytes} bytes of files`);
        this.#fd = tree.place(path, () => openSync(tree.fs(path), CREATE, entry.mode & 0o777));
        this.#written = 0;
        return;
      case 'symlink':
        if (entry.link === '') throw corrupt(`the symbolic link ${printable(path)} has no target`);
        tree.symlink(path, entry);
        return;
      case 'hardlink':
        this.#hardlink(path, cleanPath(entry.link, 'hardlink'));
        return;
      default:
        tree.node(path, entry);
    }
  }

  #hardlink(path: ByteString, target: ByteString): void {
    if (target === path) return; // a file that is a link to itself is there already
    const lower = this.#lowerLinks.get(target);
    if (lower !== undefined) {
      this.#tree.remove(path);
      this.#lowerLinks.set(path, lower);
      return;
    }
    if (!this.#tree.hardlink(path, target)) this.#lowerLinks.set(path, target);
  }

  data(chunk: Uint8Array, offset: number): void {
    if (this.#fd === -1) return;
    try {
      let at = 0;
      // A write at the current position is cheaper, and sparse files are rare.
      const position = offset === this.#written ? null : offset;
      while (at < chunk.length) at += writeSync(this.#fd, chunk, at, chunk.length - at, position === null ? null : position + at);
      if (position === null) this.#written += chunk.length;
      else this.#written = -1;
    } catch (error) {
      throw describe(error as NodeJS.ErrnoException, this.#path);
    }
  }

  end(entry: TarEntry): void {
    const fd = this.#fd;
    if (fd === -1) return;
    this.#fd = -1;
    try {
      if (entry.sparse !== undefined) {
        ftruncateSync(fd, entry.size);
        // It has its size on the disk before its data, and after a power cut a size is all that is looked at (store/unsettled.ts).
        fsyncSync(fd);
      }
      // Owner first: changing it clears setuid and capabilities.
      if (this.#tree.mustChown(entry)) fchownSync(fd, entry.uid, entry.gid);
      if ((entry.mode & SPECIAL_BITS) !== 0 || this.#tree.inherits) fchmodSync(fd, entry.mode);
      if (entry.xattrs !== undefined) this.#tree.setXattrs(this.#path, entry.xattrs);
      if (entry.mtimeNsec === 0) futimesSync(fd, entry.mtimeSec, entry.mtimeSec);
      else this.#tree.setTimes(this.#path, entry.mtimeSec, entry.mtimeNsec);
      this.#size += entry.size;
    } catch (error) {
      throw describe(error as NodeJS.ErrnoException, this.#path);
    } finally {
      closeSync(fd);
    }
  }

  /** All entries came: directories get their times and attributes. */
  finish(): LayerReport {
    this.#tree.finishDirectories();
    return {
      size: this.#size,
      entries: this.#entries,
      implicit: this.#tree.implicitDirectories(),
      lowerLinks: [...this.#lowerLinks].map(([path, target]) => ({ path, target })),
    };
  }

  /** After a failure: the file that was being written is closed. */
  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** A failed call in the engine's words. */
function describe(error: NodeJS.ErrnoException, path: ByteString): TsrunError {
  const details = { call: error.syscall, path: `/${path}`, errno: error.code, cause: error };
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new TsrunError('NO_SPACE', `failed to register layer: write /${path}: no space left on device`, {
        ...details,
        hint: 'free some space, or choose another folder with --root',
      });
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ELOOP':
    case 'ENAMETOOLONG':
    case 'EISDIR':
      return new TsrunError('CORRUPT', `failed to register layer: ${printable(path)} can't be made: ${error.message}`, details);
    default:
      return new TsrunError('KERNEL', `failed to register layer: ${error.syscall ?? 'call'} ${printable(path)}: ${error.message}`, details);
  }
}
