import { constants as os } from 'node:os';
import { constants as fs } from 'node:fs';
import test from 'ava';
import * as constants from '../../src/kernel/constants.ts';
import { errnoName, errnoNumber, errnoSentence } from '../../src/kernel/errno.ts';

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
