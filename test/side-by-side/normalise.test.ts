import test from 'ava';
import { createNormaliser } from './normalise.ts';

const ID = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const OTHER = ID.replaceAll('0', 'f');

test('an ID keeps its number, long and short, in whatever order they come', (t) => {
  const normalise = createNormaliser();
  t.is(normalise(`${OTHER.slice(0, 12)}\n`), '<short id 1>\n');
  t.is(normalise(`sha256:${ID}\n${OTHER}\n${ID.slice(0, 12)}`), 'sha256:<id 2>\n<id 1>\n<short id 2>');
});

test('what only looks like an ID stays', (t) => {
  const normalise = createNormaliser();
  for (const text of [`${ID}0`, 'deadbeef', '0123456789abc', 'g0123456789ab', '02:42:ac:11:00:02', '172.17.0.2'])
    t.is(normalise(text), text);
});

test('times and spans of time', (t) => {
  const normalise = createNormaliser();
  t.is(normalise('2021-07-13T07:14:19+08:00 2026-01-02T03:04:05.123456789Z 2021-07-13 07:14:19 +0800 CST'), '<time> <time> <time>');
  t.is(normalise('Up 59 seconds'), 'Up <age>');
  t.is(normalise('Up 2 hours (Paused)'), 'Up <age> (Paused)');
  t.is(normalise('Exited (137) 2 minutes ago'), 'Exited (137) <age> ago');
  t.is(normalise('Less than a second ago, About an hour ago'), '<age> ago, <age> ago');
  t.is(normalise('wait 3 seconds for it, 10 hours a day'), 'wait 3 seconds for it, 10 hours a day');
});

test('sizes, but not nothing', (t) => {
  const normalise = createNormaliser();
  t.is(normalise('133MB 1.23kB 17B (virtual 1.2GiB) 0B'), '<size> <size> <size> (virtual <size>) 0B');
  t.is(normalise('latest: digest: x size: 528'), 'latest: digest: x size: <size>');
  t.is(normalise('v1.5B2 7MBit 10B7'), 'v1.5B2 7MBit 10B7');
});

test('a table is laid out again for what stands in its cells now', (t) => {
  const table = (name: string, age: string, gap: string): string =>
    `CONTAINER ID   STATUS${gap}PORTS     NAMES\n${ID.slice(0, 12)}   Up ${age}             ${name}\n`;
  const expected = 'CONTAINER ID   STATUS     PORTS     NAMES\n<short id 1>   Up <age>             <name>\n';
  t.is(createNormaliser()(table('jolly_turing', '2 seconds', '         ')), expected);
  t.is(createNormaliser()(table('happy_hopper7', 'About a minute', '              ')), expected);
  t.regex(createNormaliser()(table('web_server', '2 seconds', '         ')), /<name>/);
  t.regex(createNormaliser()(table('web', '2 seconds', '         ')), /web/);
});

test('a table that is not laid out as Docker does keeps its faults', (t) => {
  const text = `CONTAINER ID    STATUS    NAMES\n${ID.slice(0, 12)}    Created   x\n`;
  t.is(createNormaliser()(text), text.replace(ID.slice(0, 12), '<short id 1>'));
});

test('an empty column has the width that Docker gives it, an empty last one ends where it begins', (t) => {
  const text = 'IMAGE     CREATED      COMMENT\nx         4 days ago   \n';
  t.is(createNormaliser()(text), 'IMAGE     CREATED     COMMENT\nx         <age> ago   \n');
});
