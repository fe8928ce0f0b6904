/** What an engine is told, before it opens anything. */
import { relative } from 'node:path';
import test from 'ava';
import { Engine } from '../../src/api/engine.ts';
import { isTsrunError } from '../../src/model/errors.ts';

test('a bridge that no device can be called is refused by name', (t) => {
  for (const bridge of ['', 'a/b', 'of more than 15', '..']) {
    const error = t.throws(() => new Engine({ bridge }));
    t.true(isTsrunError(error, 'INVALID_ARGUMENT'));
    t.true(error?.message.includes(JSON.stringify(bridge)));
  }
});

/** Nobody can make a folder in a file. */
const NOWHERE = '/etc/passwd/nonsense';

test('what is asked for wrongly, or can’t be, is a rejection, never thrown at once', async (t) => {
  const engine = new Engine({ root: NOWHERE, state: NOWHERE });
  for (const call of [() => engine.pull('NOT A NAME'), () => engine.load('/nonsense'), () => engine.run({ image: 'x' })]) {
    // One that throws at once never gives a promise.
    const answer: Promise<unknown> = call();
    await t.throwsAsync(answer);
  }
});

test('a relative root is meant from where the program stands', async (t) => {
  const engine = new Engine({ root: relative(process.cwd(), NOWHERE), state: NOWHERE });
  const error = await t.throwsAsync(engine.load('/nonsense'));
  t.true(isTsrunError(error, 'PERMISSION'));
  t.regex(error?.message ?? '', /^cannot make the data root \/etc\/passwd\/nonsense: /);
});
