/** The prune commands: what they ask, what they remove, what they say; and that --dry-run says the same and removes nothing. */
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

async function said(engine: TestEngine, words: string[], input = ''): Promise<string> {
  const { stdout, stderr, code } = await engine.tsrun(words, { input });
  return `${stdout}${stderr}${code}`;
}

const SURE = 'Are you sure you want to continue? [y/N] ';

rootTest('container prune: those that do not run, when told so', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--network', 'none', '--name', 'one', '--label', 'keep', 'busybox', 'true');
  await engine.ok('run', '--network', 'none', '--name', 'two', 'busybox', 'sh', '-c', 'head -c 5000 /dev/zero > /file');
  await engine.ok('run', '-d', '--network', 'none', '--name', 'three', 'busybox', 'sleep', '1000');
  const warning = `WARNING! This will remove all stopped containers.\n${SURE}`;
  for (const answer of ['', 'n\n', 'yes\n'])
    t.is(await said(engine, ['container', 'prune'], answer), `${warning}Total reclaimed space: 0B\n0`);
  const id = await engine.ok('inspect', '--format', '{{.Id}}', 'two');
  t.is(
    await said(engine, ['container', 'prune', '--dry-run', '--filter', 'label!=keep']),
    `Would delete Containers:\n${id}\n\nTotal space that would be reclaimed: 5kB\n0`,
  );
  t.is(
    await said(engine, ['container', 'prune', '--filter', 'label!=keep'], 'y\n'),
    `${warning}Deleted Containers:\n${id}\n\nTotal reclaimed space: 5kB\n0`,
  );
  t.is(await said(engine, ['container', 'prune', '-f', '--filter', 'until=1h']), 'Total reclaimed space: 0B\n0');
  t.regex(await said(engine, ['container', 'prune', '-f']), /^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: 0B\n0$/);
  t.regex(await engine.ok('ps', '-a'), /^[^\n]*\n[^\n]*three$/);
});

rootTest('filters that are none', async (t) => {
  const engine = await startEngine(t);
  for (const what of ['container', 'image']) {
    t.regex(await said(engine, [what, 'prune', '-f', '--filter', 'foo=1']), /^tsrun: Invalid filter 'foo'\n[^]*1$/, what);
    t.regex(
      await said(engine, [what, 'prune', '-f', '--filter', 'until=zz']),
      /^tsrun: failed to parse value as time or duration: "zz"\n1$/,
      what,
    );
    t.regex(await said(engine, [what, 'prune', '-f', '--filter', 'foo']), /bad format of filter \(expected name=value\)\n[^]*125$/, what);
  }
});

rootTest('image prune: images without a tag; with --all those that no container was made from', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('image', 'inspect', '--format', '{{.Id}}', 'busybox');
  const [layer] = JSON.parse(await engine.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', 'busybox')) as string[];
  t.is(await said(engine, ['image', 'prune', '--force']), 'Total reclaimed space: 0B\n0');
  t.is(
    await said(engine, ['image', 'prune', '--all'], 'no'),
    `WARNING! This will remove all images without at least one container associated to them.\n${SURE}Total reclaimed space: 0B\n0`,
  );
  const lines = `untagged: busybox:latest\ndeleted: ${id}\ndeleted: ${layer}\n`;
  const dry = await said(engine, ['image', 'prune', '-a', '--dry-run']);
  t.regex(dry, new RegExp(`^Would delete Images:\n${lines}\nTotal space that would be reclaimed: [0-9.]+MB\n0$`));
  await engine.ok('run', '--network', 'none', '--name', 'user', 'busybox', 'true');
  t.is(await said(engine, ['image', 'prune', '-a', '--force']), 'Total reclaimed space: 0B\n0');
  await engine.ok('rm', 'user');
  t.is(await said(engine, ['image', 'prune', '-a', '--force', '--filter', 'label=none']), 'Total reclaimed space: 0B\n0');
  t.is(
    await said(engine, ['image', 'prune', '-a'], 'Y\n'),
    `WARNING! This will remove all images without at least one container associated to them.\n${SURE}${dry
      .replace('Would delete', 'Deleted')
      .replace('Total space that would be reclaimed', 'Total reclaimed space')}`,
  );
  t.is(await engine.ok('images', '-aq'), '');
});
