/** Program of a test: starts an engine with a container as a test does, says where it is and what runs, and waits to be killed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { startEngine } from './engine.ts';

// No test will ever end here.
const engine = await startEngine({ teardown: () => {} } as unknown as ExecutionContext, 'busybox');
const id = await engine.ok('run', '-d', '--restart', 'always', 'busybox', 'sleep', '1000');
const { monitorPid } = JSON.parse(readFileSync(join(engine.state, 'containers', id, 'started.json'), 'utf8')) as { monitorPid: number };
console.log(JSON.stringify({ directory: engine.directory, id, monitorPid }));
setInterval(() => {}, 1000);
