import { constants as os } from 'node:os';
import { constants as fs } from 'node:fs';
import test from 'ava';
import * as constants from '../../src/kernel/constants.ts';
import { errnoName, errnoNumber, errnoSentence } from '../../src/kernel/errno.ts';

test('every signal that Node knows has the same number', (t) => {
  for (const [name, number] of Object.entries(os.signals)) t.is(constants.signalNumber(name), number, name);
});

test('every open flag that Node knows has the same number', (t) => {
  const ours: Record<string, unknown> = { ...constants };
  for (const [name, number] of Object.entries(fs)) if (name.startsWith('O_') && name in ours) t.is(ours[name], number, name);
});

test('every error that Node knows has the same number', (t) => {
  for (const [name, number] of Object.entries(os.errno)) {
    const known = errnoNumber(name);
    if (known !== undefined) t.is(known, number, name);
  }
  t.is(errnoName(-2), 'ENOENT');
  t.is(errnoName(2), 'ENOENT');
  t.is(errnoName(9999), 'E9999');
  t.is(errnoSentence('ENOENT'), errnoSentence(2));
});

test('a signal is known by number, name, long name and real-time offset', (t) => {
  t.is(constants.signalNumber('9'), 9);
  t.is(constants.signalNumber('sigkill'), 9);
  t.is(constants.signalNumber('RTMIN'), 34);
  t.is(constants.signalNumber('SIGRTMIN+3'), 37);
  t.is(constants.signalNumber('RTMAX-1'), 63);
  for (const wrong of ['0', '65', 'NOPE', '', 'RTMIN+31', 'constructor', '1.5', '-9'])
    t.is(constants.signalNumber(wrong), undefined, wrong);
  t.is(constants.signalName(6), 'SIGABRT');
  t.is(constants.signalName(40), 'SIG40');
});
