/** Work that waits beside other work. */
import { closeSync, writeSync } from 'node:fs';
import test from 'ava';
import { native } from '../../src/kernel/native.ts';
import { blockOn, runTogether, type Outcome, type Waiting } from '../../src/kernel/waiting.ts';

/** Never over by itself. */
const FOREVER = { ms: Infinity };

test('one piece of work is blocked on: it is told whether its descriptor can be read', (t) => {
  const { read, write } = native().pipe();
  const work = function* (): Waiting<boolean[]> {
    const before = yield { fd: read, ms: 1 };
    writeSync(write, 'x');
    return [before, yield { fd: read, ms: Infinity }, yield { ms: 1 }];
  };
  t.deepEqual(blockOn(work()), [false, true, false]);
  for (const fd of [read, write]) closeSync(fd);
});

test('one piece of work throws what it throws', (t) => {
  const work = function* (): Waiting<void> {
    yield { ms: 0 };
    throw new Error('of the work');
  };
  t.throws(() => blockOn(work()), { message: 'of the work' });
});

test('none of many waits for another: each can be what the one before it waits for', (t) => {
  const pipes = Array.from({ length: 20 }, () => native().pipe());
  const ended: number[] = [];
  const works = pipes.map(function* ({ read }, index): Waiting<void> {
    // The last has nothing to wait for.
    if (index < pipes.length - 1) yield { fd: read, ...FOREVER };
    const before = pipes[index - 1];
    if (before !== undefined) writeSync(before.write, 'x');
  });
  runTogether(works, Infinity, (index) => ended.push(index));
  t.deepEqual(ended, [...pipes.keys()].toReversed());
  for (const { read, write } of pipes) for (const fd of [read, write]) closeSync(fd);
});

test('all that may have begun before any goes on, and no more than so many at once', (t) => {
  const told: string[] = [];
  const works = ['a', 'b', 'c'].map(function* (name): Waiting<void> {
    told.push(`${name} begins`);
    yield { ms: 0 };
    told.push(`${name} goes on`);
  });
  runTogether(works, 2, (index) => told.push(`${index} ended`));
  t.deepEqual(told, ['a begins', 'b begins', 'a goes on', '0 ended', 'b goes on', '1 ended', 'c begins', 'c goes on', '2 ended']);
});

test('one that fails is told of, and keeps no other from its end', (t) => {
  const outcomes: Outcome<string>[] = [];
  const of = function* (name: string, fails: boolean): Waiting<string> {
    yield { ms: 1 };
    if (fails) throw new Error(name);
    return name;
  };
  runTogether([of('one', false), of('two', true), of('three', false)], Infinity, (index, outcome) => (outcomes[index] = outcome));
  t.deepEqual(outcomes, [{ result: 'one' }, { error: new Error('two') }, { result: 'three' }]);
});

test('nothing to do is done at once', (t) => {
  t.notThrows(() => runTogether([], 1, () => t.fail()));
});
