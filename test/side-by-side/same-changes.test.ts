/** Random commands in a container: `diff` tells of them what dockerd tells, and an image committed of it has the same tree. */
import test from 'ava';
import fc from 'fast-check';
import { fixtureTag } from '../../rootfs-fixtures/fixtures.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { startDockerd, whyNoDocker } from './dockerd.ts';

const TITLE = 'random changes are told as by dockerd';
const noDocker = whyNoDocker();

/** Of the image, of the engine, and of nobody yet. Not passwd and group: not every image without them can be run. */
const path = fc.constantFrom(
  '/.dockerenv',
  '/etc',
  '/etc/mtab',
  '/etc/hosts',
  '/etc/shadow',
  '/bin/wget',
  '/home',
  '/home/file',
  '/root',
  '/var',
  '/var/spool',
  '/new',
  '/new/sub',
  '/new/sub/file',
  '/tmp',
);
const command = fc.oneof(
  fc.tuple(
    fc.constantFrom('touch', 'touch -h', 'touch -d 2020-01-01', 'echo x >', 'echo x >>', 'rm -rf', 'rmdir', 'mkdir', 'mkfifo'),
    path,
  ),
  fc.tuple(fc.constantFrom('chmod 700', 'chmod 644', 'chmod 2755', 'chown 0:0', 'chown -h 5:6'), path),
  fc.tuple(fc.constantFrom('mv', 'mv -T', 'ln', 'ln -s', 'ln -sf', 'cp -a', 'cp -aT'), path, path),
);
const script = fc.array(command, { minLength: 1, maxLength: 8 }).map((all) => all.map((words) => words.join(' ')).join('; '));

/** Names, kinds, owners and modes, but of what is mounted; and where that isn't the file system's own affair, how many names there are. */
const FIND = 'find / -xdev ! -path "/etc/h*" ! -path /etc/resolv.conf ! -path /proc ! -path /sys ! -path /dev';
const LIST = `(${FIND} -type d | xargs stat -c "%N %A %u:%g"; ${FIND} ! -type d | xargs stat -c "%N %A %u:%g %h") | sort`;

if (noDocker !== undefined) test.skip(`${TITLE} (${noDocker})`, () => {});
else {
  rootTest(TITLE, async (t) => {
    const engine = await startEngine(t, 'busybox');
    const dockerd = await startDockerd();
    t.teardown(() => dockerd.stop());
    await dockerd.stage(['busybox']);
    const image = fixtureTag('busybox');
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(script, async (text) => {
        const name = `random-${++runs}`;
        const outcome = async (run: (...words: string[]) => Promise<string>): Promise<string[]> => {
          await run('run', '--name', name, image, 'sh', '-c', `(${text}) 2>/dev/null; true`);
          const changes = (await run('diff', name)).trim().split('\n').toSorted();
          await run('commit', name, name);
          return [...changes, (await run('run', '--rm', name, 'sh', '-c', LIST)).trim()];
        };
        t.deepEqual(await outcome((...words) => engine.ok(...words)), await outcome((...words) => dockerd.docker(...words)));
      }),
      { numRuns: Number(process.env['RUNS'] ?? 8), endOnFailure: true },
    );
  });
}
