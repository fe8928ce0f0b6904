/** `tag` and `rmi`: Docker's words, its rules for what is in use, and what a kill in the middle leaves. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { killedAt } from '../helpers/killed-at.ts';
import { rootTest } from '../helpers/root.ts';

/** What `rmi` and the others say, with IDs as they are. */
async function said(engine: TestEngine, ...words: string[]): Promise<string> {
  const { stdout, stderr, code } = await engine.tsrun(words);
  return `${stdout}${stderr}${code}`;
}

const idOf = async (engine: TestEngine, name: string): Promise<string> => engine.ok('image', 'inspect', '--format', '{{.Id}}', name);
const blobs = (engine: TestEngine): string[] => readdirSync(join(engine.root, 'blobs/sha256'));
/** Init layers, too. */
function layers(engine: TestEngine): string[] {
  const below = (name: string): string[] => (name === 'i' ? readdirSync(join(engine.root, 'layers/i')) : [name]);
  return readdirSync(join(engine.root, 'layers')).flatMap(below);
}
const names = (engine: TestEngine): (string | undefined)[] =>
  (
    JSON.parse(readFileSync(join(engine.root, 'index.json'), 'utf8')) as { manifests: { annotations?: Record<string, string> }[] }
  ).manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']);

rootTest('names are given and taken; with the last one the image and its layers go', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await idOf(engine, 'busybox');
  const layer = layers(engine)[0] ?? '';
  t.is(await said(engine, 'tag', 'busybox', 'other/name:2'), '0');
  t.is(await said(engine, 'image', 'tag', id.slice(7, 15), 'localhost:5000/x'), '0');
  t.deepEqual(names(engine), ['busybox:latest', 'other/name:2', 'localhost:5000/x:latest']);
  t.regex(
    await said(engine, 'rmi', id.slice(7, 19)),
    /^tsrun: conflict: unable to delete [0-9a-f]{12} \(must be forced\) - image is referenced in multiple repositories\n1$/,
  );
  t.is(await said(engine, 'rmi', 'other/name:2', 'localhost:5000/x'), 'Untagged: other/name:2\nUntagged: localhost:5000/x:latest\n0');
  t.is(await said(engine, 'image', 'rm', 'busybox'), `Untagged: busybox:latest\nDeleted: ${id}\nDeleted: sha256:${layer}\n0`);
  t.deepEqual([names(engine), blobs(engine), layers(engine)], [[], [], []]);
  t.is(await said(engine, 'rmi', 'busybox'), 'tsrun: No such image: busybox\n1');
  t.is(await said(engine, 'rmi', '--force', 'busybox'), 'tsrun: No such image: busybox\n0');
  t.is(await said(engine, 'tag', 'busybox', 'x'), 'tsrun: No such image: busybox:latest\n1');
});

rootTest('names that are none', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.regex(
    await said(engine, 'tag', 'busybox', 'A:b'),
    /^tsrun: Error parsing reference: "A:b" is not a valid repository\/tag: invalid reference format: repository name/,
  );
  t.regex(await said(engine, 'tag', 'busybox', `x:${'t'.repeat(129)}`), /invalid reference format/);
  t.is(await said(engine, 'tag', 'busybox', `x@sha256:${'0'.repeat(64)}`), 'tsrun: refusing to create a tag with a digest reference\n1');
  t.regex(await said(engine, 'rmi', 'UPPER'), /^tsrun: invalid reference format: repository name/);
  t.deepEqual(names(engine), ['busybox:latest']);
});

rootTest('an image that a container was made from', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await idOf(engine, 'busybox');
  const short = id.slice(7, 19);
  await engine.ok('run', '--network', 'none', '--name', 'stopped', 'busybox', 'echo', 'again');
  const user = (await engine.ok('ps', '-aq')).slice(0, 12);
  t.is(
    (await said(engine, 'rmi', 'busybox')).split('\n')[0],
    `tsrun: conflict: unable to remove repository reference "busybox" (must force) - container ${user} is using its referenced image ${short}`,
  );
  t.is(
    (await said(engine, 'rmi', short)).split('\n')[0],
    `tsrun: conflict: unable to delete ${short} (must be forced) - image is being used by stopped container ${user}`,
  );
  t.is(await said(engine, 'rmi', '-f', 'busybox'), `Untagged: busybox:latest\nDeleted: ${id}\n0`);
  t.is(await engine.ok('images', '-q'), '');
  t.is((await engine.tsrun(['run', '--pull', 'never', short, 'true'])).code, 125);
  // The container has its layers still.
  t.is(await engine.ok('start', '--attach', 'stopped'), 'again');
  await engine.ok('rm', 'stopped');
  t.deepEqual([blobs(engine), layers(engine)], [[], []]);
});

rootTest('an image that a container runs from is not removed, whatever is said', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const short = (await idOf(engine, 'busybox')).slice(7, 19);
  const user = (await engine.ok('run', '-d', '--network', 'none', 'busybox', 'sleep', '1000')).slice(0, 12);
  const refused = `tsrun: conflict: unable to delete ${short} (cannot be forced) - image is being used by running container ${user}\n1`;
  t.is(await said(engine, 'rmi', short), refused);
  t.is(await said(engine, 'rmi', '-f', short), refused);
  t.is(await said(engine, 'rmi', '-f', 'busybox'), 'Untagged: busybox:latest\n0');
  t.regex(await engine.ok('images'), /<none> +<none>/);
});

rootTest('digests of a repository go with its last tag', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await idOf(engine, 'busybox');
  const digest = `sha256:${'a'.repeat(64)}`;
  const database = new DatabaseSync(join(engine.root, 'tsrun.db'));
  // As a pull would have named it.
  database.prepare('INSERT INTO image_names (name, image_id) VALUES (?, ?)').run(`docker.io/library/busybox@${digest}`, id);
  database.close();
  await engine.ok('tag', 'busybox', 'busybox:2');
  t.is(await said(engine, 'rmi', 'busybox:2'), 'Untagged: busybox:2\n0');
  t.regex(
    await said(engine, 'rmi', 'busybox'),
    new RegExp(`^Untagged: busybox:latest\nUntagged: busybox@${digest}\nDeleted: ${id}\nDeleted: sha256:[0-9a-f]{64}\n0$`),
  );
});

rootTest('an image that others were made from stays for them, without its name, and goes with the last of them', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const short = (await idOf(engine, 'busybox')).slice(7, 19);
  await engine.ok('run', '--network', 'none', '--name', 'source', 'busybox', 'sh', '-c', 'echo content > /file');
  for (const tag of ['made:1', 'made:2']) await engine.ok('commit', 'source', tag);
  await engine.ok('rm', 'source');
  for (const force of [[], ['-f']]) {
    t.is(
      await said(engine, 'rmi', ...force, short),
      `tsrun: conflict: unable to delete ${short} (cannot be forced) - image has dependent child images\n1`,
    );
  }
  t.is(await said(engine, 'rmi', 'busybox'), 'Untagged: busybox:latest\n0');
  t.regex(await said(engine, 'rmi', 'made:1'), /^Untagged: made:1\nDeleted: sha256:[0-9a-f]{64}\n(?:Deleted: sha256:[0-9a-f]{64}\n)?0$/);
  t.is(await engine.ok('run', '--rm', '--network', 'none', 'made:2', 'cat', '/file'), 'content');
  t.regex(await said(engine, 'rmi', 'made:2'), /^Untagged: made:2\n(?:Deleted: sha256:[0-9a-f]{64}\n){4}0$/);
  t.deepEqual([blobs(engine), layers(engine)], [[], []]);
});

/** The store is as before the command, or as after it: nothing in between, and nothing that no row knows. */
function isWhole(t: ExecutionContext, engine: TestEngine, place: string): void {
  const database = new DatabaseSync(join(engine.root, 'tsrun.db'), { readOnly: true });
  try {
    const images = database.prepare('SELECT id, manifest_digest FROM images').all();
    const rows = database.prepare('SELECT chain_id, blob_digest FROM layers').all();
    const hex = (digest: unknown): string => String(digest).slice('sha256:'.length);
    t.deepEqual(layers(engine).toSorted(), rows.map((row) => hex(row['chain_id'])).toSorted(), `${place}: layers`);
    const expected = [...rows.map((row) => row['blob_digest']), ...images.flatMap((row) => [row['id'], row['manifest_digest']])];
    t.deepEqual(blobs(engine).toSorted(), expected.map(hex).toSorted(), `${place}: blobs`);
    const tags = database.prepare('SELECT name FROM image_names ORDER BY name').all();
    t.is(names(engine).length, tags.length, `${place}: index.json`);
    t.deepEqual(readdirSync(join(engine.root, 'scratch')), [], `${place}: scratch`);
  } finally {
    database.close();
  }
}

rootTest('killed at every step of a removal, the next command makes the store whole', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (let step = 0; ; step++) {
    const place = `collect:${step}`;
    if (!existsSync(join(engine.root, 'layers')) || layers(engine).length === 0)
      await engine.ok('load', '--quiet', '--input', fixture('busybox'));
    if (!(await killedAt(engine, place, ['rmi', 'busybox']))) {
      t.true(step > 3);
      break;
    }
    await engine.ok('ps');
    isWhole(t, engine, place);
  }
});

rootTest('killed while a name is given, the next command writes index.json', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const [step, expected] of [
    [0, ['busybox:latest']],
    [1, ['busybox:latest', 'new:1']],
  ] as const) {
    t.true(await killedAt(engine, `names:${step}`, ['tag', 'busybox', 'new:1']));
    await engine.ok('ps');
    t.deepEqual(names(engine), [...expected]);
  }
});
