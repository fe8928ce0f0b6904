/**
 * Layers whose files may not be on the disk yet. Waiting for that would double the time of a load, and the kernel writes
 * them within a minute; but after a power cut before then, a layer that is recorded could hold empty files for ever. So a
 * new layer is noted with the boot it came in. What is still noted after another boot is looked at: nearly always it is whole, for the
 * machine went down in good order, or long after. One that isn't is forgotten, with the images that need it. Their blobs were synced:
 * pulling such an image again downloads nothing.
 *
 * Whole is what has the size it had. The names were on the disk before the layer counted (`placeTree` syncs their directory, and so a
 * journal with all before it), and a file grows on the disk when its data is there, in ext4 (data=ordered), XFS and btrfs; one with holes
 * is synced when it is unpacked.
 */
import { readKernelFile } from '../../kernel/kernel-file.ts';
import { native } from '../../kernel/native.ts';
import type { Digest } from '../../model/image.ts';
import { commitDurably } from '../../state/database.ts';
import { layerPath } from '../../state/paths.ts';
import type { Store } from './ingest-types.ts';
import { readLayer } from './layers.ts';

const PREFIX = 'unsettled ';

/** Twice what the kernel lets data lie (vm.dirty_expire_centisecs, 30 s). */
const SETTLED_AFTER_SECONDS = 60;

interface Note {
  chainId: Digest;
  boot: string;
  /** Seconds since the boot. */
  at: number;
}

const bootId = (): string => readKernelFile('/proc/sys/kernel/random/boot_id').trim();
const upSeconds = (): number => Number.parseFloat(readKernelFile('/proc/uptime'));

/** Note a layer, in the transaction that records it. */
export function noteUnsettled(store: Store, chainId: Digest): void {
  store.database
    .prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)')
    .run(`${PREFIX}${chainId}`, `${bootId()} ${Math.floor(upSeconds())}`);
}

function readNotes(store: Store): Note[] {
  return store.database
    .prepare('SELECT name, value FROM facts WHERE name >= ? AND name < ?')
    .all(PREFIX, `${PREFIX}~`)
    .map((row) => {
      const [boot = '', at = '0'] = String(row['value']).split(' ');
      return { chainId: String(row['name']).slice(PREFIX.length) as Digest, boot, at: Number(at) };
    });
}

/** Forget the note of a layer that goes, in the transaction that forgets the layer. */
export function dropNote(store: Store, chainId: Digest): void {
  store.database.prepare('DELETE FROM facts WHERE name = ?').run(`${PREFIX}${chainId}`);
}

/** Forget the notes of layers that are on the disk by now. Costs a look into the database; called when an image comes in. */
export function settle(store: Store): void {
  const notes = readNotes(store);
  if (notes.length === 0) return;
  const [boot, now] = [bootId(), upSeconds()];
  for (const note of notes) if (note.boot === boot && now - note.at > SETTLED_AFTER_SECONDS) dropNote(store, note.chainId);
}

/**
 * After a boot: forget layers of another boot that are still noted and not whole, all layers on them, and the images that need one.
 * @param sizeOf bytes of the files below a directory; of one that isn't there, none
 * @returns IDs of the images that were forgotten.
 */
export function forgetUnsettled(store: Store, sizeOf: (directory: string) => number): Digest[] {
  const boot = bootId();
  const suspects = readNotes(store).filter((note) => note.boot !== boot);
  if (suspects.length === 0) return [];
  const { database } = store;
  const torn = suspects.filter(({ chainId }) => sizeOf(layerPath(store.paths, chainId)) !== readLayer(store, chainId)?.size);
  const above = `WITH RECURSIVE above(id) AS (SELECT ? UNION SELECT chain_id FROM layers JOIN above ON layers.parent = above.id)`;
  return commitDurably(database, () => {
    const images = new Set<Digest>();
    for (const { chainId } of suspects) dropNote(store, chainId);
    for (const { chainId } of torn) {
      const layers = database
        .prepare(`${above} SELECT id FROM above`)
        .all(chainId)
        .map((row) => row['id'] as Digest);
      for (const layer of layers) {
        for (const row of database.prepare('SELECT image_id FROM image_layers WHERE chain_id = ?').all(layer))
          images.add(row['image_id'] as Digest);
        database.prepare('DELETE FROM images WHERE id IN (SELECT image_id FROM image_layers WHERE chain_id = ?)').run(layer);
      }
      // From the top down: a layer's row is its upper ones' parent.
      for (const layer of layers.toReversed()) {
        database.prepare('DELETE FROM layers WHERE chain_id = ?').run(layer);
        dropNote(store, layer);
        native().removeTree(layerPath(store.paths, layer));
      }
    }
    return [...images];
  });
}
