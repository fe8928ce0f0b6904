import test from 'ava';
import { ellipsis, humanAgo, humanDuration } from '../../../src/cli/format/human.ts';
import { alignTabs, formatTable } from '../../../src/cli/format/table.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test('spans of time as go-units words them', (t) => {
  const cases: [number, string][] = [
    [450, 'Less than a second'],
    [-5, 'Less than a second'],
    [SECOND, '1 second'],
    [47 * SECOND, '47 seconds'],
    [MINUTE, 'About a minute'],
    [119 * SECOND, 'About a minute'],
    [3 * MINUTE, '3 minutes'],
    [35 * MINUTE, '35 minutes'],
    [59 * MINUTE + 59 * SECOND, '59 minutes'],
    [HOUR, 'About an hour'],
    [HOUR + 45 * MINUTE, '2 hours'],
    [47 * HOUR, '47 hours'],
    [2 * DAY, '2 days'],
    [13 * DAY, '13 days'],
    [14 * DAY, '2 weeks'],
    [59 * DAY, '8 weeks'],
    [60 * DAY, '2 months'],
    [364 * DAY, '12 months'],
    [2 * 365 * DAY, '2 years'],
  ];
  for (const [milliseconds, words] of cases) t.is(humanDuration(milliseconds), words);
  const now = Date.parse('2026-01-01T00:01:00Z');
  t.is(humanAgo('2026-01-01T00:00:58.5Z', now), '1 second ago');
  t.is(humanAgo(undefined, now), 'N/A');
  t.is(humanAgo('0001-01-01T00:00:00Z', now), 'N/A');
});

test('text is cut at characters', (t) => {
  t.is(ellipsis("/bin/sh -c 'while true'", 20), "/bin/sh -c 'while t…");
  t.is(ellipsis('exactly twenty chars', 20), 'exactly twenty chars');
  t.is(ellipsis('😀😀😀😀', 3), '😀😀…');
});

test('tables in the spacing of Docker', (t) => {
  // As docker 20.10 printed it.
  t.is(
    formatTable(
      ['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'],
      [['88ed561691a5', 'x', '"true"', 'Less than a second ago', 'Created', '', 'thirsty_noyce']],
    ),
    'CONTAINER ID   IMAGE     COMMAND   CREATED                  STATUS    PORTS     NAMES\n' +
      '88ed561691a5   x         "true"    Less than a second ago   Created             thirsty_noyce\n',
  );
});

test('a column goes on for as many lines as have it', (t) => {
  // As docker printed templates with tabs.
  t.is(
    alignTabs('CONTAINER ID NAMES\tNAMES\nA7151516B1C1 "three"\tth\nno tab in this very long line\nx\ty\n'),
    'CONTAINER ID NAMES     NAMES\nA7151516B1C1 "three"   th\nno tab in this very long line\nx         y\n',
  );
  t.is(
    alignTabs('a\tb\tc\nlong-long-long\td\ne\tlonger-than-ten\tf\n'),
    'a                b         c\nlong-long-long   d\ne                longer-than-ten   f\n',
  );
  t.is(alignTabs('\n\n'), '\n\n');
});
