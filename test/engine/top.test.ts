import test from 'ava';
import { parseProcessTable } from '../../src/engine/top.ts';

const PS = `UID          PID    PPID CMD
root           1       0 /sbin/init  splash
root          42      41 sh -c sleep  9
root          43      42 sleep 9
`;

test('lines of other processes are left out, and the last column is the rest of the line', (t) => {
  t.deepEqual(parseProcessTable(PS, new Set([42, 43])), {
    titles: ['UID', 'PID', 'PPID', 'CMD'],
    processes: [
      ['root', '42', '41', 'sh -c sleep 9'],
      ['root', '43', '42', 'sleep 9'],
    ],
  });
});

test('threads belong to the process above them', (t) => {
  const text = '  PID LWP\n    1   -\n    -   1\n   42   -\n    -  42\n    -  44\n';
  t.deepEqual(parseProcessTable(text, new Set([42])).processes, [
    ['42', '-'],
    ['-', '42'],
    ['-', '44'],
  ]);
});

test('without the PID nothing can be told', (t) => {
  t.throws(() => parseProcessTable('CMD\nsh\n', new Set([1])), { message: "Couldn't find PID field in ps output" });
});
