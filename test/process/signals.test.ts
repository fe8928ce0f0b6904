import { constants } from 'node:os';
import test from 'ava';
import { parseSignal } from '../../src/process/signals.ts';

test('names, with and without SIG, in either case, and numbers', (t) => {
  for (const text of ['TERM', 'SIGTERM', 'term', 'SigTerm', '15']) t.is(parseSignal(text), 15, text);
  for (const [name, number] of Object.entries(constants.signals)) t.is(parseSignal(name), number, name);
});

test('real-time signals', (t) => {
  for (const [text, number] of [
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmin+30', 64],
    ['RTMAX', 64],
    ['RTMAX-14', 50],
  ] as const)
    t.is(parseSignal(text), number, text);
});

for (const text of ['', '0', '65', '-9', 'SIG', 'FOO', 'SIGSIGTERM', 'RTMIN+31', 'RTMIN-1', 'RTMAX+1', '9 ', '9.0', 'toString']) {
  test(`${JSON.stringify(text)} is no signal`, (t) => {
    t.throws(() => parseSignal(text), { name: 'TsrunError', message: `Invalid signal: ${text}` });
  });
}
