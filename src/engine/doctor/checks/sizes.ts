/** Sizes that are recorded beside what is measured: of layers' files, of blobs, of images as the sum of their layers. */
import { createReadStream, existsSync } from 'node:fs';
import { treeSize } from '../../../filesystem/tree-size.ts';
import { inflated } from '../../../image/layer/inflated.ts';
import { TarReader } from '../../../image/layer/tar-reader.ts';
import { blobPath, blobSize, isWholeBlob } from '../../../image/store/blobs.ts';
import type { Digest } from '../../../model/image.ts';
import { layerPath } from '../../../state/paths.ts';
import type { Engine } from '../../engine.ts';
import type { Problem } from '../check.ts';

interface LayerRow {
  chain_id: Digest;
  blob_digest: Digest;
  size: number;
  blob_size: number;
}

export async function checkSizes(engine: Engine): Promise<Problem[]> {
  const rows = engine.database().prepare('SELECT chain_id, blob_digest, size, blob_size FROM layers').all() as unknown as LayerRow[];
  const problems: Problem[] = [];
  for (const row of rows) problems.push(...(await checkLayer(engine, row)));
  return [...problems, ...checkImages(engine)];
}

async function checkLayer(engine: Engine, row: LayerRow): Promise<Problem[]> {
  const { paths } = engine;
  const blob = blobSize(paths, row.blob_digest);
  const files = treeSize(layerPath(paths, row.chain_id), (stats) => stats.isFile());
  // What is missing or damaged is another check's; and it may be on its way out.
  const isThere = blob !== undefined && existsSync(layerPath(paths, row.chain_id)) && isRecorded(engine, row.chain_id);
  if (!isThere || (files === row.size && blob === row.blob_size)) return [];
  if (!(await isWholeBlob(paths, row.blob_digest))) return [];
  const wrong = (what: string, column: 'size' | 'blob_size', recorded: number, found: number): Problem => ({
    what: `the ${what} of layer ${row.chain_id} is recorded as ${recorded} bytes, and is ${found}`,
    remedy: 'recorded as it is',
    mend: () => void engine.database().prepare(`UPDATE layers SET ${column} = ? WHERE chain_id = ?`).run(found, row.chain_id),
  });
  const isWrong = files > row.size || (files < row.size && !(await repeatsFiles(blobPath(paths, row.blob_digest))));
  return [
    ...(isWrong ? [wrong('size', 'size', row.size, files)] : []),
    ...(blob === row.blob_size ? [] : [wrong("blob's size", 'blob_size', row.blob_size, blob)]),
  ];
}

const isRecorded = (engine: Engine, chainId: Digest): boolean =>
  engine.database().prepare('SELECT 1 FROM layers WHERE chain_id = ?').get(chainId) !== undefined;

/** Whether a layer has a file several times: then it counts more, here as with Docker, than is left of it on the disk. */
async function repeatsFiles(path: string): Promise<boolean> {
  const seen = new Set<string>();
  let repeats = false;
  const reader = new TarReader({
    entry: (entry) => {
      const name = entry.path.replace(/^(?:\.?\/+)+/, '').replaceAll(/\/(?:\.?\/)+/g, '/');
      if (seen.has(name)) repeats = true;
      seen.add(name);
    },
    data: () => {},
    end: () => {},
  });
  for await (const chunk of inflated(createReadStream(path))) reader.write(chunk);
  return repeats;
}

function checkImages(engine: Engine): Problem[] {
  const database = engine.database();
  const measured = `(SELECT coalesce(sum(layers.size), 0) FROM image_layers JOIN layers USING (chain_id) WHERE image_id = images.id)`;
  return database
    .prepare(`SELECT id, size, ${measured} AS sum FROM images WHERE size != sum`)
    .all()
    .map((row) => ({
      what: `image ${String(row['id'])} is recorded as ${Number(row['size'])} bytes, and its layers are ${Number(row['sum'])}`,
      remedy: 'recorded as it is',
      mend: () => void database.prepare(`UPDATE images SET size = ${measured} WHERE id = ?`).run(String(row['id'])),
    }));
}
