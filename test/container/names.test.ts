import test from 'ava';
import { findContainer } from '../../src/container/find.ts';
import { checkContainerName, nameFrom } from '../../src/container/names.ts';
import { shortId } from '../../src/model/short-id.ts';

test('names are an adjective and a person', (t) => {
  for (let seed = 0; seed < 256; seed++) t.regex(nameFrom(Uint8Array.of(seed, seed * 7, seed, seed * 13)), /^[a-z]+_[a-z]+$/);
  t.not(nameFrom(Uint8Array.of(0, 0, 0, 0)), nameFrom(Uint8Array.of(0, 1, 0, 1)));
});

test('names that are allowed, and that are not', (t) => {
  for (const name of ['web', 'a1', 'A.b-c_d', '0x']) t.is(checkContainerName(name), name);
  t.is(checkContainerName('/web'), 'web');
  for (const name of ['_', 'a', 'a/b', '', '-a', '.a', 'a b', 'é1', 'a\n', 'ab\n']) {
    t.throws(() => checkContainerName(name), { message: `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed` });
  }
});

test('short IDs', (t) => {
  t.is(shortId(`sha256:${'ab'.repeat(32)}`), 'abababababab');
  t.is(shortId('0123456789abcdef'), '0123456789ab');
});

const containers = [
  { id: 'abc1'.padEnd(64, '0'), name: 'web' },
  { id: 'abc2'.padEnd(64, '0'), name: 'db' },
  { id: 'def3'.padEnd(64, '0'), name: 'abc1' },
];

test('containers are found by ID, by name, by the beginning of an ID', (t) => {
  t.is(findContainer(containers, containers[0]?.id ?? '').name, 'web');
  t.is(findContainer(containers, 'db').name, 'db');
  t.is(findContainer(containers, '/db').name, 'db');
  t.is(findContainer(containers, 'abc2').name, 'db');
  // A name comes before the beginning of an ID.
  t.is(findContainer(containers, 'abc1').id.slice(0, 4), 'def3');
});

test('what is not found, or not one, is said in the words of Docker', (t) => {
  t.throws(() => findContainer(containers, 'nope'), { message: 'No such container: nope' });
  t.throws(() => findContainer(containers, 'we'), { message: 'No such container: we' });
  t.throws(() => findContainer(containers, ''), { message: 'No such container: ' });
  t.throws(() => findContainer(containers, 'abc'), { message: 'Multiple IDs found with provided prefix: abc' });
});
