/** The tree of one layer while it is written: how each kind of file is made, and what must wait until the end. */
import {
  chmodSync,
  chownSync,
  linkSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import type { Buffer } from 'node:buffer';
import { native } from '../../kernel/native.ts';
import { hasErrno, TsrunError } from '../../model/errors.ts';
import { parentOf } from './layer-paths.ts';
import { corrupt, fsPath, printable, type ByteString, type TarEntry } from './tar-format.ts';

const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const YES = new Uint8Array([0x79]);

/** Attributes of directories wait in memory until all is made: so many bytes of them are more than any tree has a use for. */
const MOST_WAITING_BYTES: number = 256 * 1024 * 1024;
/** What one costs beside its name and its value, about. */
const ATTRIBUTE_BYTES = 200;

interface PendingDirectory {
  mtimeSec: number;
  mtimeNsec: number;
  xattrs: Map<string, Buffer> | undefined;
}

export class LayerTree {
  readonly #root: string;
  /** Directories described by the layer: times and attributes come when all their entries are made. */
  readonly #pending = new Map<ByteString, PendingDirectory>();
  #waitingBytes = 0;
  readonly #implicit = new Set<ByteString>(['']);
  /** Names that a whiteout of this layer took: a directory made there later must be opaque. */
  readonly #whiteouts = new Set<ByteString>();
  /** Whether some directory hands its group or access list down to new files. */
  inherits = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** A clean name as a path for Node's fs. */
  fs(path: ByteString): string | Buffer {
    return fsPath(`${this.#root}/${path}`);
  }

  /** New files belong to root: whether that is wrong. */
  mustChown(entry: TarEntry): boolean {
    return entry.uid !== 0 || entry.gid !== 0 || this.inherits;
  }

  /** Make something new at `path`, with missing parents, in place of what is there. */
  place<Result>(path: ByteString, make: () => Result): Result {
    // Nearly always the first try does it, so nothing is looked up before.
    for (let attempt = 0; ; attempt++) {
      try {
        return make();
      } catch (error) {
        if (attempt >= 3) throw error;
        if (hasErrno(error, 'EEXIST', 'EISDIR')) this.remove(path);
        else if (this.#wantsParents(error, path)) this.#makeParents(path);
        else throw error;
      }
    }
  }

  /** Make what is missing of the directories above `path`, from the top down. A whiteout in the way becomes an opaque directory. */
  #makeParents(path: ByteString): void {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const parent = path.slice(0, slash);
      if (this.#whiteouts.has(parent)) unlinkSync(this.fs(parent));
      try {
        mkdirSync(this.fs(parent), 0o755);
      } catch (error) {
        if (hasErrno(error, 'EEXIST')) continue;
        throw error;
      }
      this.#implicit.add(parent);
      if (this.#whiteouts.delete(parent)) this.#setOpaque(parent);
    }
  }

  /** Whether a call failed for want of a parent directory that can be made. */
  #wantsParents(error: unknown, path: ByteString): boolean {
    return hasErrno(error, 'ENOENT') || (hasErrno(error, 'ENOTDIR') && this.#isHidden(parentOf(path)));
  }

  directory(path: ByteString, entry: TarEntry): void {
    const mode = entry.mode;
    if (path !== '') {
      let made = false;
      for (let attempt = 0; !made; attempt++) {
        try {
          mkdirSync(this.fs(path), mode);
          made = true;
        } catch (error) {
          if (attempt >= 3) throw error;
          if (this.#wantsParents(error, path)) this.#makeParents(path);
          else if (!hasErrno(error, 'EEXIST')) throw error;
          else if (lstatSync(this.fs(path)).isDirectory()) break;
          else {
            const wasWhiteout = this.#whiteouts.has(path);
            this.remove(path);
            if (wasWhiteout) this.#whiteouts.add(path);
          }
        }
      }
      if (this.#whiteouts.delete(path)) this.#setOpaque(path);
      if (made && !this.inherits && entry.uid === 0 && entry.gid === 0 && (mode & 0o7000) === 0) {
        this.#described(path, entry);
        return;
      }
    }
    chownSync(this.fs(path), entry.uid, entry.gid);
    chmodSync(this.fs(path), mode);
    if ((mode & 0o2000) !== 0 || entry.gid !== 0) this.inherits = true;
    this.#described(path, entry);
  }

  #described(path: ByteString, entry: TarEntry): void {
    for (const [name, value] of entry.xattrs ?? []) this.#waitingBytes += ATTRIBUTE_BYTES + name.length + value.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES)
      throw new TsrunError('HOSTILE', `directories with more than ${MOST_WAITING_BYTES} bytes of extended attributes`);
    this.#implicit.delete(path);
    this.#pending.set(path, { mtimeSec: entry.mtimeSec, mtimeNsec: entry.mtimeNsec, xattrs: entry.xattrs });
  }

  symlink(path: ByteString, entry: TarEntry): void {
    if (entry.link.includes('\0')) throw corrupt(`the symbolic link ${printable(path)} has an impossible target`);
    const target = fsPath(entry.link);
    this.place(path, () => symlinkSync(target, this.fs(path)));
    if (this.mustChown(entry)) lchownSync(this.fs(path), entry.uid, entry.gid);
    if (entry.xattrs !== undefined) this.setXattrs(path, entry.xattrs);
    if (entry.mtimeNsec === 0) lutimesSync(this.fs(path), entry.mtimeSec, entry.mtimeSec);
    else this.setTimes(path, entry.mtimeSec, entry.mtimeNsec);
  }

  /** A device or fifo. */
  node(path: ByteString, entry: TarEntry): void {
    const kind = entry.type === 'fifo' ? S_IFIFO : entry.type === 'block' ? S_IFBLK : S_IFCHR;
    this.place(path, () => native().mknod(this.fs(path), kind | (entry.mode & 0o777), entry.major, entry.minor));
    if (this.mustChown(entry)) lchownSync(this.fs(path), entry.uid, entry.gid);
    // Safe to follow: it was just made, and nobody else writes here.
    if ((entry.mode & 0o7000) !== 0 || this.inherits) chmodSync(this.fs(path), entry.mode);
    if (entry.xattrs !== undefined) this.setXattrs(path, entry.xattrs);
    this.setTimes(path, entry.mtimeSec, entry.mtimeNsec);
  }

  /** False: the layer has no such target. */
  hardlink(path: ByteString, target: ByteString): boolean {
    if (target === '') throw corrupt(`invalid hardlink ${printable(path)}: a directory can't be linked`);
    let known;
    try {
      known = lstatSync(this.fs(target));
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
    if (known === undefined || this.#whiteouts.has(target)) {
      if (this.#isHidden(target)) throw corrupt(`invalid hardlink ${printable(path)} -> ${printable(target)}: there is no such file`);
      this.remove(path);
      this.#makeParents(path);
      return false;
    }
    if (known.isDirectory()) throw corrupt(`invalid hardlink ${printable(path)} -> ${printable(target)}: a directory can't be linked`);
    // Replacing a directory that holds the target would remove it first.
    if (target.startsWith(`${path}/`))
      throw corrupt(`invalid hardlink ${printable(path)} -> ${printable(target)}: it replaces its own target`);
    this.place(path, () => linkSync(this.fs(target), this.fs(path)));
    return true;
  }

  /** Whether a whiteout of this layer hides what lower layers have at `path`. */
  #isHidden(path: ByteString): boolean {
    for (let name = path; name !== ''; name = parentOf(name)) if (this.#whiteouts.has(name)) return true;
    return false;
  }

  /** Lower layers' `path` is gone. A file of this same layer stays (the spec: whiteouts hide lower layers only). */
  whiteout(path: ByteString): void {
    try {
      this.#tryWhiteout(path, true);
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      // A directory would be merged with the hidden one.
      if (!this.#whiteouts.has(path) && lstatSync(this.fs(path)).isDirectory()) this.#setOpaque(path);
    }
  }

  #tryWhiteout(path: ByteString, retry: boolean): void {
    try {
      native().mknod(this.fs(path), S_IFCHR, 0, 0);
      this.#whiteouts.add(path);
    } catch (error) {
      if (!retry || !this.#wantsParents(error, path)) throw error;
      this.#makeParents(path);
      this.#tryWhiteout(path, false);
    }
  }

  /** All that lower layers have in `directory` is gone. */
  opaque(directory: ByteString): void {
    if (directory === '') {
      this.#setOpaque('');
      return;
    }
    this.#makeParents(`${directory}/x`);
    if (!lstatSync(this.fs(directory)).isDirectory()) throw corrupt(`invalid whiteout in ${printable(directory)}: it is not a directory`);
    this.#setOpaque(directory);
  }

  #setOpaque(path: ByteString): void {
    native().lsetxattr(this.fs(path), 'trusted.overlay.opaque', YES);
  }

  /** Remove what is at `path`, if anything: a file, or a whole directory. */
  remove(path: ByteString): void {
    if (path === '') return;
    let known;
    try {
      known = lstatSync(this.fs(path));
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return;
      throw error;
    }
    this.#whiteouts.delete(path);
    if (!known.isDirectory()) {
      unlinkSync(this.fs(path));
      return;
    }
    this.#forgetBelow(path);
    this.#removeTree(path);
  }

  #removeTree(path: ByteString): void {
    for (const child of readdirSync(this.fs(path), { withFileTypes: true, encoding: 'latin1' })) {
      const childPath = `${path}/${child.name}`;
      if (child.isDirectory()) this.#removeTree(childPath);
      else unlinkSync(this.fs(childPath));
    }
    rmdirSync(this.fs(path));
  }

  #forgetBelow(path: ByteString): void {
    const below = `${path}/`;
    for (const set of [this.#pending, this.#implicit, this.#whiteouts]) {
      for (const name of set.keys()) if (name === path || name.startsWith(below)) set.delete(name);
    }
  }

  /** Set what the layer says, and this filesystem knows. overlayfs' own attributes are none of a layer's business. */
  setXattrs(path: ByteString, xattrs: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, value] of xattrs) {
      if (name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')) continue;
      try {
        native().lsetxattr(this.fs(path), name, value);
      } catch (error) {
        if (!hasErrno(error, 'ENOTSUP', 'EOPNOTSUPP', 'EPERM')) throw error;
      }
    }
  }

  setTimes(path: ByteString, seconds: number, nanoseconds: number): void {
    native().lutimens(this.fs(path), seconds, nanoseconds, seconds, nanoseconds);
  }

  /** Give directories their attributes and times: the last thing that happens to a tree. */
  finishDirectories(): void {
    for (const [path, pending] of this.#pending) {
      // A directory that was replaced through a link is not what was described; leave it.
      if (!lstatSync(this.fs(path), { throwIfNoEntry: false })?.isDirectory()) continue;
      if (pending.xattrs !== undefined) this.setXattrs(path, pending.xattrs);
    }
    for (const [path, pending] of this.#pending) {
      if (!lstatSync(this.fs(path), { throwIfNoEntry: false })?.isDirectory()) continue;
      if (pending.mtimeNsec === 0) lutimesSync(this.fs(path), pending.mtimeSec, pending.mtimeSec);
      else this.setTimes(path, pending.mtimeSec, pending.mtimeNsec);
    }
  }

  /** Parents first. */
  implicitDirectories(): ByteString[] {
    return [...this.#implicit].toSorted();
  }
}
