/** Numbers of the kernel in words. */
import test from 'ava';
import * as constants from '../../src/kernel/constants.ts';
import { attributeNames, cloneFlagNames, filterFlagNames, mountFlagNames, openFlagNames } from '../../src/process/explain-flags.ts';

const FAMILIES: readonly (readonly [prefix: string, words: (flags: number) => string])[] = [
  ['MS_', mountFlagNames],
  ['MOUNT_ATTR_', attributeNames],
  ['CLONE_', cloneFlagNames],
  ['O_', openFlagNames],
  ['SECCOMP_FILTER_FLAG_', filterFlagNames],
];

for (const [prefix, words] of FAMILIES) {
  // Of 32 bits, which is what a call's flags have here.
  const isBit = ([name, value]: [string, unknown]): boolean =>
    name.startsWith(prefix) && typeof value === 'number' && value > 0 && value < 2 ** 31 && Number.isInteger(Math.log2(value));
  const bits = Object.entries(constants).filter(isBit);

  test(`every bit of ${prefix} has its name`, (t) => {
    t.true(bits.length > 3);
    for (const [name, value] of bits) t.is(words(Number(value)), name);
  });

  test(`all bits of ${prefix} at once, lowest first`, (t) => {
    const sorted = bits.toSorted(([, one], [, other]) => Number(one) - Number(other));
    const all = sorted.reduce((flags, [, value]) => flags | Number(value), 0);
    t.is(words(all), sorted.map(([name]) => name).join('|'));
  });
}

test('bits without a name are one number, and no bit is 0', (t) => {
  t.is(mountFlagNames(constants.MS_NOSUID | 0x40000000 | 0x10000000), 'MS_NOSUID|0x50000000');
  t.is(mountFlagNames(0), '0');
  t.is(openFlagNames(0), 'O_RDONLY');
});
