/** What an engine's end ends besides its containers. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Engine } from '../../src/api/engine.ts';
import { faults, startFakeRegistry, type FakeRegistry } from '../helpers/registry-fake.ts';
import { makeImage, putImage } from '../helpers/registry-images.ts';
import { rootTest } from '../helpers/root.ts';
import { tar } from '../helpers/tar-writer.ts';
import { temporaryDirectory } from '../helpers/trees.ts';
import { until } from '../helpers/wait.ts';

/** An image whose layer stops coming after its first bytes. */
async function startStalled(t: ExecutionContext): Promise<{ registry: FakeRegistry; name: string; isAsked: () => boolean }> {
  const registry = await startFakeRegistry(t);
  const image = makeImage([tar([{ path: 'file', data: 'x'.repeat(10_000) }])]);
  putImage(registry, 'app', image, '1');
  const digest = image.layers[0]?.digest ?? '';
  registry.fault(new RegExp(digest), faults.stall(10), 99);
  return { registry, name: `${registry.host}/app:1`, isAsked: () => registry.paths().some((path) => path.includes(digest)) };
}

for (const [what, begin] of [
  ['run', (engine: Engine, image: string): Promise<unknown> => engine.run({ image })],
  ['pull', (engine: Engine, image: string): Promise<unknown> => engine.pull(image)],
] as const) {
  rootTest(`an engine’s end ends a ${what} that still pulls`, async (t) => {
    const { name, isAsked } = await startStalled(t);
    const directory = temporaryDirectory(t);
    const root = join(directory, 'root');
    const engine = new Engine({ root, state: join(directory, 'state'), bridge: 'tst-none' });
    const ended = t.throwsAsync(begin(engine, name));
    await until('its layer comes', isAsked);
    await engine[Symbol.asyncDispose]();
    t.is((await ended).name, 'AbortError');
    t.deepEqual(existsSync(join(root, 'scratch')) ? readdirSync(join(root, 'scratch')) : [], []);
  });
}
