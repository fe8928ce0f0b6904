import test from 'ava';
import fc from 'fast-check';
import { cleanPath, meaningOf, refuseTooLong } from '../../../src/image/layer/layer-paths.ts';
import { isTsrunError } from '../../../src/model/errors.ts';

test('names are cleaned', (t) => {
  const cases: [string, string][] = [
    ['./', ''],
    ['.', ''],
    ['/', ''],
    ['a/', 'a'],
    ['./a//b/./c', 'a/b/c'],
    ['/etc/passwd', 'etc/passwd'],
    ['a/../b', 'b'],
    ['/../../b', 'b'],
    ['a/b/../../c', 'c'],
    ['...', '...'],
  ];
  for (const [path, clean] of cases) t.is(cleanPath(path), clean, path);
});

test('names that leave are HOSTILE', (t) => {
  for (const path of ['..', '../x', 'a/../../x', './../x', 'a/../..']) {
    const error = t.throws(() => cleanPath(path));
    t.true(isTsrunError(error, 'HOSTILE'), path);
    t.regex(error.message, /breakout/);
  }
});

test('a clean name has no part that could lead anywhere', (t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', '.', '..', '', '...', '.wh.x')), fc.boolean(), (parts, absolute) => {
      const path = (absolute ? '/' : '') + parts.join('/');
      try {
        const clean = cleanPath(path);
        t.true(clean === '' || clean.split('/').every((part) => part !== '' && part !== '.' && part !== '..'));
      } catch (error) {
        t.true(isTsrunError(error, 'HOSTILE'));
        t.false(path.startsWith('/'));
      }
    }),
  );
});

test('names longer than the kernel takes are CORRUPT', (t) => {
  t.true(
    isTsrunError(
      t.throws(() => cleanPath('a/'.repeat(2048))),
      'CORRUPT',
    ),
  );
  t.true(
    isTsrunError(
      t.throws(() => cleanPath('a'.repeat(256))),
      'CORRUPT',
    ),
  );
  t.is(cleanPath('a'.repeat(255)).length, 255);
});

test('whiteouts', (t) => {
  t.deepEqual(meaningOf('etc/passwd'), { kind: 'plain' });
  t.deepEqual(meaningOf('a.wh.b'), { kind: 'plain' });
  t.deepEqual(meaningOf('.wh.x'), { kind: 'whiteout', path: 'x' });
  t.deepEqual(meaningOf('a/b/.wh.x'), { kind: 'whiteout', path: 'a/b/x' });
  t.deepEqual(meaningOf('.wh..wh..opq'), { kind: 'opaque', directory: '' });
  t.deepEqual(meaningOf('a/.wh..wh..opq'), { kind: 'opaque', directory: 'a' });
  // AUFS's own files, which old images carry.
  for (const path of ['.wh..wh.aufs', '.wh..wh.plnk/123.456', 'a/.wh..wh.orph']) t.deepEqual(meaningOf(path), { kind: 'ignored' });
  for (const path of ['.wh.', 'a/.wh..', 'a/.wh...'])
    t.true(
      isTsrunError(
        t.throws(() => meaningOf(path)),
        'HOSTILE',
      ),
      path,
    );
});

test('a path that no call takes is refused in a line', (t) => {
  const path = `/begin${'/x'.repeat(2500)}/end`;
  const error = t.throws(() => refuseTooLong('/merged', path), {
    message: /^"\/begin.*….*\/end" can't be read: 5010 bytes are more than a path can have there$/,
  });
  t.true(isTsrunError(error, 'UNSUPPORTED'));
  t.true((error?.message.length ?? Infinity) < 150);
  // 4,095 bytes and a zero are what the kernel takes.
  const longest = `/${'x'.repeat(4094)}`;
  t.notThrows(() => refuseTooLong('', longest));
  t.throws(() => refuseTooLong('', `${longest}x`));
  t.throws(() => refuseTooLong('/', longest));
});
