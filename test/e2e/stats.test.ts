/** `tsrun stats` beside the kernel's own figures. */
import { readFileSync } from 'node:fs';
import { cgroupDirectory, controllerHierarchy, detectCgroups } from '../../src/kernel/cgroup/index.ts';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

interface Shown {
  BlockIO: string;
  CPUPerc: string;
  Container: string;
  ID: string;
  MemPerc: string;
  MemUsage: string;
  Name: string;
  NetIO: string;
  PIDs: string;
}

/** A number of the cgroup that a container has for `controller`. */
function kernelSays(id: string, controller: string, files: { v1: string; v2: string }): number {
  const hierarchy = controllerHierarchy(detectCgroups(), controller);
  if (hierarchy === undefined) throw new Error(`no controller ${controller}`);
  return Number(readFileSync(`${cgroupDirectory(hierarchy, `/tsrun-${id}`)}/${hierarchy.version === 2 ? files.v2 : files.v1}`, 'latin1'));
}

rootTest('what is shown is what the kernel counts', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'quiet', '--memory', '64m', 'busybox', 'sh', '-c', 'sleep 900 & sleep 901 & wait');
  const pid = Number(await engine.ok('inspect', '-f', '{{.State.Pid}}', 'quiet'));
  await until('its processes, and no other', () => kernelSays(id, 'pids', { v1: 'pids.current', v2: 'pids.current' }) === 3);
  await engine.ok('exec', 'quiet', 'ping', '-c', '3', '-s', '1000', '-i', '0.1', '-W', '100', '172.17.0.1');
  await until('the ping is gone', () => kernelSays(id, 'pids', { v1: 'pids.current', v2: 'pids.current' }) === 3);
  const [shown] = [JSON.parse(await engine.ok('stats', '--no-stream', '--no-trunc', '--format', 'json', 'quiet')) as Shown];
  t.is(shown.ID, id);
  t.is(shown.Name, 'quiet');
  t.is(shown.Container, 'quiet');
  t.is(Number(shown.PIDs), 3);
  t.regex(shown.MemUsage, /^[\d.]+(KiB|MiB) \/ 64MiB$/);
  const used = Number.parseFloat(shown.MemUsage) * (shown.MemUsage.includes('KiB /') ? 1024 : 1024 ** 2);
  t.true(used > 0 && used <= kernelSays(id, 'memory', { v1: 'memory.max_usage_in_bytes', v2: 'memory.peak' }), shown.MemUsage);
  t.regex(shown.MemPerc, /^\d+\.\d\d%$/);
  const eth = /eth0:\s*(\d+)(?:\s+\d+){7}\s+(\d+)/.exec(readFileSync(`/proc/${pid}/net/dev`, 'latin1'));
  // Two pings of a thousand bytes, at least, went each way.
  const [received = '', sent = ''] = shown.NetIO.split(' / ');
  t.true(Number.parseFloat(received) >= 3 && received.endsWith('kB') && Number(eth?.[1]) >= 3000, shown.NetIO);
  t.true(Number.parseFloat(sent) >= 3 && sent.endsWith('kB') && Number(eth?.[2]) >= 3000, shown.NetIO);
});

rootTest('a busy one shows its share, a stopped one nothing; live it goes on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'busy', '--cpus', '0.3', 'busybox', 'sh', '-c', 'while :; do :; done');
  await engine.ok('create', '--name', 'idle', 'busybox', 'true');
  const shareOf = (lines: readonly string[]): number => Number.parseFloat(/^busy ([\d.]+)%/m.exec(lines.join('\n'))?.[1] ?? '0');
  // Between the two looks of one that was held up it may have had no turn.
  const lines = await until('a share', async () => {
    const listed = await engine.ok('stats', '--no-stream', '--all', '--format', '{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}');
    return shareOf(listed.split('\n')) > 1 && listed.split('\n');
  });
  t.is(lines.length, 2);
  t.true(lines.includes('idle 0.00% 0B / 0B 0'), lines.join('\n'));
  const share = shareOf(lines);
  t.true(share > 1 && share < 60, `${share}`);
  t.regex(
    await engine.ok('stats', '--no-stream'),
    /^CONTAINER ID {3}NAME {6}CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS\n[0-9a-f]{12} +busy /,
  );
  const live = engine.start(['stats']);
  let told = '';
  live.child.stdout?.on('data', (bytes: Buffer) => (told += bytes.toString()));
  await until('it shows them again and again', () => told.split('\u001b[2J\u001b[H').length > 2);
  live.child.kill('SIGTERM');
  await live.done;
  const { code, stderr } = await engine.tsrun(['stats', '--no-stream', 'nobody']);
  t.is(code, 1);
  t.regex(stderr, /No such container: nobody/);
});
