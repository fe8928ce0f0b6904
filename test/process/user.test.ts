import test from 'ava';
import fc from 'fast-check';
import { resolveUser, type FoundUser } from '../../src/process/user.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
alice:x:1000:1000:Alice,,,:/home/alice:/bin/sh
twin:x:1000:1001::/home/twin:/bin/sh
42:x:1042:1042::/home/42:/bin/sh
homeless:x:1043:1043
`;
const GROUP = `root:x:0:
daemon:x:1:
# comment:x:7:alice
audio:x:29:alice,bob
users:x:100:alice,42
alice:x:1000:
`;

const resolve = (
  user: string,
  groupAdd: string[] = [],
  passwd: string | undefined = PASSWD,
  group: string | undefined = GROUP,
): FoundUser => resolveUser(user, groupAdd, { passwd, group });

for (const [user, expected] of [
  ['', { uid: 0, gid: 0, groups: [], home: '/root' }],
  ['root', { uid: 0, gid: 0, groups: [], home: '/root' }],
  ['alice', { uid: 1000, gid: 1000, groups: [29, 100], home: '/home/alice' }],
  ['1000', { uid: 1000, gid: 1000, groups: [29, 100], home: '/home/alice' }],
  ['alice:audio', { uid: 1000, gid: 29, groups: [], home: '/home/alice' }],
  ['alice:12345', { uid: 1000, gid: 12_345, groups: [], home: '/home/alice' }],
  ['4242', { uid: 4242, gid: 0, groups: [], home: '/' }],
  ['4242:100', { uid: 4242, gid: 100, groups: [], home: '/' }],
  [':users', { uid: 0, gid: 100, groups: [], home: '/root' }],
  ['alice:', { uid: 1000, gid: 1000, groups: [29, 100], home: '/home/alice' }],
  ['homeless', { uid: 1043, gid: 1043, groups: [], home: '/' }],
  ['42', { uid: 42, gid: 0, groups: [], home: '/' }],
] as const) {
  test(`-u '${user}' is ${expected.uid}:${expected.gid}`, (t) => {
    t.deepEqual(resolve(user), { ...expected, groups: [...expected.groups] });
  });
}

test("--group-add takes names and numbers, after the user's own groups and without doubles", (t) => {
  t.deepEqual(resolve('alice', ['daemon', '555', '29', 'users']).groups, [29, 100, 1, 555]);
  t.deepEqual(resolve('7:8', ['audio', '9']).groups, [29, 9]);
});

for (const [user, groupAdd, message] of [
  ['nobody-here', [], 'unable to find user nobody-here: no matching entries in passwd file'],
  ['alice:nogroup', [], 'unable to find group nogroup: no matching entries in group file'],
  ['alice', ['nogroup'], 'unable to find group nogroup: no matching entries in group file'],
  ['-1', [], 'uids and gids must be in range 0-2147483647'],
  ['2147483648', [], 'uids and gids must be in range 0-2147483647'],
  ['99999999999999999999', [], 'uids and gids must be in range 0-2147483647'],
  ['0:4294967296', [], 'uids and gids must be in range 0-2147483647'],
  ['0', ['-5'], 'uids and gids must be in range 0-2147483647'],
  ['0x10', [], 'unable to find user 0x10: no matching entries in passwd file'],
  ['1e3', [], 'unable to find user 1e3: no matching entries in passwd file'],
] as const) {
  test(`-u ${user} ${groupAdd.join()} is refused in Docker's words`, (t) => {
    t.throws(() => resolve(user, [...groupAdd]), { name: 'TsrunError', message });
  });
}

test('an image without files knows numbers only', (t) => {
  const none = (user: string): FoundUser => resolveUser(user, [], { passwd: undefined, group: undefined });
  t.deepEqual(none(''), { uid: 0, gid: 0, groups: [], home: '/' });
  t.deepEqual(none('5:6'), { uid: 5, gid: 6, groups: [], home: '/' });
  t.throws(() => none('root'), { message: 'unable to find user root: no matching entries in passwd file' });
});

test('a line whose numbers are none makes nobody root', (t) => {
  for (const uid of ['', 'x', '-0', '0x0', ' 0', '4294967296', '18446744073709551616', '99999999999', '1.5', '１']) {
    t.throws(() => resolve('evil', [], `evil:x:${uid}:1::/:/bin/sh\n`), { message: /^unable to find user evil/ }, uid);
    t.throws(() => resolve('evil', [], `evil:x:1:${uid}::/:/bin/sh\n`), { message: /^unable to find user evil/ }, uid);
    t.throws(() => resolve('1:evil', [], PASSWD, `evil:x:${uid}:\n`), { message: /^unable to find group evil/ }, uid);
  }
});

test('a line that is broken is passed over, and the next is read', (t) => {
  const passwd = ['::::::', ':', 'bob', '\0\0', 'bob:x', 'bob:x:7', '#bob:x:3:3::/:', `  bob:x:8:9::${'/x'.repeat(5)}:\r`].join('\n');
  t.deepEqual(resolve('bob', [], passwd), { uid: 8, gid: 9, groups: [29], home: '/x/x/x/x/x' });
});

test('names are only names', (t) => {
  for (const name of ['__proto__', 'constructor', 'toString']) t.throws(() => resolve(name), { message: /^unable to find user/ });
});

test('whatever the files hold: an answer in range, or our error', (t) => {
  const word = fc.oneof(fc.constantFrom('root', 'a', '0', '1000', '', ':', '\n', ',', '-1', '#'), fc.string({ maxLength: 6 }));
  const file = fc.array(word, { maxLength: 60 }).map((words) => words.join(''));
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 3 }).map((words) => words.join('')),
      fc.array(word, { maxLength: 2 }),
      file,
      file,
      (user, groupAdd, passwd, group) => {
        try {
          const { uid, gid, groups, home } = resolveUser(user, groupAdd, { passwd, group });
          return [uid, gid, ...groups].every((id) => Number.isInteger(id) && id >= 0 && id <= 0x7fffffff) && home !== '';
        } catch (error) {
          return error instanceof Error && error.name === 'TsrunError';
        }
      },
    ),
    { numRuns: 2000 },
  );
  t.pass();
});
