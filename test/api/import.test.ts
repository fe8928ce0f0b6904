/** `import 'tsrun'` does nothing: no file is opened, no handle made, no signal listened to. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';

test('importing it has no effect', (t) => {
  const script = `
    import { readdirSync } from 'node:fs';
    const state = () => ({
      descriptors: readdirSync('/proc/self/fd').length,
      resources: process.getActiveResourcesInfo(),
      listeners: process.eventNames(),
      environment: JSON.stringify(process.env),
      globals: Object.keys(globalThis).toSorted(),
    });
    // Importing this touches process.stderr, whoever imports it.
    await import('node:util');
    const before = state();
    const { Engine } = await import('tsrun');
    const engine = new Engine({ root: '/nonsense/root', state: '/nonsense/state' });
    const after = state();
    await engine[Symbol.asyncDispose]();
    console.log(JSON.stringify([before, after]));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: join(import.meta.dirname, '../..'),
    // Certificates of the environment's would be read in the background.
    env: {},
    encoding: 'utf8',
  });
  const [before, after] = JSON.parse(printed) as [unknown, unknown];
  t.deepEqual(after, before);
});
