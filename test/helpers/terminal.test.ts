/** The helper that plays a person at a terminal. */
import test from 'ava';
import { openTerminal } from './terminal.ts';

test('a program has a terminal of its own: it can be read, typed at, resized and interrupted', async (t) => {
  const terminal = await openTerminal(t, 'sh', [
    '-c',
    'tty >/dev/null && stty size; trap "echo caught; stty size; exit 7" INT; echo ready; while :; do sleep 0.1; done',
  ]);
  await terminal.expect('24 80');
  await terminal.expect('ready');
  await terminal.resize(40, 100);
  terminal.type('\u0003');
  await terminal.expect('caught');
  await terminal.expect('40 100');
  t.is(await terminal.ended, 7);
  t.regex(await terminal.settings(), / icanon/);
});
