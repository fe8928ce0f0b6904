import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { hostileLayers } from '../../../rootfs-fixtures/hostile/layers.ts';
import { isTsrunError } from '../../../src/model/errors.ts';
import { ingestImage, openTestStore, treeOf } from '../../helpers/image-store.ts';
import { rootTest } from '../../helpers/root.ts';
import { tar } from '../../helpers/tar-writer.ts';

/** Everything of a tree that an attack could change. */
const look = (path: string): string => execFileSync('find', [path, '-printf', '%p %y %m %U %G %n %s %T@ %C@ %l\\n'], { encoding: 'utf8' });

// Not in /tmp: a path that no link in between shortens.
const outside = mkdtempSync('/var/tmp/tsrun-outside-');
mkdirSync(join(outside, 'directory'));
writeFileSync(join(outside, 'victim'), 'as it was');
test.after.always(() => rmSync(outside, { recursive: true, force: true }));

for (const attack of hostileLayers(outside)) {
  rootTest(`hostile: ${attack.name}`, async (t) => {
    const store = openTestStore(t);
    const before = look(outside);
    const take = ingestImage(
      store,
      attack.layers.map((entries) => ({ tar: tar(entries) })),
    );
    if ('refused' in attack.outcome) {
      const error = await t.throwsAsync(take);
      t.true(isTsrunError(error, attack.outcome.refused), error.stack);
    } else {
      const tree = treeOf(store, await take);
      for (const [name, text] of Object.entries(attack.outcome.inside)) {
        t.true(lstatSync(join(tree, name)).isFile());
        t.is(readFileSync(join(tree, name), 'utf8'), text);
      }
    }
    t.is(look(outside), before);
    t.deepEqual(readdirSync(join(store.paths.root, 'scratch')), []);
  });
}
