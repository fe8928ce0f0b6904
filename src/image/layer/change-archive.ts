/** What a container changed as a layer's tar: what is there now, and whiteouts for what is gone. Source: OCI image-spec 1.1, layer.md. */
import { TsrunError } from '../../model/errors.ts';
import { walkChanges, type ChangeRoots } from './changes.ts';
import { baseOf, parentOf, WHITEOUT_PREFIX } from './layer-paths.ts';
import { printable, type ByteString, type TarEntry } from './tar-format.ts';
import type { TarWriter } from './tar-writer.ts';
import { TreeArchive } from './tree-archive.ts';

/**
 * Write the layer; the end mark too.
 * @throws TsrunError UNSUPPORTED for a change of a file whose own name a layer's reader would take for a whiteout
 */
export function archiveChanges(roots: ChangeRoots, writer: TarWriter): void {
  const archive = new TreeArchive(writer);
  walkChanges(roots, ({ path, now }) => {
    // Docker writes it all the same, and loses two files: this one, and the one that it then seems to hide.
    if (baseOf(path).startsWith(WHITEOUT_PREFIX)) throw inexpressible(path);
    if (now === undefined) writer.entry(whiteout(path));
    else archive.addOne(`${roots.merged}/${path}`, path, now);
  });
  writer.finish();
}

function inexpressible(path: ByteString): TsrunError {
  return new TsrunError(
    'UNSUPPORTED',
    `${printable(`/${path}`)} can't be in an image's layer: a name with .wh. before it means there that a file is gone`,
    {
      hint: 'rename or remove it in the container, then commit again; export writes it as it is',
    },
  );
}

function whiteout(path: ByteString): TarEntry {
  const parent = parentOf(path);
  const name = `${WHITEOUT_PREFIX}${baseOf(path)}`;
  return emptyEntry('file', parent === '' ? name : `${parent}/${name}`, 0);
}

/** An entry that no file stands behind: root's, without a time. */
export function emptyEntry(type: TarEntry['type'], path: ByteString, mode: number): TarEntry {
  return {
    type,
    path,
    link: '',
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
