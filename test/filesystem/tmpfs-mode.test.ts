import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeOverModes } from '../../src/filesystem/tmpfs-mode.ts';
import type { ResolvedMount } from '../../src/model/resolved-mount.ts';
import { rootTest } from '../helpers/root.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

const tmpfs = (target: string, options = ''): ResolvedMount => ({ type: 'tmpfs', target, options });

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path);
  chmodSync(path, mode);
}

rootTest('a tmpfs has the mode of what it hides', (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ['image', 'volume']) mkdirSync(join(directory, name));
  makeDirectory(join(directory, 'image/run'), 0o755);
  makeDirectory(join(directory, 'image/shared'), 0o2770);
  makeDirectory(join(directory, 'image/shared/in'), 0o700);
  makeDirectory(join(directory, 'image/dev'), 0o755);
  makeDirectory(join(directory, 'image/dev/shm'), 0o755);
  makeDirectory(join(directory, 'volume/in'), 0o711);
  symlinkSync('shared', join(directory, 'image/link'));
  symlinkSync(`/../../../../../../../../..${directory}/volume/in`, join(directory, 'image/out'));
  writeFileSync(join(directory, 'image/file'), '');
  const modes = (...mounts: ResolvedMount[]): string[] =>
    takeOverModes(mounts, { directory, lower: ['image'] }).map((mount) => (mount.type === 'tmpfs' ? mount.options : mount.type));

  t.deepEqual(modes(tmpfs('/run'), tmpfs('/shared', 'size=1m'), tmpfs('/link')), ['mode=755', 'size=1m,mode=2770', 'mode=2770']);
  // The container's own /dev hides it.
  t.deepEqual(modes(tmpfs('/dev/shm')), ['']);
  t.deepEqual(modes(tmpfs('/run', 'ro,mode=700'), tmpfs('/run', 'mode=1')), ['ro,mode=700', 'mode=1']);
  // Nothing there, of the host, a file, below a file: tmpfs's own.
  t.deepEqual(modes(tmpfs('/none'), tmpfs('/out'), tmpfs('/file'), tmpfs('/file/x')), ['', '', '', '']);

  const volume: ResolvedMount = { type: 'bind', source: join(directory, 'volume'), target: '/shared', readOnly: false };
  t.deepEqual(modes(tmpfs('/shared/in'), tmpfs('/shared/other'), volume), ['mode=711', '', 'bind']);
  t.deepEqual(modes(tmpfs('/shared'), tmpfs('/shared/in')), ['mode=2770', '']);
});
