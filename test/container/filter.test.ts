import test from 'ava';
import { CONTAINER_FILTERS, containerFilter } from '../../src/container/filter.ts';
import { findContainer } from '../../src/container/find.ts';
import type { Container } from '../../src/model/container.ts';
import { parseFilters } from '../../src/model/filters.ts';
import { running, sample } from './sample.ts';

const ended = { exitCode: 1, oomKilled: false, startedAt: '', finishedAt: '2026-07-13T00:00:57Z' };

const one: Container = {
  ...sample(running([{ protocol: 'tcp', containerPort: 80, hostAddress: '0.0.0.0', hostPort: 8080 }]), {
    labels: { a: 'b', 'c.d': 'e' },
    exposedPorts: ['443/tcp', '53/udp'],
    mounts: [
      { type: 'volume', name: 'vol1', target: '/data', readOnly: false, copy: true },
      { type: 'bind', source: '/tmp', target: '/host', readOnly: true, propagation: undefined, createSource: true },
    ],
  }),
  id: '1'.repeat(64),
  name: 'one',
  createdAt: '2026-07-13T00:00:01.000Z',
};
const two: Container = {
  ...sample({ status: 'exited', ...ended }),
  id: '2'.repeat(64),
  name: 'two',
  createdAt: '2026-07-13T00:00:02.000Z',
};
const three: Container = {
  ...sample({ status: 'created', exitCode: 1 }, { network: { type: 'none' } }),
  id: '3'.repeat(64),
  name: 'three',
  imageId: `sha256:${'e'.repeat(64)}`,
  createdAt: '2026-07-13T00:00:03.000Z',
};
const sick: Container = { ...one, id: '4'.repeat(64), name: 'sick', health: { status: 'unhealthy', failingStreak: 3, log: [] } };
const all = [one, two, three, sick];

function names(...texts: string[]): string[] {
  const test = containerFilter(parseFilters(texts, CONTAINER_FILTERS), {
    find: (text) => findContainer(all, text),
    imagesFrom: (text) => new Set(text === 'busybox' ? [one.imageId] : []),
  });
  return all.filter((each) => test(each)).map(({ name }) => name);
}

// What docker 20.10 answered to the same questions, of the same containers.
const CASES: [filters: string[], names: string[]][] = [
  [[], ['one', 'two', 'three', 'sick']],
  [['id=222'], ['two']],
  [['name=on'], ['one']],
  [['name=^/one$'], ['one']],
  [['name=^ne'], []],
  [
    ['name=one', 'name=two'],
    ['one', 'two'],
  ],
  [['name=one', 'status=exited'], []],
  [
    ['label=a', 'label=c.d=e'],
    ['one', 'sick'],
  ],
  [['label=a=c'], []],
  [['status=exited'], ['two']],
  [
    ['status=created', 'status=exited'],
    ['two', 'three'],
  ],
  [['exited=1'], ['two']],
  [['exited=0'], []],
  [['ancestor=busybox'], ['one', 'two', 'sick']],
  [['ancestor=nope'], []],
  [['network=none'], ['three']],
  [['network=bridge'], ['one', 'two', 'sick']],
  [['network=nope'], []],
  [['volume=vol1'], ['one', 'sick']],
  [['volume=/data'], ['one', 'sick']],
  [['volume=/host'], ['one', 'sick']],
  [['volume=/tmp'], ['one', 'sick']],
  [['volume=/'], []],
  [['publish=8080'], ['one', 'sick']],
  [['publish=80'], []],
  [['publish=7000-9000/tcp'], ['one', 'sick']],
  [['publish=8080/udp'], []],
  [['expose=80'], ['one', 'sick']],
  [['expose=53/udp'], ['one', 'sick']],
  [['expose=444'], []],
  [['health=none'], ['one', 'two', 'three']],
  [['health=unhealthy'], ['sick']],
  [['before=two'], ['one', 'sick']],
  [['since=two'], ['three']],
  [['since=one', 'before=three'], ['two']],
];
for (const [filters, expected] of CASES) test(`ps --filter ${filters.join(' ')}`, (t) => t.deepEqual(names(...filters), expected));

test('values that a filter can not have', (t) => {
  const wrong: [filter: string, message: string][] = [
    ['status=foo', "Invalid filter 'status=foo'"],
    ['health=foo', 'Unrecognised filter value for health: foo'],
    ['exited=x', 'strconv.Atoi: parsing "x": invalid syntax'],
    ['publish=foo', 'error while looking up for publish foo: strconv.ParseUint: parsing "foo": invalid syntax'],
    ['publish=9000-8000', 'error while looking up for publish 9000-8000: Invalid range specified for the Port: 9000-8000'],
    ['publish=80-70000', 'error while looking up for publish 80-70000: strconv.ParseUint: parsing "70000": value out of range'],
    ['publish=', 'error while looking up for publish : strconv.ParseUint: parsing "": invalid syntax'],
    ['expose=1:2', "filter for 'expose' should not contain ':': 1:2"],
    ['before=nope', 'No such container: nope'],
    ['is-task=true', "Invalid filter 'is-task'"],
    ['isolation=x', "Invalid filter 'isolation'"],
  ];
  for (const [filter, message] of wrong) t.throws(() => names(filter), { message });
});
