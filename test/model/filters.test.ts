import test from 'ava';
import { matchesPattern, parseFilters } from '../../src/model/filters.ts';

test('values by name, in order; names in any case and with blanks, as Docker reads them', (t) => {
  const filters = parseFilters(['name=a', ' NAME = b ', 'label=x=y', ''], ['name', 'label']);
  t.deepEqual(filters.list('name'), ['a', 'b']);
  t.deepEqual(filters.list('label'), ['x=y']);
  t.false(filters.has('status'));
  t.true(filters.some('status', () => false));
  t.true(filters.some('name', (value) => value === 'b'));
  t.false(filters.some('name', (value) => value === 'c'));
});

test('a name that the command does not have is refused', (t) => {
  t.throws(() => parseFilters(['x=y'], ['name']), { message: "Invalid filter 'x'" });
  t.throws(() => parseFilters(['label!=x'], ['label']), { message: "Invalid filter 'label!'" });
  t.throws(() => parseFilters(['constructor=x'], []), { message: "Invalid filter 'constructor'" });
});

test('labels: all that are asked for, and none that are not', (t) => {
  const labels = { a: 'b', empty: '' };
  const matches = (...texts: string[]): boolean => parseFilters(texts, ['label', 'label!']).matchLabels(labels);
  t.true(matches());
  t.true(matches('label=a'));
  t.true(matches('label=a=b', 'label=empty'));
  t.true(matches('label=empty='));
  t.false(matches('label=a=c'));
  t.false(matches('label=a', 'label=c'));
  t.false(matches('label=toString'));
  t.false(matches('label!=a'));
  t.true(matches('label!=a=c'));
});

test('yes and no', (t) => {
  const read = (...texts: string[]): boolean | undefined => parseFilters(texts, ['dangling']).boolean('dangling');
  t.is(read(), undefined);
  t.true(read('dangling=true'));
  t.false(read('dangling=false'));
  t.throws(() => read('dangling=1'), { message: "Invalid filter 'dangling=[1]'" });
  t.throws(() => read('dangling=true', 'dangling=false'), { message: "Invalid filter 'dangling=[true false]'" });
});

test('patterns match anywhere, unless they say where', (t) => {
  t.true(matchesPattern('on', '/one', 'one'));
  t.true(matchesPattern('^one$', '/one', 'one'));
  t.true(matchesPattern('^/one$', '/one', 'one'));
  t.false(matchesPattern('^ne', '/one', 'one'));
  t.false(matchesPattern('[', 'one'));
  t.true(matchesPattern('[', '['));
});
