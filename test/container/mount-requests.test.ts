import test from 'ava';
import { checkVolumeName, parseTmpfs, parseVolume } from '../../src/container/mount-requests.ts';
import type { MountRequest } from '../../src/model/container.ts';

test('the forms of -v', (t) => {
  const bind = { type: 'bind', source: '/a', target: '/b', readOnly: false, propagation: undefined, createSource: true } as const;
  const volume = { type: 'volume', name: 'data', target: '/b', readOnly: false, copy: true } as const;
  const cases: [string, MountRequest][] = [
    ['/b', { ...volume, name: undefined }],
    ['data:/b', volume],
    ['data:/b:ro', { ...volume, readOnly: true }],
    ['data:/b:nocopy,z', { ...volume, copy: false }],
    ['/a:/b', bind],
    ['/a/../a/:/b/', bind],
    ['/a:/b:rw', bind],
    ['/a:/b:ro,rshared', { ...bind, readOnly: true, propagation: 'rshared' }],
    ['/a:/b:ro,Z,cached', { ...bind, readOnly: true }],
  ];
  for (const [text, request] of cases) t.deepEqual(parseVolume(text), request, text);
});

test('what is no volume is said in the words of Docker', (t) => {
  const cases: [string, string][] = [
    ['', "invalid volume specification: ''"],
    ['a:b:c:d', "invalid volume specification: 'a:b:c:d'"],
    ['/foo:ro', "invalid volume specification: '/foo:ro'"],
    [':/x', "invalid volume specification: ':/x'"],
    ['/a:', "invalid volume specification: '/a:'"],
    [
      '/a:b',
      `invalid volume specification: '/a:b': invalid mount config for type "bind": invalid mount path: 'b' mount path must be absolute`,
    ],
    ['/a:/', `invalid volume specification: '/a:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`],
    ['/a:/b:foo', 'invalid mode: foo'],
    ['/a:/b:ro,rw', 'invalid mode: ro,rw'],
    [
      '/a:/b:nocopy',
      `invalid volume specification: '/a:/b:nocopy': invalid mount config for type "bind": field VolumeOptions must not be specified`,
    ],
    [
      'aa:/b:rshared',
      `invalid volume specification: 'aa:/b:rshared': invalid mount config for type "volume": field BindOptions must not be specified`,
    ],
    ['%:/b', 'create %: volume name is too short, names should be at least two alphanumeric characters'],
    [
      'x/y:/b',
      'create x/y: "x/y" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    ],
  ];
  for (const [text, message] of cases) t.throws(() => parseVolume(text), { message }, text);
});

test('--tmpfs', (t) => {
  t.deepEqual(parseTmpfs('/run:rw,size=64k,mode=1777'), { type: 'tmpfs', target: '/run', options: 'rw,size=64k,mode=1777' });
  t.deepEqual(parseTmpfs('/run/'), { type: 'tmpfs', target: '/run', options: '' });
  t.throws(() => parseTmpfs('/'), { message: "invalid specification: destination can't be '/'" });
});

test('names of volumes can not leave their folder', (t) => {
  for (const name of ['..', '../x', 'a/b', '.hidden', '-x', 'a\nb']) t.throws(() => checkVolumeName(name), undefined, name);
  for (const name of ['data', 'a.b-c_d', '0a']) t.notThrows(() => checkVolumeName(name), name);
});
