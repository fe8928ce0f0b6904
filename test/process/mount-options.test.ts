import test from 'ava';
import fc from 'fast-check';
import * as constants from '../../src/kernel/constants.ts';
import { mountAttributes, parseMountOptions } from '../../src/process/mount-options.ts';

test('flags, data and propagation are told apart', (t) => {
  const options = parseMountOptions(['nosuid', 'strictatime', 'mode=755', 'size=65536k', 'rslave'], 'mounts[0]');
  t.is(options.flags, constants.MS_NOSUID | constants.MS_STRICTATIME);
  t.is(options.data, 'mode=755,size=65536k');
  t.is(options.propagation, constants.MS_SLAVE);
  t.true(options.propagationRecursive);
  t.false(parseMountOptions(['slave'], '').propagationRecursive);
});

test('the later of two opposites wins', (t) => {
  t.is(parseMountOptions(['ro', 'rw'], '').flags, 0);
  t.is(parseMountOptions(['rw', 'ro'], '').flags, constants.MS_RDONLY);
  t.is(parseMountOptions(['rw', 'ro'], '').cleared, 0);
  t.is(parseMountOptions(['rro', 'rrw'], '').recursiveSet, 0);
  t.is(parseMountOptions(['rro', 'rrw'], '').recursiveClear, constants.MOUNT_ATTR_RDONLY);
});

test('access times are one field', (t) => {
  t.deepEqual(mountAttributes(constants.MS_NOATIME, 0), { set: constants.MOUNT_ATTR_NOATIME, clear: constants.MOUNT_ATTR__ATIME });
  t.deepEqual(mountAttributes(0, constants.MS_NOATIME), { set: 0, clear: constants.MOUNT_ATTR__ATIME });
  t.deepEqual(mountAttributes(constants.MS_RDONLY, constants.MS_NOEXEC), {
    set: constants.MOUNT_ATTR_RDONLY,
    clear: constants.MOUNT_ATTR_NOEXEC,
  });
});

test('what is not done is refused with its place', (t) => {
  for (const option of ['idmap', 'ridmap', 'tmpcopyup', 'remount']) {
    t.throws(() => parseMountOptions([option], 'mounts[7]'), { message: `mounts[7].options: "${option}" is not supported` });
  }
});

test("a word that is none of ours is the file system's, whatever it is", (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'rconstructor', 'toString', 'r')), (word) => {
      const known = ['bind', 'rbind', 'idmap', 'ridmap', 'tmpcopyup', 'remount', 'defaults', 'rdefaults'];
      fc.pre(
        !known.includes(word) &&
          !/^r?(no)?(ro|rw|suid|dev|exec|sync|async|dirsync|mand|atime|diratime|relatime|strictatime|lazytime|iversion|symfollow|silent|loud|shared|slave|private|unbindable)$/.test(
            word,
          ),
      );
      t.is(parseMountOptions([word], '').data, word);
    }),
  );
});
