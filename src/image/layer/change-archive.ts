/** What a container changed as a layer's tar: what is there now, and whiteouts for what is gone. Source: OCI image-spec 1.1, layer.md. */
import { walkChanges, type ChangeRoots } from './changes.ts';
import { baseOf, parentOf } from './layer-paths.ts';
import type { ByteString, TarEntry } from './tar-format.ts';
import type { TarWriter } from './tar-writer.ts';
import { TreeArchive } from './tree-archive.ts';

/** Write the layer; the end mark too. */
export function archiveChanges(roots: ChangeRoots, writer: TarWriter): void {
  const archive = new TreeArchive(writer);
  walkChanges(roots, ({ path, now }) => {
    if (now === undefined) writer.entry(whiteout(path));
    else archive.addOne(`${roots.merged}/${path}`, path, now);
  });
  writer.finish();
}

function whiteout(path: ByteString): TarEntry {
  const parent = parentOf(path);
  const name = `.wh.${baseOf(path)}`;
  return emptyEntry('file', parent === '' ? name : `${parent}/${name}`, 0);
}

/** An entry that no file stands behind: root's, without a time. */
export function emptyEntry(type: TarEntry['type'], path: ByteString, mode: number, link: ByteString = ''): TarEntry {
  return {
    type,
    path,
    link,
    mode,
    uid: 0,
    gid: 0,
    size: 0,
    mtimeSec: 0,
    mtimeNsec: 0,
    major: 0,
    minor: 0,
    xattrs: undefined,
    sparse: undefined,
  };
}
