import test from 'ava';
import { plannedText } from '../../src/cli/dry-run.ts';
import { traceText } from '../../src/cli/explain.ts';

test('a step, a call by its name, a system call written out', (t) => {
  t.is(traceText({ type: 'step', step: 3, title: 'allocate a filesystem' }), '\n[3/7] allocate a filesystem\n');
  t.is(traceText({ type: 'call', call: 'mkdir', words: '/x', microseconds: 12.6 }), '  mkdir            /x  (13 µs)\n');
  t.is(traceText({ type: 'call', call: 'RTM_NEWADDR', words: 'an address', microseconds: 0 }), '  RTM_NEWADDR      an address\n');
  t.is(
    traceText({ type: 'call', call: 'mount("proc", "/proc", "proc", 0, "")', words: 'Mount a new proc at /proc.', microseconds: 4.04 }),
    '  Mount a new proc at /proc.  (4.0 µs)\n      mount("proc", "/proc", "proc", 0, "")\n',
  );
});

test('a plan: the steps, and under the sixth what the kernel would be asked', (t) => {
  const text = plannedText({
    steps: [
      { step: 1, title: 'find the image', calls: ['x is here'] },
      { step: 6, title: 'execute', calls: [] },
    ],
    plan: { before: [], clone: { flags: 0 }, child: [{ op: 'setHostname', name: 'there' }] },
  });
  t.regex(text, /^\[1\/7\] find the image\n {2}x is here\n\n\[6\/7\] execute\n/);
  t.regex(text, /the clone:\n {4}0 {2}.*\n {7}clone3\(/);
  t.regex(text, /first process:\n {4}0 {2}.*there.*\n {7}sethostname\("there"\)\n$/);
});
