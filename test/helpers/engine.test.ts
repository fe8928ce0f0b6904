import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProcesses } from '../native/processes.ts';
import { start } from './command.ts';
import { rootTest } from './root.ts';
import { until } from './wait.ts';

rootTest('a test that is killed leaves no engine: neither its containers nor its files', async (t) => {
  const running = start(process.execPath, [join(import.meta.dirname, 'killed-test.ts')]);
  let said = '';
  running.child.stdout?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await until('its container runs', () => said.endsWith('\n'));
  const { directory, id, monitorPid } = JSON.parse(said) as { directory: string; id: string; monitorPid: number };
  const monitors = (): number[] => findProcesses((command) => command.startsWith(`tsrun-monitor\0${id}\0`));
  t.deepEqual(monitors(), [monitorPid]);
  t.true(existsSync(directory));
  running.child.kill('SIGKILL');
  await running.done;
  await until('its container is gone', () => monitors().length === 0);
  await until('its files are gone', () => !existsSync(directory));
});
