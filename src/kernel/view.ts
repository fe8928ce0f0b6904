/**
 * A view: the calling worker thread sees nothing but one tree, made of mounts that nobody else sees. Whatever links a
 * container or a layer holds, the kernel resolves them inside. Only synchronous fs calls respect it: others run on threads
 * that see the host.
 */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasErrno } from '../model/errors.ts';
import { native } from './native.ts';

/** A detached mount (`overlayMount`, `openTree`, `cloneMount`) and where it goes. Its descriptor stays the maker's. */
export interface ViewMount {
  mount: number;
  path: string;
  kind: 'directory' | 'file';
}

export interface View {
  /** Attached at host paths before the thread is confined. */
  mounts: readonly ViewMount[];
  /** The host's directory that becomes the root. */
  root: string;
  /** Attached at paths inside, from outer to inner ones; what is missing of a path is made, inside. */
  inside: readonly ViewMount[];
}

/** Confine the calling worker thread. Throws the kernel's errors; then the thread must end. */
export function enterView(view: View): void {
  native().isolateMounts();
  for (const { mount, path } of view.mounts) native().moveMount(mount, path);
  native().confineThread(view.root);
  for (const each of view.inside) {
    makeTarget(each);
    try {
      native().moveMount(each.mount, each.path);
    } catch (error) {
      // The target was made just now: what was opened is gone, with the container or its volume, and is as if it had not been found.
      if (!hasErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Close a view's descriptors: what is attached stays as long as the thread. */
export function closeMounts(mounts: readonly ViewMount[]): void {
  for (const { mount } of mounts) closeSync(mount);
}

function makeTarget({ path, kind }: ViewMount): void {
  try {
    statSync(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    mkdirSync(kind === 'directory' ? path : dirname(path), { recursive: true, mode: 0o755 });
    if (kind === 'file') closeSync(openSync(path, 'a', 0o644));
  }
}
