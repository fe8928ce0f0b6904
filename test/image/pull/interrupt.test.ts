/** Ctrl-C during a pull: a process of its own, because it dies of it. */
import { globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../../helpers/command.ts';
import { faults, startFakeRegistry } from '../../helpers/registry-fake.ts';
import { makeImage, makeTar, putImage } from '../../helpers/registry-images.ts';
import { rootTest } from '../../helpers/root.ts';
import { until } from '../../helpers/wait.ts';

const SOURCES = join(import.meta.dirname, '../../../src');
const PROGRAM = `
  const { pullImage } = await import('${SOURCES}/image/pull/pull.ts');
  const { parseReference } = await import('${SOURCES}/image/reference/parse.ts');
  const { openDatabase } = await import('${SOURCES}/state/database.ts');
  const [root, name] = process.argv.slice(1);
  const paths = { root, state: root + '-state' };
  await pullImage({ paths, database: openDatabase(paths) }, parseReference(name), {}, () => undefined);
`;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  rootTest(`${signal} ends a pull, which leaves nothing behind and dies of it`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'tsrun-interrupt-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const registry = await startFakeRegistry(t);
    const image = makeImage([makeTar({ a: 'first' }), makeTar({ b: 'second' })]);
    putImage(registry, 'app', image, '1');
    registry.fault(/blobs/, () => false, 1);
    registry.fault(/blobs/, faults.stall(20), 99);
    const root = join(directory, 'root');
    const running = start(process.execPath, ['--input-type=module', '-e', PROGRAM, root, `${registry.host}/app:1`]);
    await until('both layers are under way', () => registry.paths().filter((path) => path.includes('/blobs/')).length === 3);
    await until('they are being written', () => readdirSync(join(root, 'scratch')).length > 0);
    running.child.kill(signal);
    const outcome = await running.done;
    t.is(outcome.signal, signal, outcome.stderr);
    t.deepEqual(readdirSync(join(root, 'scratch')), []);
    t.deepEqual(
      globSync('{layers,blobs}/**/*', { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile()),
      [],
    );
  });
}
