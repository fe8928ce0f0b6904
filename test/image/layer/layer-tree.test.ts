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
  const value = Buffer.alloc(50 * 1024 * 1024);
  const add = (name: string, xattrs: Map<string, Buffer>): void =>
    tree.directory(name, { ...emptyEntry('directory', name, 0o755), xattrs });
  for (const name of ['a', 'b', 'c', 'd', 'e']) add(name, new Map([['user.large', value]]));
  const error = t.throws(() => add('f', new Map([['user.large', value]])));
  t.true(isTsrunError(error, 'HOSTILE'));
  t.is(readdirSync(root).length, 6);
});

rootTest('names of such attributes count, and that there are many', (t) => {
  const nothing = Buffer.alloc(0);
  const long = new Map([['user.'.padEnd(50 * 1024 * 1024, 'x'), nothing]]);
  const many = new Map(Array.from({ length: 100_000 }, (_unused, index) => [`user.${index}`, nothing]));
  for (const [xattrs, most] of [
    [long, 6],
    [many, 30],
  ] as const) {
    const tree = new LayerTree(temporaryDirectory(t));
    const error = t.throws(() => {
      for (let index = 0; index < most; index++) tree.directory(`d${index}`, { ...emptyEntry('directory', '', 0o755), xattrs });
    });
    t.true(isTsrunError(error, 'HOSTILE'));
  }
});
