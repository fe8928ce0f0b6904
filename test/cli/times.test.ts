import test from 'ava';
import { durationFault, parseDuration, parseTime } from '../../src/cli/options/times.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const nano = (time: string): bigint => BigInt(Date.parse(time)) * 1_000_000n;

test('durations as Go writes them', (t) => {
  t.is(parseDuration('1h30m'), 5_400_000_000_000n);
  t.is(parseDuration('1.5s'), 1_500_000_000n);
  t.is(parseDuration('-10ms'), -10_000_000n);
  t.is(parseDuration('2562047h47m16.854775807s'), 2n ** 63n - 1n, 'the longest that Go knows');
  for (const text of ['2562048h', '-2562047h47m16.9s', `${'9'.repeat(400)}s`]) t.is(parseDuration(text), undefined, text);
  for (const text of ['', '10', 'h', '1x', '1h30']) t.is(parseDuration(text), undefined, text);
});

test('what is wrong with a duration, in Go’s words', (t) => {
  for (const [text, fault] of [
    ['', 'invalid duration'],
    ['.', 'invalid duration'],
    ['x1s', 'invalid duration'],
    ['2562048h', 'invalid duration'],
    ['10', 'missing unit in duration'],
    ['1.5.5s', 'missing unit in duration'],
    ['1min', 'unknown unit "min" in duration'],
    ['-1h5sec', 'unknown unit "sec" in duration'],
    ['1mss', 'unknown unit "mss" in duration'],
    ['1s ', 'unknown unit "s " in duration'],
  ])
    t.is(durationFault(text ?? ''), `time: ${fault} ${JSON.stringify(text)}`);
});

test('times: ago, RFC 3339, seconds since 1970', (t) => {
  t.is(parseTime('since', '42m', now), nano('2025-12-31T23:18:00Z'));
  t.is(parseTime('since', '2013-01-02T13:23:37Z', now), nano('2013-01-02T13:23:37Z'));
  t.is(parseTime('since', '2013-01-02T13:23:37.000000005+01:00', now), nano('2013-01-02T12:23:37Z') + 5n);
  t.is(parseTime('since', '1136073600.000000001', now), 1_136_073_600_000_000_001n);
  t.is(parseTime('since', '2013-01-02', now), nano('2013-01-02T00:00:00'));
  t.throws(() => parseTime('since', 'foo', now), {
    message: 'invalid value for "since": failed to parse value as time or duration: "foo"',
  });
  t.throws(() => parseTime('since', '2013-13-02', now), { message: /failed to parse/ });
});
