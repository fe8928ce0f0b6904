import { posix } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { globExpression } from '../../src/model/glob.ts';

const matches = (pattern: string, text: string): boolean => globExpression(pattern).test(text);

test('patterns as Go path.Match has them', (t) => {
  const fitting: [pattern: string, text: string][] = [
    ['busybox', 'busybox'],
    ['bus*', 'busybox'],
    ['*', 'busybox'],
    ['*:t*', 'busybox:two'],
    ['x/*/z', 'x/y/z'],
    ['b?sybox', 'busybox'],
    ['b[a-z]sybox', 'busybox'],
    ['b[^a-c]sybox', 'busybox'],
    ['a\\*b', 'a*b'],
    ['a.b', 'a.b'],
    ['[a\\]]', ']'],
    ['host.io:5000/*/*', 'host.io:5000/some/app'],
    ['é?', 'é😀'],
  ];
  for (const [pattern, text] of fitting) t.true(matches(pattern, text), `${pattern} fits ${text}`);
  const others: [pattern: string, text: string][] = [
    ['busy', 'busybox'],
    ['*', 'some/app'],
    ['?', '/'],
    ['a.b', 'axb'],
    ['b[^a-z]sybox', 'busybox'],
    ['*box', 'busybox:two'],
    ['a\\*b', 'axb'],
    ['(a)', 'a'],
  ];
  for (const [pattern, text] of others) t.false(matches(pattern, text), `${pattern} does not fit ${text}`);
});

test('what is no pattern is said', (t) => {
  for (const pattern of ['[', 'b[a', '[]', '[]a]', '[z-a]', 'a\\', '[a-]', '[-a]']) {
    t.throws(() => matches(pattern, 'a'), { message: 'syntax error in pattern' }, pattern);
  }
});

test('without sets, patterns fit what Node thinks they fit', (t) => {
  const letters = fc.constantFrom('a', 'b', '.');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(letters, fc.constantFrom('*', '?')), { maxLength: 8 }),
      fc.array(letters, { maxLength: 8 }),
      (pattern, text) => {
        // A leading dot is nothing special to Go.
        const [one, other] = [`x${text.join('')}`, `x${pattern.join('').replaceAll(/\*+/g, '*')}`];
        return matches(other, one) === posix.matchesGlob(one, other);
      },
    ),
  );
  t.pass();
});
