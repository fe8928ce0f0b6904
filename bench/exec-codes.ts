/**
 * Many short programs in one running container, each with an exit code of its own: none may be lost.
 *   node bench/exec-codes.ts CONTAINER [COUNT]     with TSRUN_ROOT and TSRUN_STATE of its engine; 10,000 by default
 */
import { text } from 'node:stream/consumers';
import { findContainer } from '../src/container/find.ts';
import { listContainers } from '../src/container/records.ts';
import { createEngine } from '../src/engine/engine.ts';
import { startInContainer } from '../src/engine/exec.ts';
import { MonitorClient } from '../src/process/monitor-client.ts';
import { DEFAULT_BRIDGE, DEFAULT_ROOT, DEFAULT_STATE } from '../src/state/paths.ts';

const AT_A_TIME = 4;

const [name = '', count = '10000'] = process.argv.slice(2);
const engine = createEngine({
  root: process.env['TSRUN_ROOT'] ?? DEFAULT_ROOT,
  state: process.env['TSRUN_STATE'] ?? DEFAULT_STATE,
  bridge: process.env['TSRUN_BRIDGE'] ?? DEFAULT_BRIDGE,
  debug: false,
  logFormat: 'text',
  insecureRegistries: [],
  registryMirrors: [],
});
const container = findContainer(listContainers(engine.database()), name);
let next = 0;
let wrong = 0;

async function worker(): Promise<void> {
  for (let turn = next++; turn < Number(count); turn = next++) {
    const command = ['sh', '-c', `echo ${turn}; exit ${turn % 256}`];
    const wish = { command, environment: [], user: undefined, workingDirectory: undefined, terminal: false, privileged: false };
    const { control } = await startInContainer(engine, container, wish, { openStdin: false, followsClient: true });
    const client = new MonitorClient(control, { streams: ['stdout', 'stderr'], claimCleanup: true });
    client.stderr.resume();
    const [output, end] = await Promise.all([text(client.stdout), client.ended]);
    if (output === `${turn}\n` && end.type === 'exited' && end.status === turn % 256) continue;
    wrong++;
    console.log(`${turn}: ${JSON.stringify({ output, end })}`);
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: AT_A_TIME }, () => worker()));
console.log(`${count} programs in ${Math.round(performance.now() - began)} ms, ${wrong} wrong`);
engine.close();
process.exitCode = wrong === 0 ? 0 : 1;
