import test from 'ava';
import { listContainers } from '../../src/container/records.ts';
import { withCurrentStates } from '../../src/container/states.ts';
import { openTestStore } from '../helpers/image-store.ts';

test('a list reads no config that nobody looks at', (t) => {
  const { database, paths } = openTestStore(t);
  const insert = database.prepare('INSERT INTO containers (id, name, image_id, created_at, config, state) VALUES (?, ?, ?, ?, ?, ?)');
  const ended = { status: 'exited', exitCode: 0, oomKilled: false, startedAt: '', finishedAt: '' };
  insert.run('1'.repeat(64), 'one', 'sha256:0', '2026-07-13T00:00:00Z', '{"image":"busybox"}', JSON.stringify(ended));
  insert.run('2'.repeat(64), 'two', 'sha256:0', '2026-07-13T00:00:01Z', 'no JSON', JSON.stringify(ended));
  const [two, one] = withCurrentStates(paths, listContainers(database));
  t.is(two?.name, 'two');
  t.is(one?.config.image, 'busybox');
  t.is(one?.config, one?.config);
  t.throws(() => two?.config, { instanceOf: SyntaxError });
});
