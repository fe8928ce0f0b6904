import test from 'ava';
import { placeCopy, splitEntry, wholePath } from '../../../src/engine/copy/paths.ts';
import { isTsrunError } from '../../../src/model/errors.ts';

test('a whole path keeps what its end says', (t) => {
  const cases: [base: string, path: string, whole: string][] = [
    ['/home', 'a', '/home/a'], ['/home', 'a/', '/home/a/'], ['/home', 'a/.', '/home/a/.'], ['/home', '.', '/home/.'],
    ['/', '../../x/../y', '/y'], ['/', '/', '/'], ['/', '/.', '/.'], ['/home', './a//b/', '/home/a/b/'], ['/', '..', '/'],
  ]; // prettier-ignore
  for (const [base, path, whole] of cases) t.is(wholePath(base, path), whole, path);
});

test('a path is its directory and a name; of `x/.` the name is a dot', (t) => {
  const cases: [path: string, directory: string, name: string][] = [
    ['/a/b', '/a', 'b'], ['/a/b/', '/a', 'b'], ['/a/b/.', '/a/b', '.'], ['/a', '/', 'a'], ['/', '/', '/'], ['/.', '/', '.'],
  ]; // prettier-ignore
  for (const [path, directory, name] of cases) t.deepEqual(splitEntry(path), { directory, name }, path);
});

test('where a copy goes, as Docker decides', (t) => {
  const file = { isDirectory: false, name: 'f' };
  const directory = { isDirectory: true, name: 'd' };
  const nothing = { exists: false, isDirectory: false };
  t.deepEqual(placeCopy(file, { path: '/to', exists: true, isDirectory: true }), { directory: '/to', name: 'f' });
  t.deepEqual(placeCopy(directory, { path: '/to', exists: true, isDirectory: true }), { directory: '/to', name: 'd' });
  t.deepEqual(placeCopy(file, { path: '/to/x', exists: true, isDirectory: false }), { directory: '/to', name: 'x' });
  t.deepEqual(placeCopy(file, { path: '/to/new', ...nothing }), { directory: '/to', name: 'new' });
  t.deepEqual(placeCopy(directory, { path: '/to/new/', ...nothing }), { directory: '/to', name: 'new' });
  const refusal = (source: typeof file, path: string, exists: boolean): string => {
    const error = t.throws(() => placeCopy(source, { path, exists, isDirectory: false }));
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
    return error?.message ?? '';
  };
  t.is(refusal(file, '/to/new/', false), 'no such directory');
  t.is(refusal(directory, '/to/x', true), 'cannot copy directory');
});
