import test from 'ava';
import fc from 'fast-check';
import { parseChallenges } from '../../../src/image/registry/challenge.ts';

test('a bearer challenge as Docker Hub sends it', (t) => {
  const header = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/ubuntu:pull"';
  t.deepEqual(parseChallenges(header), [
    {
      scheme: 'bearer',
      parameters: { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:library/ubuntu:pull' },
    },
  ]);
});

test('commas in quotes, escapes, tokens, several challenges', (t) => {
  t.deepEqual(parseChallenges('Bearer realm="a\\"b", scope="x:pull,push" , error=invalid_token, Basic realm="r", Negotiate'), [
    { scheme: 'bearer', parameters: { realm: 'a"b', scope: 'x:pull,push', error: 'invalid_token' } },
    { scheme: 'basic', parameters: { realm: 'r' } },
    { scheme: 'negotiate', parameters: {} },
  ]);
});

test('nothing, and nonsense', (t) => {
  t.deepEqual(parseChallenges(undefined), []);
  t.deepEqual(parseChallenges(''), []);
  t.deepEqual(parseChallenges('"'), []);
  t.deepEqual(parseChallenges('Bearer __proto__="x"')[0]?.parameters, {});
});

test('any header ends', (t) => {
  const pieces = fc.constantFrom('Bearer', 'Basic', ' ', ',', '=', '"', '\\', 'a', 'realm="x"', '\t');
  t.notThrows(() => fc.assert(fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => Array.isArray(parseChallenges(parts.join(''))))));
});
