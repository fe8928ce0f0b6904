/** What a whole `run` and a whole `exec` load: no built-in module that costs milliseconds, at no point of their way. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { startEngine } from '../helpers/engine.ts';

const COSTLY = [
  'child_process',
  'crypto',
  'https',
  'http',
  'net',
  'tls',
  'tty',
  'zlib',
  'worker_threads',
  'perf_hooks',
  'module',
  'url',
  'vm',
];

/** Loaded before the command's own code: writes down what was loaded since, at the very end. */
const HOOK = `
const before = new Set(process.moduleLoadList);
const { dlopen } = process;
process.dlopen = (addon, path) => {
  dlopen.call(process, addon, path);
  const core = addon.exports;
  addon.exports = { ...core, exitNow(status) {
    const loaded = process.moduleLoadList.filter((name) => !before.has(name));
    require('node:fs').writeFileSync(process.env.TEST_LOADED, loaded.join('\\n'));
    core.exitNow(status);
  } };
};`;

test('a run and an exec load no costly built-in module', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const [hook, loaded] = [join(engine.directory, 'hook.cjs'), join(engine.directory, 'loaded')];
  writeFileSync(hook, HOOK);
  await engine.ok('run', '--detach', '--name', 'box', 'busybox', 'sleep', '1000');
  for (const words of [
    ['run', '--rm', 'busybox', 'true'],
    ['exec', 'box', 'true'],
  ]) {
    const outcome = await engine.tsrun(words, { environment: { NODE_OPTIONS: `--require=${hook}`, TEST_LOADED: loaded } });
    t.deepEqual([outcome.code, outcome.stderr], [0, '']);
    const modules = readFileSync(loaded, 'utf8').split('\n');
    t.true(modules.includes('NativeModule sqlite'), 'all that the command loads is looked at');
    t.deepEqual(
      modules.filter((line) => COSTLY.some((name) => line === `NativeModule ${name}`)),
      [],
      words.join(' '),
    );
  }
});
