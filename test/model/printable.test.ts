/** No command to a terminal is left of what strangers wrote. */
import test from 'ava';
import fc from 'fast-check';
import { oneLine, visible, visibleData } from '../../src/model/printable.ts';

test('control characters become blanks, or are shown', (t) => {
  t.is(oneLine('a\u001b[2J\r\nb\u009b31m\tc'), 'a [2J b 31m c');
  t.is(visible('a\u001b[2J\tb\r\nc\u009b31m\u007f'), 'a\\u001b[2J\tb\\u000d\nc\\u009b31m\\u007f');
  t.is(visible('Zoë 日本 🐳'), 'Zoë 日本 🐳');
});

test('of data every text and key is made so; what JSON shows of it stays JSON', (t) => {
  t.deepEqual(visibleData({ 'a\u001b': ['\u009b', 1, null, { b: true }] }), { 'a\\u001b': ['\\u009b', 1, null, { b: true }] });
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = visible(JSON.stringify(value));
      t.notRegex(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});
