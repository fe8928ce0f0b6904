import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { isEnding, isExiting, isKilled } from '../../src/kernel/ending.ts';

test('a line of /proc/PID/stat, whatever the name', (t) => {
  const line = (name: string, state: string, flags: number): string => `7 (${name}) ${state} 1 7 7 0 -1 ${flags} 100 0 0 0`;
  t.false(isExiting(line('sleep', 'S', 0x400100)));
  t.true(isExiting(line('sleep', 'D', 0x400104)));
  t.true(isExiting(line('sleep', 'Z', 0x400100)));
  t.false(isExiting(line(') Z 1 4 (', 'S', 0x400100)));
});

test('SIGKILL that waits for a thread, or for the process', (t) => {
  const text = (sig: string, shd: string): string => `Name:\tx\nSigQ:\t0/1\nSigPnd:\t${sig}\nShdPnd:\t${shd}\nSigBlk:\t0000000000000100\n`;
  const none = '0000000000000000';
  t.false(isKilled(text(none, none)));
  t.false(isKilled(text('0000000000004000', none)), 'SIGTERM');
  t.true(isKilled(text('0000000000000100', none)));
  t.true(isKilled(text(none, '0000000000004100')));
});

test('a process that lives, and one that is gone', async (t) => {
  const child = spawn('sleep', ['1000']);
  const pid = child.pid ?? 0;
  t.false(isEnding(pid));
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.true(isEnding(pid));
});
