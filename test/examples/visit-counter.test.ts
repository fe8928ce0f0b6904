/** The example, run as its readers run it: with Node's own test runner, beside a real Redis. */
import { join } from 'node:path';
import test from 'ava';
import { command } from '../helpers/command.ts';
import { startEngine } from '../helpers/engine.ts';

test('a service is tested beside a real Redis', async (t) => {
  const engine = await startEngine(t, 'redis');
  const example = join(import.meta.dirname, '../../examples/visit-counter/visit-counter.test.ts');
  const words = ['--test', '--test-reporter=tap', example];
  const outcome = await command(...engine.network.enter(process.execPath, words), { environment: engine.environment });
  t.is(outcome.code, 0, outcome.stdout + outcome.stderr);
  t.regex(outcome.stdout, /^# pass 3$/m);
  t.is(await engine.ok('ps', '--all', '--quiet'), '');
});
