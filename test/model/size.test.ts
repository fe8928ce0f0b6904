import test from 'ava';
import fc from 'fast-check';
import { humanSize } from '../../src/model/size.ts';

test('sizes as Docker writes them: in lists, and in progress bars', (t) => {
  const cases: [bytes: number, list: string, bar: string][] = [
    [0, '0B', '0B'],
    [977, '977B', '977B'],
    [999, '999B', '999B'],
    [1000, '1kB', '1kB'],
    [1228, '1.23kB', '1.228kB'],
    [35_664, '35.7kB', '35.66kB'],
    [27_510_000, '27.5MB', '27.51MB'],
    [72_775_000, '72.8MB', '72.78MB'],
    // Go writes the first of these as 1e+03kB.
    [999_900, '1MB', '999.9kB'],
    [999_999, '1MB', '1000kB'],
    [1_140_000_000, '1.14GB', '1.14GB'],
    [1_863_000_000, '1.86GB', '1.863GB'],
  ];
  for (const [bytes, list, bar] of cases) t.deepEqual([humanSize(bytes, 3), humanSize(bytes)], [list, bar]);
});

test('three digits are three, and a unit', (t) => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => /^(\d{1,3}|\d\.\d{1,2}|\d\d\.\d)[kMGTPE]?B$/.test(humanSize(bytes, 3))));
  t.pass();
});
