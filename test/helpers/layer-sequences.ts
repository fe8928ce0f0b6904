/**
 * Random sequences of layers, as builders write them: each adds, replaces and removes files of those below it. What can't be
 * in a layer that someone meant (a name twice, a whiteout of what is not there) is left out: unpackers may differ about it.
 */
import fc from 'fast-check';
import type { TarInput } from './tar-writer.ts';

/** What happens to one name in one layer. */
interface Change {
  path: string[];
  kind: 'file' | 'directory' | 'symlink' | 'device' | 'fifo' | 'hardlink' | 'remove' | 'opaque';
  attributes: Pick<TarInput, 'mode' | 'uid' | 'gid' | 'mtime'>;
  data: Uint8Array;
  xattrs: Record<string, Uint8Array>;
  /** Whether the layer says nothing of directories above that are there already. */
  implicit: boolean;
  /** Chooses among what there is to link to. */
  choice: number;
}

// Few names, so that layers meet; one of them is no UTF-8.
const segment = fc.constantFrom('a', 'b', 'c', 'bin', '\xff\xfe');

const attributes = fc.record({
  mode: fc.oneof(fc.constantFrom(0o644, 0o755, 0o4755, 0o2755, 0o1777, 0o600), fc.integer({ min: 0, max: 0o7777 })),
  uid: fc.constantFrom(0, 1, 1000, 65_534, 2_000_000),
  gid: fc.constantFrom(0, 5, 1000, 65_534),
  mtime: fc
    .tuple(fc.integer({ min: 1, max: 4_000_000_000 }), fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 999_999_999 })))
    .map(([seconds, nanoseconds]) => (nanoseconds === 0 ? seconds : `${seconds}.${String(nanoseconds).padStart(9, '0')}`)),
});

const change: fc.Arbitrary<Change> = fc.record({
  path: fc.array(segment, { minLength: 1, maxLength: 3 }),
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant('file' as const) },
    { weight: 3, arbitrary: fc.constantFrom('directory' as const, 'remove' as const, 'hardlink' as const) },
    { weight: 1, arbitrary: fc.constantFrom('symlink' as const, 'device' as const, 'fifo' as const, 'opaque' as const) },
  ),
  attributes,
  data: fc.uint8Array({ maxLength: 30 }),
  xattrs: fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((value) => ({ 'user.note': value })),
    fc.constant({ 'security.capability': Buffer.from('0100000200200000000000000000000000000000', 'hex') }),
  ),
  implicit: fc.boolean(),
  choice: fc.nat(100),
});

/**
 * The entries of each layer, from the bottom up.
 * @param parents whether a layer describes all directories above its files, as Docker's do, or may leave out some that are below it
 */
export function layerSequences(parents: 'all' | 'some'): fc.Arbitrary<TarInput[][]> {
  return fc.array(fc.array(change, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 4 }).map((layers) => {
    const tree = new Map<string, Kind>();
    return layers.map((changes) =>
      writeLayer(
        tree,
        changes.map((each) => ({ ...each, implicit: each.implicit && parents === 'some' })),
      ),
    );
  });
}

type Kind = 'directory' | 'file' | 'other';

const isBelow = (path: string, directory: string): boolean => path.startsWith(`${directory}/`);

/** Turn changes into entries; `tree` is what there is below, and afterwards what there is then. */
function writeLayer(tree: Map<string, Kind>, changes: readonly Change[]): TarInput[] {
  const entries: TarInput[] = [];
  /** Paths that have an entry, and of what kind. */
  const written = new Map<string, Kind | 'removed'>();

  const forget = (path: string): void => {
    for (const each of tree.keys()) if (each === path || isBelow(each, path)) tree.delete(each);
  };
  const write = (path: string, kind: Kind, entry: Omit<TarInput, 'path'>): void => {
    // A directory over a directory keeps what is in it; all else takes its place.
    if (kind !== 'directory' || tree.get(path) !== 'directory') forget(path);
    tree.set(path, kind);
    written.set(path, kind);
    // Whole seconds for directories: umoci, which puts back the time of one that it makes a file in, loses some nanoseconds.
    const time = kind === 'directory' ? { mtime: Math.floor(Number(entry.mtime)) } : {};
    entries.push({ path: kind === 'directory' ? `${path}/` : path, ...entry, ...time });
  };

  for (const { path: segments, kind, attributes, data, xattrs, implicit, choice } of changes) {
    const path = segments.join('/');
    const parents = segments.slice(0, -1).map((_, index) => segments.slice(0, index + 1).join('/'));
    if (written.has(path) || parents.some((parent) => (written.get(parent) ?? 'directory') !== 'directory')) continue;
    const holdsWritten = [...written.keys()].some((each) => isBelow(each, path));
    if (holdsWritten && kind !== 'directory') continue;
    if (kind === 'remove' && !tree.has(path)) continue;
    if (kind === 'opaque' && tree.get(path) !== 'directory') continue;
    const files = [...written].filter(([, each]) => each === 'file').map(([each]) => each);
    if (kind === 'hardlink' && files.length === 0) continue;
    for (const parent of parents) {
      if (written.has(parent) || (implicit && tree.get(parent) === 'directory')) continue;
      write(parent, 'directory', { type: '5', ...attributes, mode: 0o755 });
    }
    switch (kind) {
      case 'file':
        write(path, 'file', { ...attributes, data, xattrs });
        break;
      case 'directory':
        write(path, 'directory', { type: '5', ...attributes, xattrs: 'user.note' in xattrs ? xattrs : {} });
        break;
      case 'symlink':
        write(path, 'other', { type: '2', link: `../${segments.at(-1)}`, ...attributes, mode: 0o777 });
        break;
      case 'device':
        write(path, 'other', { type: '3', major: 1, minor: 3 + choice, ...attributes });
        break;
      case 'fifo':
        write(path, 'other', { type: '6', ...attributes });
        break;
      case 'hardlink': {
        const target = entries.find((entry) => entry.path === files[choice % files.length]);
        // As tar writes it: its header says the same of the file as its target's (dockerd believes it, umoci doesn't look).
        const { mode, uid, gid, mtime, xattrs } = target ?? {};
        write(path, 'file', { type: '1', link: target?.path ?? '', mode, uid, gid, mtime, xattrs } as TarInput);
        break;
      }
      case 'remove':
        forget(path);
        written.set(path, 'removed');
        entries.push({ path: [...segments.slice(0, -1), `.wh.${segments.at(-1)}`].join('/') });
        break;
      case 'opaque':
        forget(path);
        write(path, 'directory', { type: '5', ...attributes });
        entries.push({ path: `${path}/.wh..wh..opq` });
        break;
    }
  }
  return entries;
}
