import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { exportRoot } from '../../../src/image/layer/export-archive.ts';
import { TarReader } from '../../../src/image/layer/tar-reader.ts';
import { TarWriter } from '../../../src/image/layer/tar-writer.ts';
import { temporaryDirectory } from '../../helpers/trees.ts';

/** Names and types that the export of a root with these files and links has in it. */
function exported(t: ExecutionContext, files: readonly string[], links: Readonly<Record<string, string>>): string[] {
  const root = temporaryDirectory(t);
  const place = (name: string): string => {
    mkdirSync(join(root, dirname(name)), { recursive: true });
    return join(root, name);
  };
  for (const name of files) writeFileSync(place(name), '');
  for (const [name, target] of Object.entries(links)) symlinkSync(target, place(name));
  const found: string[] = [];
  const reader = new TarReader({
    entry: ({ path, type }) => void found.push(`${type} ${path.replace(/\/$/, '')}`),
    data: () => {},
    end: () => {},
  });
  exportRoot(root, new TarWriter((bytes) => reader.write(bytes)), 1000);
  reader.finish();
  return found;
}

const MOUNT_POINTS = [
  'directory dev',
  'file dev/console',
  'directory dev/pts',
  'directory dev/shm',
  'directory etc',
  'file etc/hostname',
  'file etc/hosts',
  'file etc/resolv.conf',
  'directory proc',
  'directory sys',
];

test('mount points that are missing are written, and others for the links and files that an image has there', (t) => {
  t.deepEqual(exported(t, [], {}), MOUNT_POINTS);
  t.deepEqual(exported(t, ['sys', 'etc/hosts'], { 'etc/hostname': '/etc/passwd' }), MOUNT_POINTS);
});

test('nothing is written below a link, and nothing of what is where it leads', (t) => {
  const elsewhere = ['elsewhere/file', 'elsewhere/pts/file'];
  const found = exported(t, elsewhere, { dev: 'elsewhere', proc: '/', sys: 'nowhere' });
  t.deepEqual(
    found.filter((entry) => !entry.includes('elsewhere')),
    MOUNT_POINTS,
  );
});

test('a directory where a file is mounted stays, with what is in it', (t) => {
  const found = exported(t, ['etc/hosts/inside'], {});
  t.deepEqual(
    found.filter((entry) => entry.includes('hosts')),
    ['directory etc/hosts', 'file etc/hosts/inside'],
  );
});
