import test from 'ava';
import fc from 'fast-check';
import { isTsrunError } from '../../../src/model/errors.ts';
import { parseReference, parseWithoutDefaultTag } from '../../../src/image/reference/parse.ts';
import { canonicalName, familiarName, familiarRepository, repositoryName, tagOrDigest } from '../../../src/image/reference/reference.ts';

const HEX = 'aba80b77e27148d99c034a987e7da3a287ed455390352663418c0f2ed40417fe';
const DIGEST = `sha256:${HEX}`;

const GOOD: [text: string, canonical: string, familiar: string][] = [
  ['ubuntu', 'docker.io/library/ubuntu:latest', 'ubuntu:latest'],
  ['ubuntu:20.04', 'docker.io/library/ubuntu:20.04', 'ubuntu:20.04'],
  ['library/ubuntu', 'docker.io/library/ubuntu:latest', 'ubuntu:latest'],
  ['docker.io/ubuntu', 'docker.io/library/ubuntu:latest', 'ubuntu:latest'],
  ['index.docker.io/ubuntu', 'docker.io/library/ubuntu:latest', 'ubuntu:latest'],
  ['index.docker.io/someone/app:1', 'docker.io/someone/app:1', 'someone/app:1'],
  ['bitnami/redis-cluster:6.2', 'docker.io/bitnami/redis-cluster:6.2', 'bitnami/redis-cluster:6.2'],
  ['127.0.0.1:5000/mysql:lastest', '127.0.0.1:5000/mysql:lastest', '127.0.0.1:5000/mysql:lastest'],
  ['localhost/x', 'localhost/x:latest', 'localhost/x:latest'],
  ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
  ['Host/x', 'Host/x:latest', 'Host/x:latest'],
  ['[::1]:5000/x/y', '[::1]:5000/x/y:latest', '[::1]:5000/x/y:latest'],
  ['registry.example.com/a/b/c:v1.2-rc_3', 'registry.example.com/a/b/c:v1.2-rc_3', 'registry.example.com/a/b/c:v1.2-rc_3'],
  [`ubuntu@${DIGEST}`, `docker.io/library/ubuntu@${DIGEST}`, `ubuntu@${DIGEST}`],
  [`ubuntu:20.04@${DIGEST}`, `docker.io/library/ubuntu@${DIGEST}`, `ubuntu:20.04@${DIGEST}`],
  ['docker.io/a.b/c', 'docker.io/a.b/c:latest', 'docker.io/a.b/c:latest'],
  ['a__b/c.d/e--f:X', 'docker.io/a__b/c.d/e--f:X', 'a__b/c.d/e--f:X'],
];

for (const [text, canonical, familiar] of GOOD) {
  test(`${text} is ${canonical}`, (t) => {
    const reference = parseReference(text);
    t.is(canonicalName(reference), canonical);
    t.is(familiarName(reference), familiar);
  });
}

const FORMAT = 'invalid reference format';
const BAD: [text: string, message: string, hint: RegExp][] = [
  ['', FORMAT, /empty/],
  ['a b', FORMAT, /"a b" in the repository name/],
  ['ubuntu:', FORMAT, /the tag ""/],
  ['ubuntu:-x', FORMAT, /the tag "-x"/],
  [`ubuntu:${'x'.repeat(129)}`, FORMAT, /1 to 128/],
  ['ubuntu@', FORMAT, /the digest ""/],
  ['ubuntu@sha256:zz', FORMAT, /64 hex digits/],
  [`ubuntu@sha256:${HEX}00`, 'invalid checksum digest length', /64 hex digits/],
  [`ubuntu@sha512:${HEX}${HEX}`, 'unsupported digest algorithm', /sha256/],
  ['Ubuntu', `${FORMAT}: repository name (library/Ubuntu) must be lowercase`, /write "ubuntu" for "Ubuntu"/],
  ['localhost:5000/Foo/bar', `${FORMAT}: repository name (Foo/bar) must be lowercase`, /write "foo\/bar"/],
  [HEX, `invalid repository name (${HEX}), cannot specify 64-byte hexadecimal strings`, /sha256:/],
  ['x//y', FORMAT, /empty/],
  ['-host.example/x', FORMAT, /"-host.example" is not a host/],
  ['a___b', FORMAT, /a___b/],
  [`x/${'y'.repeat(255)}`, 'repository name must not be more than 255 characters', /257/],
];

for (const [text, message, hint] of BAD) {
  test(`${JSON.stringify(text).slice(0, 60)} is refused: ${message.slice(0, 60)}`, (t) => {
    const error = t.throws(() => parseReference(text));
    t.true(isTsrunError(error, 'INVALID_REFERENCE'));
    t.is(error?.message, message);
    t.regex((error as { hint?: string }).hint ?? '', hint);
  });
}

test('every part that is wrong is named', (t) => {
  const error = t.throws(() => parseReference('a b:c d@sha256:e'));
  t.regex((error as { hint?: string }).hint ?? '', /"a b".*"c d".*"sha256:e"/);
});

test('control characters do not reach the terminal', (t) => {
  const error = t.throws(() => parseReference('a\u001B[2J'));
  t.notRegex((error as { hint?: string }).hint ?? '', /\u001B/);
});

test('without the default tag', (t) => {
  t.is(parseWithoutDefaultTag('ubuntu').tag, undefined);
  t.is(familiarRepository(parseWithoutDefaultTag('ubuntu')), 'ubuntu');
});

/** The distribution project's grammar in one piece, as the oracle. */
const ALNUM = '[a-z0-9]+';
const COMPONENT = `${ALNUM}(?:(?:\\.|_|__|-+)${ALNUM})*`;
const HOST_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const HOST = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const WHOLE = new RegExp(`^${HOST}/${COMPONENT}(?:/${COMPONENT})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);

const pieces = fc.constantFrom('a', 'B', '0', '.', '_', '-', '/', ':', '@', 'localhost', 'docker.io', 'library', DIGEST, '[::1]', ' ', 'é');

test('what the grammar takes is taken, and nothing else', (t) => {
  const property = fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
    const text = parts.join('');
    let taken: string | undefined;
    try {
      const reference = parseWithoutDefaultTag(text);
      taken = `${repositoryName(reference)}${reference.tag === undefined ? '' : `:${reference.tag}`}${reference.digest === undefined ? '' : `@${reference.digest}`}`;
    } catch (error) {
      if (!isTsrunError(error, 'INVALID_REFERENCE')) throw error;
    }
    const slash = text.indexOf('/');
    const first = text.slice(0, Math.max(slash, 0));
    const isHost = slash > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
    const normalized = isHost ? text : `docker.io/${text}`;
    const official = /^(?:index\.)?docker\.io\/([^/]*)$/.exec(normalized);
    const whole = official === null ? normalized.replace(/^index\.(?=docker\.io\/)/, '') : `docker.io/library/${official[1]}`;
    return taken === (WHOLE.test(whole) ? whole : undefined);
  });
  t.notThrows(() => fc.assert(property, { numRuns: 5000 }));
});

test('familiar and canonical names parse back to the same', (t) => {
  const component = fc.stringMatching(/^[a-z0-9]{1,4}(?:[._-][a-z0-9]{1,3})?$/);
  const domain = fc.constantFrom('', 'docker.io/', 'localhost:5000/', 'r.example.com/');
  const end = fc.constantFrom('', ':1', `@${DIGEST}`);
  const property = fc.property(domain, fc.array(component, { minLength: 1, maxLength: 3 }), end, (host, path, rest = '') => {
    const reference = parseReference(host + path.join('/') + rest);
    t.deepEqual(parseReference(familiarName(reference)), reference);
    t.deepEqual(parseReference(canonicalName(reference)), reference);
    t.is(tagOrDigest(reference), reference.digest ?? reference.tag ?? '');
  });
  fc.assert(property, { numRuns: 500 });
});
