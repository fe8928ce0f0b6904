import test from 'ava';
import { filterImages, IMAGE_FILTERS, type NamedImage } from '../../src/image/filter.ts';
import { TsrunError } from '../../src/model/errors.ts';
import { parseFilters } from '../../src/model/filters.ts';
import type { Digest, Image } from '../../src/model/image.ts';

const idOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

function image(letter: string, day: number, labels?: Record<string, string>): Image {
  return {
    id: idOf(letter),
    manifestDigest: idOf('f'),
    config: {
      architecture: 'amd64',
      os: 'linux',
      created: `2026-07-0${day}T00:00:00Z`,
      rootfs: { type: 'layers', diff_ids: [] },
      ...(labels === undefined ? {} : { config: { Labels: labels } }),
    },
    size: 1,
    layers: [],
    addedAt: '',
  };
}

const [old, middle, young] = [image('a', 1), image('b', 2, { x: 'y' }), image('c', 3)];
const digest = `busybox@sha256:${'d'.repeat(64)}`;
const images: NamedImage[] = [
  { image: young, names: [] },
  { image: middle, names: ['com:1', 'x/y/z:t'] },
  { image: old, names: ['busybox:latest', 'busybox:two', digest] },
];

/** The names that are shown; <none> for an image without. */
function shown(texts: string[], options: { patterns?: string[]; all?: boolean; parents?: Digest[] } = {}): string[] {
  const facts = {
    all: options.all ?? false,
    parents: new Set(options.parents),
    find: (text: string): Image => {
      const found = images.find(({ names }) => names.includes(text))?.image;
      if (found === undefined) throw new TsrunError('NOT_FOUND', `No such image: ${text}`);
      return found;
    },
  };
  const filters = parseFilters(texts, IMAGE_FILTERS);
  return filterImages(images, filters, options.patterns ?? [], facts).flatMap(({ names }) => (names.length === 0 ? ['<none>'] : names));
}

const everything = ['<none>', 'com:1', 'x/y/z:t', 'busybox:latest', 'busybox:two', digest];

test('all, where nothing is asked for', (t) => t.deepEqual(shown([]), everything));

test('references fit whole names, or repositories', (t) => {
  t.deepEqual(shown(['reference=busybox']), ['busybox:latest', 'busybox:two', digest]);
  t.deepEqual(shown(['reference=*:t*']), ['busybox:two']);
  t.deepEqual(shown(['reference=*']), ['com:1', 'busybox:latest', 'busybox:two', digest]);
  t.deepEqual(shown(['reference=x/*/z', 'reference=com']), ['com:1', 'x/y/z:t']);
  t.deepEqual(shown([], { patterns: ['com:1'] }), ['com:1']);
  t.throws(() => shown(['reference=[']), { message: 'syntax error in pattern' });
});

test('dangling, label, before and since', (t) => {
  t.deepEqual(shown(['dangling=true']), ['<none>']);
  t.deepEqual(shown(['dangling=false']), everything.slice(1));
  t.deepEqual(shown(['label=x']), ['com:1', 'x/y/z:t']);
  t.deepEqual(shown(['label=x=z']), []);
  t.deepEqual(shown(['before=com:1']), ['busybox:latest', 'busybox:two', digest]);
  t.deepEqual(shown(['since=com:1']), ['<none>']);
  t.deepEqual(shown(['since=busybox:two', 'dangling=false']), ['com:1', 'x/y/z:t']);
  t.throws(() => shown(['since=nope']), { message: 'No such image: nope' });
  t.throws(() => shown(['dangling=1']), { message: "Invalid filter 'dangling=[1]'" });
  t.throws(() => shown(['until=1h']), { message: "Invalid filter 'until'" });
});

test('an image without a name that another was made from is shown with --all', (t) => {
  const parents = [young.id];
  t.false(shown([], { parents }).includes('<none>'));
  t.true(shown([], { parents, all: true }).includes('<none>'));
});
