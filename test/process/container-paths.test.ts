import { posix } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { cleanPath, inBundle, isInside, parentOf } from '../../src/process/container-paths.ts';

test('a clean path is what the path library makes of it', (t) => {
  const part = fc.constantFrom('', '.', '..', 'a', '.b', 'c.d', '/');
  fc.assert(
    fc.property(fc.array(part), fc.boolean(), (parts, absolute) => {
      const path = (absolute ? '/' : '') + parts.join('/');
      const clean = cleanPath(path);
      t.is(clean, posix.resolve('/', `/${path}`));
      t.is(cleanPath(clean), clean);
      t.is(parentOf(clean), posix.dirname(clean));
    }),
  );
});

test('inside, and in the bundle', (t) => {
  t.true(isInside('/proc/sys', '/proc'));
  t.false(isInside('/proc', '/proc'));
  t.false(isInside('/process', '/proc'));
  t.true(isInside('/a', '/'));
  t.is(inBundle('/b', 'rootfs'), '/b/rootfs');
  t.is(inBundle('/b', '/x'), '/x');
});
