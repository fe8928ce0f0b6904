/** Operations on the mount tree, each by itself, in a mount namespace of a child. */
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as k from '../../src/kernel/constants.ts';
import { rootTest } from '../helpers/root.ts';
import { runPlan, shell, startPlan, streams } from './run-plan.ts';
import { enter, inRoot, makeDirectory, makeNull, makeRoot, mountDev, mountProc, privateMounts, putBusybox } from './small-root.ts';

rootTest('can make a directory the root, and nothing of the old root is left', (t) => {
  const root = makeRoot(t);
  writeFileSync(join(root, 'mark'), 'here');
  const { stdout } = runPlan(t, inRoot(root, mountProc, streams, shell('cat /mark; ls /; cat /proc/self/mounts | wc -l')));
  t.is(stdout, 'herebin\nmark\nproc\n2\n');
});

rootTest('can mount proc where there is no directory for it', (t) => {
  const { stdout } = runPlan(t, inRoot(makeRoot(t), mountProc, streams, shell('cat /proc/1/comm')));
  t.is(stdout, 'cat\n');
});

rootTest('a mount makes its missing parents, inside the root, through links that the image brings', (t) => {
  const root = makeRoot(t);
  mkdirSync(join(root, 'inside'));
  symlinkSync('/inside', join(root, 'link'));
  const { stdout } = runPlan(t, {
    plan: {
      clone: { flags: k.CLONE_NEWNS },
      child: [
        ...enter(root),
        { op: 'mount', source: 'tmpfs', target: '/link/a//b/', type: 'tmpfs', flags: 0, data: 'mode=700', kind: 'directory' },
        streams,
        shell('touch /inside/a/b/file; ls /inside/a/b'),
      ],
    },
  });
  t.is(stdout, 'file\n');
  t.deepEqual(readdirSync(join(root, 'inside/a/b')), []);
});

rootTest('a link as the target of proc is refused', (t) => {
  const root = makeRoot(t);
  symlinkSync('/bin', join(root, 'proc'));
  t.deepEqual(startPlan(inRoot(root, mountProc, shell('true'))).report, { type: 'failed', list: 'child', index: 4, errno: 40 });
});

rootTest('a target that dangles out of the root makes nothing outside', (t) => {
  const root = makeRoot(t);
  const outside = makeDirectory(t);
  symlinkSync(join(outside, 'made'), join(root, 'evil'));
  const { report } = startPlan(
    inRoot(root, { op: 'mount', source: 'tmpfs', target: '/evil', type: 'tmpfs', flags: 0, data: '', kind: 'directory' }, shell('true')),
  );
  t.is(report.type, 'failed');
  t.false(existsSync(join(outside, 'made')));
});

rootTest('can bind a directory and a file that were opened before the root changed', (t) => {
  const root = makeRoot(t);
  const host = makeDirectory(t);
  writeFileSync(join(host, 'file'), 'of the host');
  const { stdout } = runPlan(t, {
    plan: {
      clone: { flags: k.CLONE_NEWNS },
      child: [
        privateMounts,
        { op: 'openTree', path: host, recursive: true, slot: 'directory' },
        { op: 'openTree', path: join(host, 'file'), recursive: false, slot: 'file' },
        { op: 'mountSetattr', slot: 'file', set: k.MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, recursive: false },
        ...enter(root).slice(1),
        { op: 'moveMount', slot: 'directory', target: '/data/deep', kind: 'same' },
        { op: 'moveMount', slot: 'file', target: '/etc/hosts', kind: 'same' },
        streams,
        shell('cat /data/deep/file; echo " written" > /data/deep/new; echo x > /etc/hosts; cat /etc/hosts'),
      ],
    },
  });
  t.is(stdout, 'of the hostof the host');
  t.is(readFileSync(join(host, 'new'), 'utf8'), ' written\n');
});

rootTest('can mount an overlay whose layers run from top to bottom', (t) => {
  const directory = makeDirectory(t);
  for (const name of ['layers/top', 'layers/bottom', 'upper', 'work', 'root']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'layers/top/file'), 'top');
  writeFileSync(join(directory, 'layers/bottom/file'), 'bottom');
  putBusybox(join(directory, 'layers/bottom'));
  const { stdout } = runPlan(t, overlayPlan(directory, ['top', 'bottom']));
  t.is(stdout, 'top');
  t.deepEqual(readdirSync(join(directory, 'upper')), ['new']);
});

rootTest('an overlay may have more layers than a page of options has room for names', (t) => {
  const directory = makeDirectory(t);
  const names = Array.from({ length: 120 }, (_, index) => `${'f'.repeat(60)}${String(index).padStart(4, '0')}`);
  for (const name of ['upper', 'work', 'root', ...names.map((name) => `layers/${name}`)])
    mkdirSync(join(directory, name), { recursive: true });
  putBusybox(join(directory, 'layers', names.at(-1) ?? ''));
  writeFileSync(join(directory, 'layers', names[60] ?? '', 'file'), 'from the middle');
  const { stdout } = runPlan(t, overlayPlan(directory, names));
  t.is(stdout, 'from the middle');
});

rootTest('an overlay of directories whose names have colons and commas', (t) => {
  const directory = join(makeDirectory(t), 'a:b,c\\d');
  for (const name of ['layers/x:y', 'layers/z', 'upper', 'work', 'root']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'layers/x:y/file'), 'found');
  putBusybox(join(directory, 'layers/z'));
  t.is(runPlan(t, overlayPlan(directory, ['x:y', 'z'])).stdout, 'found');
});

function overlayPlan(directory: string, lower: string[]): Parameters<typeof runPlan>[1] {
  const root = join(directory, 'root');
  return {
    plan: {
      clone: { flags: k.CLONE_NEWNS },
      child: [
        privateMounts,
        {
          op: 'mountOverlay',
          target: root,
          directory: join(directory, 'layers'),
          lower,
          upper: join(directory, 'upper'),
          work: join(directory, 'work'),
          flags: 0,
        },
        { op: 'pivotRoot', path: root },
        { op: 'detachOldRoot' },
        streams,
        shell('cat /file; echo > /new'),
      ],
    },
  };
}

rootTest('a masked file reads as nothing, a masked directory is empty, a missing path is skipped', (t) => {
  const root = makeRoot(t);
  mkdirSync(join(root, 'directory'));
  writeFileSync(join(root, 'directory/secret'), 'secret');
  writeFileSync(join(root, 'secret'), 'secret');
  const { stdout, stderr } = runPlan(
    t,
    inRoot(
      root,
      ...makeNull,
      { op: 'maskPath', path: '/secret', slot: 'null' },
      { op: 'maskPath', path: '/directory', slot: 'null' },
      { op: 'maskPath', path: '/missing/too', slot: 'null' },
      streams,
      shell('cat /secret; ls /directory; echo x > /directory/new; echo done'),
    ),
  );
  t.is(stdout, 'done\n');
  t.regex(stderr, /Read-only file system/);
});

rootTest('a masked or read-only path that is a link is an error', (t) => {
  const root = makeRoot(t);
  symlinkSync('/bin', join(root, 'link'));
  const masked = startPlan(inRoot(root, ...makeNull, { op: 'maskPath', path: '/link/busybox', slot: 'null' }, shell('true'))).report;
  t.deepEqual(masked, { type: 'failed', list: 'child', index: 7, errno: 40 });
  const readOnly = startPlan(inRoot(root, { op: 'readonlyPath', path: '/link' }, shell('true'))).report;
  t.deepEqual(readOnly, { type: 'failed', list: 'child', index: 4, errno: 40 });
});

rootTest('what is no null device masks nothing', (t) => {
  const root = makeRoot(t);
  writeFileSync(join(root, 'secret'), 'secret');
  const fake = startPlan(
    inRoot(
      root,
      { op: 'open', path: '/bin/busybox', flags: k.O_PATH, slot: 'null' },
      { op: 'maskPath', path: '/secret', slot: 'null' },
      shell('true'),
    ),
  );
  t.deepEqual(fake.report, { type: 'failed', list: 'child', index: 5, errno: 19 });
  const wrong = startPlan(
    inRoot(
      root,
      mountDev,
      { op: 'makeNode', path: '/dev/null', mode: k.S_IFCHR | 0o666, major: 1, minor: 5 },
      { op: 'openDevice', path: '/dev/null', major: 1, minor: 3, slot: 'null' },
      shell('true'),
    ),
  );
  t.deepEqual(wrong.report, { type: 'failed', list: 'child', index: 6, errno: 19 });
});

rootTest('a read-only path stays readable', (t) => {
  const { stdout, stderr } = runPlan(
    t,
    inRoot(
      makeRoot(t),
      mountProc,
      { op: 'readonlyPath', path: '/proc/sys' },
      streams,
      shell('cat /proc/sys/kernel/ostype; echo 1 > /proc/sys/vm/swappiness'),
    ),
  );
  t.is(stdout, 'Linux\n');
  t.regex(stderr, /Read-only file system/);
});

rootTest('can make a mount read-only with everything under it, or remount it alone', (t) => {
  const root = makeRoot(t);
  const { stdout } = runPlan(
    t,
    inRoot(
      root,
      mountDev,
      { op: 'mount', source: 'tmpfs', target: '/dev/deeper', type: 'tmpfs', flags: 0, data: '', kind: 'directory' },
      { op: 'remount', path: '/dev', flags: k.MS_RDONLY | k.MS_NOSUID },
      streams,
      shell('touch /dev/a 2>/dev/null || echo no; touch /dev/deeper/a && echo yes'),
    ),
  );
  t.is(stdout, 'no\nyes\n');
  const whole = runPlan(
    t,
    inRoot(
      root,
      mountDev,
      { op: 'mount', source: 'tmpfs', target: '/dev/deeper', type: 'tmpfs', flags: 0, data: '', kind: 'directory' },
      { op: 'mountSetattr', path: '/dev', set: k.MOUNT_ATTR_RDONLY, clear: 0, propagation: 0, recursive: true },
      streams,
      shell('touch /dev/a; touch /dev/deeper/a || echo no'),
    ),
  );
  t.is(whole.stdout, 'no\n');
});

rootTest('the host sees none of it', (t) => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('tsrun-native'));
  runPlan(t, inRoot(makeRoot(t), mountProc, mountDev, streams, shell('true')));
  const after = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes('tsrun-native'));
  t.deepEqual(after, before);
});
