/** What holds of every template, whatever it says. */
import test from 'ava';
import fc from 'fast-check';
import { evaluate } from '../../../src/cli/template/evaluator.ts';
import { toJson, untyped } from '../../../src/cli/template/json.ts';
import { parseTemplate } from '../../../src/cli/template/parser.ts';
import { sprintf } from '../../../src/cli/template/printf.ts';
import { quoteGo, unquoteString } from '../../../src/cli/template/quote.ts';
import { TemplateError } from '../../../src/cli/template/template-error.ts';
import { GoFloat } from '../../../src/cli/template/values.ts';

const fill = (template: string, data: unknown = {}): string => evaluate(template, parseTemplate(template), untyped(data));

test('text without actions comes back as it is', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('{{')),
      (text) => fill(text) === text,
    ),
  );
  t.pass();
});

test('a quoted text is the text, whatever is in it', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      t.is(unquoteString(quoteGo(text)), text);
      t.is(fill(`{{${quoteGo(text)}}}`), text);
      t.is(fill('{{.x}}', { x: text }), text);
    }),
  );
});

/** Words of the language in any order: some make sense. */
const word = fc.constantFrom(
  ...'{{ }} {{- -}} . .a .a.b $ $x := = | ( ) , "s" `r` 1 -1 1.5 true nil if else end range with break continue json len index printf eq and not upper join /* */'.split(
    ' ',
  ),
  ' ',
  '\n',
  'text',
);

test('a template is filled in, or refused as a template: nothing else comes of it', (t) => {
  let filled = 0;
  fc.assert(
    fc.property(fc.array(word, { maxLength: 14 }), (words) => {
      try {
        fill(words.join(' '), { a: { b: ['x', 1, null] } });
        filled++;
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        if (!/^template: :\d+(:\d+: executing "" at <[^]*>)?: ./.test(error.message))
          throw new Error(`not in Go's words: ${error.message}`, { cause: error });
      }
    }),
    { numRuns: 2000 },
  );
  t.true(filled > 0);
});

test('json gives back what it was given, its keys sorted', (t) => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const data: unknown = JSON.parse(text);
      t.deepEqual(JSON.parse(toJson(untyped(data))), data);
    }),
  );
});

test('printf: a number of digits stays that number, in its width', (t) => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 30 }), (number, width) => {
      const text = sprintf(`%${width}d`, [number]);
      return text.trim() === String(number) && text.length === Math.max(width, String(number).length);
    }),
  );
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
      (number) => Math.abs(Number(sprintf('%.3f', [new GoFloat(number)])) - number) <= 0.001,
    ),
  );
  t.pass();
});

test('printf never fails, whatever the format', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'% + - # 0 . * [ ] 1 2 3 d s q v x T t'.split(' '), ' ') }),
      fc.array(fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)), { maxLength: 3 }),
      (format, values) => {
        sprintf(format, values);
      },
    ),
  );
  t.pass();
});
