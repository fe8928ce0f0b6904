import { existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { makeDirectories } from '../../src/kernel/make-directories.ts';
import { temporaryDirectory } from '../helpers/trees.ts';

test('what is missing is made, and told by its uppermost', (t) => {
  const directory = temporaryDirectory(t);
  t.is(makeDirectories(join(directory, 'a/b/c'), 0o700), join(directory, 'a'));
  t.is(statSync(join(directory, 'a/b')).mode & 0o777, 0o700);
  t.is(makeDirectories(join(directory, 'a/b/c')), undefined);
  t.is(makeDirectories(join(directory, 'a/b/d/')), join(directory, 'a/b/d/'));
  symlinkSync('a', join(directory, 'link'));
  t.is(makeDirectories(join(directory, 'link')), undefined);
});

test('where none can be made, the call ends, and says of which', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('nowhere', join(directory, 'dangling'));
  // Below it Node's own call never ends.
  t.throws(() => makeDirectories('/proc/nothing'), { code: 'ENOENT', message: /mkdir '\/proc\/nothing'/ });
  t.throws(() => makeDirectories('/proc/nothing/below'), { code: 'ENOENT', message: /mkdir '\/proc\/nothing'/ });
  t.throws(() => makeDirectories(join(directory, 'file')), { code: 'EEXIST' });
  t.throws(() => makeDirectories(join(directory, 'file/below')), { code: 'ENOTDIR' });
  t.throws(() => makeDirectories(join(directory, 'dangling')), { code: 'EEXIST' });
  t.false(existsSync(join(directory, 'nowhere')));
});
