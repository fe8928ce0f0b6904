import test from 'ava';
import { importProblems, lengthProblems } from '../../scripts/check-structure.ts';

test('a step may import state, kernel and model', (t) => {
  const text = `import { a } from '../state/paths.ts';\nimport type { B } from '../model/image.ts';\nconst c = await import('../kernel/native.ts');\n`;
  t.deepEqual(importProblems('src/image/store.ts', text), []);
});

test('a step must not import another step', (t) => {
  t.deepEqual(importProblems('src/image/store.ts', `import { a } from '../network/bridge.ts';`), [
    'src/image/store.ts: image must not import src/network/bridge.ts',
  ]);
  t.is(importProblems('src/network/dns/server.ts', `const a = await import('../../process/logs.ts');`).length, 1);
});

test('nothing below the faces imports them, and the kernel imports no state', (t) => {
  t.is(importProblems('src/run.ts', `import { a } from './cli/main.ts';`).length, 1);
  t.is(importProblems('src/kernel/native.ts', `import { a } from '../state/paths.ts';`).length, 1);
  t.deepEqual(importProblems('src/cli/commands/run.ts', `import { run } from '../../run.ts';`), []);
});

test('the engine imports nothing of the tests', (t) => {
  t.is(importProblems('src/run.ts', `import { a } from '../test/helpers/tar.ts';`).length, 1);
});

test('imports in comments don’t count', (t) => {
  t.deepEqual(importProblems('src/image/store.ts', ` * import { a } from '../network/bridge.ts';\n// from '../process/logs.ts'`), []);
});

test('a long file is told', (t) => {
  t.deepEqual(lengthProblems('a.ts', 'x\n'.repeat(400)), []);
  t.is(lengthProblems('a.ts', 'x\n'.repeat(401)).length, 1);
});
