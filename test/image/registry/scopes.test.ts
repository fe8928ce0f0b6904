import test from 'ava';
import { retryAfter } from '../../../src/image/registry/answers.ts';
import { ScopeSet } from '../../../src/image/registry/scopes.ts';

test('scopes gather: a thing keeps every action that was wanted of it', (t) => {
  const scopes = new ScopeSet('repository:a/x:pull');
  scopes.add('repository:a/x:pull,push repository:b:pull');
  scopes.add('registry:catalog:*');
  t.deepEqual(scopes.list(), ['repository:a/x:pull,push', 'repository:b:pull', 'registry:catalog:*']);
  t.true(scopes.covers('repository:a/x:push repository:b:pull'));
  t.true(scopes.covers(''));
  t.false(scopes.covers('repository:b:push'));
  t.false(scopes.covers('repository:c:pull'));
  t.deepEqual(new ScopeSet(' nonsense :x  repository:host:5000/x:pull').list(), ['repository:host:5000/x:pull']);
});

test('Retry-After: seconds, or a date', (t) => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  t.is(retryAfter('7', now), 7000);
  t.is(retryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now), 30_000);
  t.is(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now), 0);
  t.is(retryAfter('soon', now), undefined);
  t.is(retryAfter(undefined, now), undefined);
});
