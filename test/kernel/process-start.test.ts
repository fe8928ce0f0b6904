import test from 'ava';
import { startTimeIn, startTimeOf } from '../../src/kernel/process-start.ts';

test('the start time of a process, whatever its name is', (t) => {
  const fields = Array.from({ length: 30 }, (_, index) => String(1000 + index));
  t.is(startTimeIn(`12 (a ) R 1 (b) S ${fields.join(' ')}`), 1018);
  t.true(Number(startTimeOf(process.pid)) > 0);
  t.is(startTimeOf(process.pid), startTimeOf(process.pid));
  t.is(startTimeOf(2 ** 31 - 1), undefined);
});
