/** Random layers on top of each other: what a container sees of them is what another unpacker makes of them, metadata included. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { mustRun } from '../../helpers/command.ts';
import { describeImage, ingestImage, openTestStore, sha256, type TestLayer } from '../../helpers/image-store.ts';
import { layerSequences } from '../../helpers/layer-sequences.ts';
import { describeMerged } from '../../helpers/merged-tree.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';
import { describeTree, temporaryDirectory } from '../../helpers/trees.ts';

rootTest('as umoci unpacks them', async (t) => {
  const store = openTestStore(t);
  const directory = temporaryDirectory(t);
  const empty = join(directory, 'empty');
  mkdirSync(empty);
  await fc.assert(
    fc.asyncProperty(layerSequences('some'), async (sequence) => {
      const layers = sequence.map((entries) => ({ tar: tar(entries) }));
      const image = await ingestImage(store, layers);
      const ours = describeMerged(
        join(store.paths.root, 'layers'),
        image.layers.map((id) => id.slice('sha256:'.length)),
        empty,
      );
      t.deepEqual(ours, await unpackWithUmoci(directory, layers));
    }),
    { numRuns: 20 },
  );
});

/** What umoci makes of the same layers. */
async function unpackWithUmoci(directory: string, layers: readonly TestLayer[]): Promise<string[]> {
  const [layout, bundle] = [join(directory, 'layout'), join(directory, 'bundle')];
  for (const old of [layout, bundle]) rmSync(old, { recursive: true, force: true });
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const { config, manifest } = describeImage(layers);
  for (const blob of [config, manifest, ...layers.map((layer) => layer.tar)]) {
    writeFileSync(join(layout, 'blobs', sha256(blob).replace(':', '/')), blob);
  }
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const descriptor = {
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: sha256(manifest),
    size: manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': 'random' },
  };
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
  await mustRun('umoci', ['unpack', '--image', `${layout}:random`, bundle]);
  return describeTree(join(bundle, 'rootfs'));
}
