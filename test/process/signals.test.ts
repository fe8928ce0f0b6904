import { constants } from 'node:os';
import test from 'ava';
import { signalName } from '../../src/model/signals.ts';
import { parseSignal } from '../../src/process/signals.ts';

test('names, with and without SIG, in either case, and numbers', (t) => {
  for (const text of ['TERM', 'SIGTERM', 'term', 'SigTerm', '15']) t.is(parseSignal(text), 15, text);
  for (const [name, number] of Object.entries(constants.signals)) t.is(parseSignal(name), number, name);
});

test('real-time signals', (t) => {
  for (const [text, number] of [
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['rtmin+15', 49],
    ['RTMAX', 64],
    ['RTMAX-14', 50],
  ] as const)
    t.is(parseSignal(text), number, text);
});

for (const text of [
  '',
  '0',
  '65',
  '-9',
  'SIG',
  'FOO',
  'SIGSIGTERM',
  'RTMIN+16',
  'RTMIN+0',
  'RTMIN-1',
  'RTMAX-15',
  'RTMAX+1',
  '9 ',
  '9.0',
  'toString',
  'constructor',
  'UNUSED',
]) {
  test(`${JSON.stringify(text)} is no signal`, (t) => {
    t.throws(() => parseSignal(text), { name: 'TsrunError', message: `Invalid signal: ${text}` });
  });
}

test('a number has the name that a user would write', (t) => {
  for (const [number, name] of [
    [6, 'SIGABRT'],
    [17, 'SIGCHLD'],
    [34, 'SIGRTMIN'],
    [49, 'SIGRTMIN+15'],
    [50, 'SIGRTMAX-14'],
    [64, 'SIGRTMAX'],
    [32, 'SIG32'],
  ] as const)
    t.is(signalName(number), name);
  for (let number = 1; number <= 64; number++) t.is(parseSignal(signalName(number).replace(/^SIG(?=3[23]$)/, '')), number);
});
