import test from 'ava';
import { readEvents, recordEvent } from '../../src/state/events.ts';
import { transaction } from '../../src/state/database.ts';
import { emptyDatabase } from './empty-database.ts';

test('events are read in their order, after one that is known', (t) => {
  const database = emptyDatabase(t);
  for (const action of ['pull', 'tag']) recordEvent(database, { type: 'image', action, actor: 'busybox', attributes: { name: 'busybox' } });
  const [first, second] = readEvents(database, 0);
  t.like(first, { type: 'image', action: 'pull', actor: 'busybox', attributes: { name: 'busybox' } });
  t.deepEqual(readEvents(database, first?.sequence ?? 0), [second]);
});

test('only the newest are kept', (t) => {
  const database = emptyDatabase(t);
  transaction(database, () => {
    for (let each = 0; each < 10_500; each++) recordEvent(database, { type: 'volume', action: 'create', actor: 'v', attributes: {} });
  });
  const kept = readEvents(database, 0);
  t.true(kept.length >= 10_000 && kept.length < 10_300, `${kept.length}`);
  t.is(kept.at(-1)?.sequence, 10_500);
});
