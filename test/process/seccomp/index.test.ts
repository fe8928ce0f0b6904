import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { seccompFilter, cachedSeccompFilter } from '../../../src/process/seccomp/index.ts';
import { checkFilter } from './interpreter.ts';

function scratch(t: { teardown: (undo: () => void) => void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'tsrun-seccomp-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('the default filter is compiled once and read from its file afterwards', async (t) => {
  const request = { profile: 'default', capabilities: 0xa80425fbn, cacheDirectory: join(scratch(t), 'cache') };
  t.is(cachedSeccompFilter(request), undefined);
  const built = await seccompFilter(request);
  if (built === undefined) return t.fail();
  checkFilter(built.filter);
  const cached = cachedSeccompFilter(request);
  t.deepEqual([...(cached?.filter ?? [])], [...built.filter]);
  t.is(cached?.flags, built.flags);
  t.is(readdirSync(request.cacheDirectory).length, 1);
  t.is(cachedSeccompFilter({ ...request, capabilities: 0n }), undefined, 'other capabilities, other filter');
});

test('a torn or changed cache file is not believed', async (t) => {
  const cacheDirectory = scratch(t);
  const request = { profile: 'default', capabilities: 0n, cacheDirectory };
  const built = await seccompFilter(request);
  const path = join(cacheDirectory, readdirSync(cacheDirectory)[0] as string);
  const whole = readFileSync(path);
  const flipped = Buffer.from(whole);
  flipped[100] = 1 ^ (flipped[100] as number);
  for (const bytes of [
    whole.subarray(0, 0),
    whole.subarray(0, 20),
    whole.subarray(0, 100),
    flipped,
    Buffer.concat([whole, Buffer.alloc(8)]),
  ]) {
    writeFileSync(path, bytes);
    t.is(cachedSeccompFilter(request), undefined);
  }
  t.deepEqual((await seccompFilter(request))?.filter.length, built?.filter.length);
  t.deepEqual(readFileSync(path), whole);
});

test("unconfined is no filter; a profile of one's own is compiled and not cached; no cache is no error", async (t) => {
  const cacheDirectory = scratch(t);
  t.is(await seccompFilter({ profile: 'unconfined', capabilities: 0n, cacheDirectory }), undefined);
  const own = await seccompFilter({ profile: '{"defaultAction":"SCMP_ACT_ALLOW"}', capabilities: 0n, cacheDirectory });
  t.true((own?.filter.length ?? 0) > 0);
  t.deepEqual(readdirSync(cacheDirectory), []);
  t.truthy(await seccompFilter({ profile: 'default', capabilities: 0n, cacheDirectory: '/proc/no/such' }));
});
