import test from 'ava';
import { EVENT_FILTERS, isAskedFor } from '../../src/engine/events.ts';
import { eventJson, eventLine } from '../../src/cli/format/events.ts';
import { parseFilters } from '../../src/model/filters.ts';
import type { RecordedEvent } from '../../src/state/events.ts';

const started: RecordedEvent = {
  sequence: 1,
  time: Date.parse('2026-01-02T03:04:05.678Z'),
  type: 'container',
  action: 'start',
  actor: 'abc123',
  attributes: { name: 'web', image: 'registry:5000/nginx:1', tier: 'front' },
};

test('names are conditions, values of one name alternatives', (t) => {
  const asked = (...filters: string[]): boolean => isAskedFor(started, parseFilters(filters, EVENT_FILTERS));
  for (const filters of [
    [],
    ['type=container'],
    ['event=start', 'event=die'],
    ['container=web'],
    ['container=abc'],
    ['image=registry:5000/nginx'],
    ['image=registry:5000/nginx:1'],
    ['label=tier'],
    ['label=tier=front', 'scope=local'],
  ])
    t.true(asked(...filters), filters.join(' '));
  for (const filters of [
    ['type=image'],
    ['event=stop'],
    ['container=db'],
    ['label=tier=back'],
    ['event=start', 'container=db'],
    ['network=web'],
    ['image=nginx'],
  ])
    t.false(asked(...filters), filters.join(' '));
  t.true(isAskedFor({ ...started, action: 'health_status: healthy' }, parseFilters(['event=health_status'], EVENT_FILTERS)));
  t.throws(() => asked('daemons=x'), { message: "Invalid filter 'daemons'" });
});

test('a line, and the API’s JSON', (t) => {
  t.regex(
    eventLine(started),
    /^2026-01-0\dT\d\d:\d\d:05\.678000000(Z|[+-]\d\d:\d\d) container start abc123 \(image=registry:5000\/nginx:1, name=web, tier=front\)\n$/,
  );
  t.is(
    eventJson(started),
    '{"status":"start","id":"abc123","from":"registry:5000/nginx:1","Type":"container","Action":"start","Actor":{"ID":"abc123","Attributes":{"image":"registry:5000/nginx:1","name":"web","tier":"front"}},"scope":"local","time":1767323045,"timeNano":1767323045678000000}\n',
  );
  // A prune is of no image.
  t.is(
    eventJson({ ...started, type: 'image', action: 'prune', actor: '', attributes: { reclaimed: '0' } }),
    '{"status":"prune","Type":"image","Action":"prune","Actor":{"ID":"","Attributes":{"reclaimed":"0"}},"scope":"local","time":1767323045,"timeNano":1767323045678000000}\n',
  );
});
