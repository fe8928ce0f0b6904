import test from 'ava';
import { mountsFrom, parseVolumesFrom } from '../../src/container/volumes-from.ts';
import type { MountRequest } from '../../src/model/container.ts';
import { anonymousVolumeName } from '../../src/model/volume-name.ts';
import { ID } from './sample.ts';

test('a container, and how to mount what it has', (t) => {
  t.deepEqual(parseVolumesFrom('db'), { target: 'db', readOnly: false });
  t.deepEqual(parseVolumesFrom('db:ro'), { target: 'db', readOnly: true });
  t.deepEqual(parseVolumesFrom('db:z,ro'), { target: 'db', readOnly: true });
  for (const mode of ['', 'rw', 'Z', 'rw,z']) t.deepEqual(parseVolumesFrom(`db:${mode}`), { target: 'db', readOnly: false });
  t.throws(() => parseVolumesFrom(''), { message: 'volumes-from specification cannot be an empty string' });
  for (const mode of ['xx', 'nocopy', 'rslave', 'ro,rw', 'b:c'])
    t.throws(() => parseVolumesFrom(`a:${mode}`), { message: `invalid mode: ${mode}` });
});

test('volumes and binds are shared, anonymous ones by their names; nothing becomes writable', (t) => {
  const mounts: MountRequest[] = [
    { type: 'bind', source: '/h', target: '/bind', readOnly: true, propagation: 'rslave', createSource: true },
    { type: 'tmpfs', target: '/tmp', options: '' },
    { type: 'volume', name: undefined, target: '/anonymous', readOnly: false, copy: true },
  ];
  const name = anonymousVolumeName(ID, 2);
  t.deepEqual(mountsFrom({ id: ID, config: { mounts } }, false), [
    { type: 'bind', source: '/h', target: '/bind', readOnly: true, propagation: 'rslave', createSource: true },
    { type: 'volume', name, target: '/anonymous', readOnly: false, copy: false },
  ]);
  t.true(mountsFrom({ id: ID, config: { mounts } }, true).every((mount) => mount.type !== 'tmpfs' && mount.readOnly));
});
