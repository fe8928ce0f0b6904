/** The prune commands: what they ask, what they remove, what they say; and that --dry-run says the same and removes nothing. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
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

rootTest('several at once: each container is removed by one of them, and none fails', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const made: string[] = [];
  for (let count = 0; count < 8; count++) made.push(await engine.ok('create', '--network', 'none', 'busybox', 'true'));
  const prune = (): Promise<string> => engine.ok('container', 'prune', '-f');
  const told = await Promise.all([prune(), prune(), prune()]);
  const removed = told.flatMap((text) => text.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line)));
  t.deepEqual(removed.toSorted(), made.toSorted());
});

rootTest('filters that are none', async (t) => {
  const engine = await startEngine(t);
  for (const what of ['container', 'image', 'system']) {
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

rootTest('volume prune: those that no container has', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('volume', 'create', '--label', 'kind=a', 'first');
  await engine.ok('volume', 'create', 'second');
  await engine.ok(
    'run',
    '--network',
    'none',
    '--name',
    'user',
    '-v',
    'used:/data',
    'busybox',
    'sh',
    '-c',
    'head -c 3000 /dev/zero > /data/file',
  );
  t.is(
    await said(engine, ['volume', 'prune', '--dry-run', '--filter', 'label=kind=a']),
    'Would delete Volumes:\nfirst\n\nTotal space that would be reclaimed: 0B\n0',
  );
  t.regex(await said(engine, ['volume', 'prune', '--filter', 'until=1h', '-f']), /^tsrun: Invalid filter 'until'/);
  t.is(
    await said(engine, ['volume', 'prune'], 'y\n'),
    `WARNING! This will remove all local volumes not used by at least one container.\n${SURE}Deleted Volumes:\nfirst\nsecond\n\nTotal reclaimed space: 0B\n0`,
  );
  await engine.ok('rm', 'user');
  t.is(await said(engine, ['volume', 'prune', '-f']), 'Deleted Volumes:\nused\n\nTotal reclaimed space: 3kB\n0');
  t.is(await engine.ok('volume', 'ls', '-q'), '');
});

rootTest('what a container logged counts, rotated or not: it goes with it', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const words = ['--log-opt', 'max-size=20k', '--log-opt', 'max-file=3', '--network', 'none', '--name', 'talker', 'busybox'];
  const id = await engine.ok('run', '-d', ...words, 'sh', '-c', 'yes 123456789 | head -n 1000');
  await engine.ok('wait', 'talker');
  const directory = join(engine.root, 'containers', id);
  const logs = readdirSync(directory).filter((name) => name.startsWith(`${id}-json.log`));
  t.is(logs.length, 3);
  const bytes = logs.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  // Docker's four digits.
  const shown = `${Number((bytes / 1000).toPrecision(4))}kB`;
  t.true((await engine.ok('system', 'df', '--format', '{{.Type}} {{.Size}}')).split('\n').includes(`Containers ${shown}`), shown);
  t.regex(await engine.ok('ps', '-as', '--format', '{{.Size}}'), /^0B /, 'it wrote nothing else');
  t.regex(await engine.ok('container', 'prune', '--force'), new RegExp(`Total reclaimed space: ${RegExp.escape(shown)}$`));
});

rootTest('system df and system prune', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('tag', 'busybox', 'other:1');
  await engine.ok(
    'run',
    '--network',
    'none',
    '--name',
    'user',
    '-v',
    'used:/data',
    'busybox',
    'sh',
    '-c',
    'head -c 2000 /dev/zero | tee /data/file > /file',
  );
  await engine.ok('volume', 'create', 'unused');
  const words = (text: string): string[] => text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | ').trim());
  const [header, images = '', ...rest] = words(await engine.ok('system', 'df'));
  t.is(header, 'TYPE | TOTAL | ACTIVE | SIZE | RECLAIMABLE');
  t.regex(images, /^Images \| 1 \| 1 \| [0-9.]+MB \| 0B \(0%\)$/);
  t.deepEqual(rest, ['Containers | 1 | 0 | 2kB | 2kB (100%)', 'Local Volumes | 2 | 1 | 2kB | 0B (0%)', 'Build Cache | 0 | 0 | 0B | 0B']);
  t.is(
    await engine.ok('system', 'df', '--format', '{{.Type}}: {{.TotalCount}} {{.Active}}'),
    'Images: 1 1\nContainers: 1 0\nLocal Volumes: 2 1\nBuild Cache: 0 0',
  );
  const detailed = words(await engine.ok('system', 'df', '-v'));
  t.true(detailed.includes('REPOSITORY | TAG | IMAGE ID | CREATED | SIZE | SHARED SIZE | UNIQUE SIZE | CONTAINERS'));
  t.true(detailed.some((line) => /^busybox \| latest \| [0-9a-f]{12} \| .* ago \| [0-9.]+MB \| 0B \| [0-9.]+MB \| 1$/.test(line)));
  t.true(
    detailed.some((line) =>
      /^[0-9a-f]{12} \| busybox \| "sh -c 'head -c 2000…" \| 1 \| 2kB \| .* ago \| Exited \(0\) .* ago \| user$/.test(line),
    ),
  );
  t.deepEqual(detailed.slice(detailed.indexOf('VOLUME NAME | LINKS | SIZE')), [
    'VOLUME NAME | LINKS | SIZE',
    'unused | 0 | 0B',
    'used | 1 | 2kB',
    '',
    'Build cache usage: 0B',
    '',
    'CACHE ID | CACHE TYPE | SIZE | CREATED | LAST USED | USAGE | SHARED',
  ]);
  const json = JSON.parse(await engine.ok('system', 'df', '-v', '--format', '{{json .}}')) as Record<string, Record<string, string>[]>;
  t.deepEqual(Object.keys(json).toSorted(), ['BuildCache', 'Containers', 'Images', 'Volumes']);
  t.is(json['Volumes']?.[1]?.['Size'], '2kB');

  const warning = 'WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n';
  t.is(
    await said(engine, ['system', 'prune', '--filter', 'until=1h'], 'n\n'),
    `${warning}  - all dangling images\n  - all dangling build cache\n\n  Items to be pruned will be filtered with:\n  - until=1h\n\n${SURE}0`,
  );
  t.is(
    await said(engine, ['system', 'prune', '--volumes', '--filter', 'until=1h']),
    'tsrun: ERROR: The "until" filter is not supported with "--volumes"\n1',
  );
  // What goes with --dry-run is what goes without it, step by step: the container first, so its volume and image are free.
  const dry = await said(engine, ['system', 'prune', '-a', '--volumes', '--dry-run']);
  const done = await said(engine, ['system', 'prune', '-a', '--volumes'], 'y\n');
  t.regex(
    dry,
    /Would delete Containers:[^]*Would delete Volumes:\nunused\nused\n[^]*Would delete Images:\nuntagged: busybox:latest\nuntagged: other:1\ndeleted: /,
  );
  t.is(
    done,
    `${warning}  - all volumes not used by at least one container\n  - all images without at least one container associated to them\n  - all build cache\n\n${SURE}${dry
      .replaceAll('Would delete', 'Deleted')
      .replace('Total space that would be reclaimed', 'Total reclaimed space')}`,
  );
  t.deepEqual(words(await engine.ok('system', 'df')).slice(1), [
    'Images | 0 | 0 | 0B | 0B',
    'Containers | 0 | 0 | 0B | 0B',
    'Local Volumes | 0 | 0 | 0B | 0B',
    'Build Cache | 0 | 0 | 0B | 0B',
  ]);
});
