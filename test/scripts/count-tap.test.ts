import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';

const script = join(import.meta.dirname, '../../scripts/count-tap');

/** What is printed for a TAP stream, and the exit code. */
function counted(...lines: string[]): { lines: string[]; code: number | null } {
  const { stdout, status } = spawnSync(script, { input: `${['TAP version 13', ...lines].join('\n')}\n`, encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), code: status };
}

/** The last line and the exit code for a TAP stream. */
function count(...lines: string[]): { last: string; code: number | null } {
  const { lines: printed, code } = counted(...lines);
  return { last: printed.at(-1) ?? '', code };
}

test('counts what passed, failed and was skipped', (t) => {
  const result = count(
    'ok 1 - a',
    'not ok 2 - b',
    '  ---',
    '    not ok: no line of its own',
    '  ...',
    'ok 3 - c # SKIP',
    'not ok 4 - d # TODO',
    '1..4',
  );
  t.deepEqual(result, { last: '1 passed, 1 failed, 2 skipped', code: 1 });
});

test('all that passed is a success', (t) => {
  t.deepEqual(count('ok 1 - a', 'ok 2 - b # SKIP no root', '1..2'), { last: '1 passed, 0 failed, 1 skipped', code: 0 });
});

test('a stream that stops early is a failure', (t) => {
  t.deepEqual(count('ok 1 - a'), { last: '1 passed, 1 failed, 0 skipped', code: 1 });
  t.deepEqual(count('ok 1 - a', '1..3'), { last: '1 passed, 2 failed, 0 skipped', code: 1 });
});

test('no test at all is a failure', (t) => {
  t.deepEqual(count('1..0'), { last: '0 passed, 1 failed, 0 skipped', code: 1 });
  t.deepEqual(count(), { last: '0 passed, 1 failed, 0 skipped', code: 1 });
});

test('what failed is said again at the end, and what skipped or passed is not', (t) => {
  const stream = [
    'not ok 1 - a',
    '  ---',
    '    message: why',
    '  ...',
    '# note',
    'ok 2 - b',
    '  ---',
    '  ...',
    'not ok 3 - c # TODO',
    '1..3',
  ];
  t.deepEqual(counted(...stream).lines.slice(stream.length + 1), [
    '# What failed:',
    '# not ok 1 - a',
    '#   ---',
    '#     message: why',
    '#   ...',
    '1 passed, 1 failed, 1 skipped',
  ]);
});
