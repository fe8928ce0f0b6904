/** Random layers on top of each other: what a container sees of them is what dockerd makes of them, metadata included. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { writeImageArchive } from '../../rootfs-fixtures/image-archive.ts';
import { ingestImage, openTestStore, type TestLayer } from '../helpers/image-store.ts';
import { layerSequences } from '../helpers/layer-sequences.ts';
import { describeMerged } from '../helpers/merged-tree.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';
import { temporaryDirectory } from '../helpers/trees.ts';
import { type Dockerd, startDockerd, whyNoDocker } from './dockerd.ts';

const TITLE = 'random layers make the same tree as with dockerd';
const noDocker = whyNoDocker();

if (noDocker !== undefined) test.skip(`${TITLE} (${noDocker})`, () => {});
else {
  rootTest(TITLE, async (t) => {
    const store = openTestStore(t);
    const directory = temporaryDirectory(t);
    const empty = join(directory, 'empty');
    mkdirSync(empty);
    const dockerd = await startDockerd();
    t.teardown(() => dockerd.stop());
    await fc.assert(
      fc.asyncProperty(layerSequences('all'), async (sequence) => {
        const layers = sequence.map((entries) => ({ tar: tar(entries) }));
        const image = await ingestImage(store, layers);
        const ours = describeMerged(
          join(store.paths.root, 'layers'),
          image.layers.map((id) => id.slice('sha256:'.length)),
          empty,
        );
        const theirs = await loadIntoDocker(dockerd, mkdtempSync(join(directory, 'image-')), layers);
        t.deepEqual(ours, describeMerged(dockerd.data, theirs, relative(dockerd.data, empty)));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
}

/** The folders in which dockerd has the same layers, from the bottom up. */
async function loadIntoDocker({ docker, data }: Dockerd, scratch: string, layers: readonly TestLayer[]): Promise<string[]> {
  const files = layers.map(({ tar }, index) => {
    const path = join(scratch, `${index}.tar`);
    writeFileSync(path, tar);
    return path;
  });
  const archive = join(scratch, 'archive');
  mkdirSync(archive);
  writeImageArchive(join(scratch, 'image.tar'), archive, 'random:latest', { config: {}, layers: files });
  await docker('load', '--quiet', '--input', join(scratch, 'image.tar'));
  const lowerDir = '{{with .GraphDriver.Data}}{{.UpperDir}}{{with .LowerDir}}:{{.}}{{end}}{{end}}';
  const folders = await docker('image', 'inspect', '--format', lowerDir, 'random');
  return folders
    .trim()
    .split(':')
    .toReversed()
    .map((folder) => relative(data, folder));
}
