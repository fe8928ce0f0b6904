/** Limits of what comes in, and disks that are full: a clear error, and the store is as it was. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../../rootfs-fixtures/fixtures.ts';
import { command } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('a layer that is larger than it may be is refused, with how to allow it', async (t) => {
  const engine = await startEngine(t);
  const words = ['load', '--quiet', '--input', fixture('busybox')];
  const refused = await engine.tsrun(['--max-layer-size', '1m', ...words]);
  t.regex(
    refused.stderr,
    /^tsrun: the layer has more than 1048576 bytes of files: a decompression bomb\?\nif you trust it, raise the limit: tsrun --max-layer-size/,
  );
  t.is(refused.code, 1);
  t.regex(
    (await engine.tsrun(words, { environment: { TSRUN_MAX_LAYER_ENTRIES: '3' } })).stderr,
    /^tsrun: the layer has more than 3 entries/,
  );
  t.regex(
    (await engine.tsrun(words, { environment: { TSRUN_MAX_LAYER_SIZE: 'big' } })).stderr,
    /^tsrun: invalid TSRUN_MAX_LAYER_SIZE=big: invalid size: 'big'/,
  );
  t.is(await engine.ok('doctor'), 'Nothing is wrong.');
  t.is(await engine.ok('images', '-q'), '');
  await engine.ok('--max-layer-size', '1g', '--max-layer-entries', '100000', ...words);
});

/** A disk of $2 for the data root, in a mount namespace of its own: load, look, fill it up, look again. */
const SCRIPT = `
  mount -t tmpfs -o size=$2 none "$1" && export TSRUN_ROOT="$1/root" || exit 99
  "$3" load --quiet --input "$4"; echo "load $?"
  "$3" doctor; echo "doctor $?"
  cat /dev/zero > "$1/root/fill" 2>/dev/null
  "$3" tag busybox another:1; echo "tag $?"
  "$3" doctor; echo "doctor $?"
  rm "$1/root/fill"
  "$3" image prune --all --force >/dev/null; echo "prune $?"
  "$3" doctor; echo "doctor $?"`;

rootTest('a full disk, whatever it is that finds it full', async (t) => {
  const engine = await startEngine(t);
  const disk = join(engine.directory, 'disk');
  mkdirSync(disk);
  const program = join(import.meta.dirname, '../../bin/tsrun');
  let loaded = 0;
  for (const size of ['300k', '1500k', '2500k', '4100k', '8m']) {
    const { stdout, stderr } = await command(
      ...engine.network.enter('unshare', ['--mount', 'sh', '-c', SCRIPT, 'sh', disk, size, program, fixture('busybox')]),
      { environment: engine.environment },
    );
    const lines = stdout.split('\n').filter((line) => /^(?:load|doctor|tag|prune) \d+$/.test(line));
    const isLoaded = lines[0] === 'load 0';
    if (isLoaded) loaded++;
    t.deepEqual(
      lines,
      [isLoaded ? 'load 0' : 'load 1', 'doctor 0', 'tag 1', 'doctor 0', 'prune 0', 'doctor 0'],
      `${size}: ${stdout}${stderr}`,
    );
    if (!isLoaded) t.regex(stderr, /^tsrun: .*no space left on device\nfree some space, or choose another folder with --root\n/, size);
  }
  t.is(loaded, 1);
});
