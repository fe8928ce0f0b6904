/** What the start of a run loads: built-in modules that cost milliseconds are for the commands that need them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';

const bundle = join(import.meta.dirname, '../../dist/tsrun.cjs');

test('a run loads no costly built-in module', (t) => {
  if (!existsSync(bundle)) {
    t.log('SKIP: no bundle (npm run build)');
    t.pass();
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-loads-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  // Everything of a run is evaluated before its image is looked for, and this one isn't here.
  const script = `
    process.argv.splice(1, 1, ${JSON.stringify(bundle)});
    const leave = process.reallyExit;
    // Where the image isn't here, the run makes place for the whole program.
    process.execve = () => { require('node:fs').writeSync(1, process.moduleLoadList.join('\\n')); leave.call(process, 0); };
    require(${JSON.stringify(bundle)});`;
  const words = ['--root', join(folder, 'root'), '--state', join(folder, 'state'), 'run', '--rm', '--pull', 'never', 'none', 'true'];
  const loaded = execFileSync(process.execPath, ['-e', script, '--', bundle, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const costly = ['child_process', 'crypto', 'https', 'http', 'net', 'tls', 'tty', 'zlib', 'worker_threads'];
  t.true(loaded.includes('NativeModule sqlite'), 'the run came as far as the database');
  t.deepEqual(
    loaded.split('\n').filter((line) => costly.some((name) => line === `NativeModule ${name}`)),
    [],
  );
});
