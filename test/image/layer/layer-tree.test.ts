/** What a layer's tree keeps in memory while it is written. */
import { readdirSync } from 'node:fs';
import { emptyEntry } from '../../../src/image/layer/change-archive.ts';
import { LayerTree } from '../../../src/image/layer/layer-tree.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { rootTest } from '../../helpers/root.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

rootTest('attributes of directories that wait for the end are bounded', (t) => {
  const root = temporaryDirectory(t);
  const tree = new LayerTree(root);
  // All the same bytes: the test needs no more of them.
  const value = Buffer.alloc(64 * 1024 * 1024);
  const add = (name: string): void =>
    tree.directory(name, { ...emptyEntry('directory', name, 0o755), xattrs: new Map([['user.large', value]]) });
  for (const name of ['a', 'b', 'c', 'd']) add(name);
  const error = t.throws(() => add('e'));
  t.true(isTsrunError(error, 'HOSTILE'));
  t.is(readdirSync(root).length, 5);
});
