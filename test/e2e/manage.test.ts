/** What is done to containers that are there: pause, rename, top, port, update, restart; and Docker's words where it can't be. */
import { readFileSync } from 'node:fs';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

async function refused(engine: TestEngine, ...words: string[]): Promise<string> {
  const { code, stderr } = await engine.tsrun(words);
  if (code !== 1) throw new Error(`tsrun ${words.join(' ')}: exit code ${code}\n${stderr}`);
  return stderr;
}

/** The kernel's own word: processor time of a process, in ticks. */
const ticksOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[13]);

rootTest('a paused container stands still until it is unpaused; the kernel says which', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const id = await engine.ok('run', '-d', '--name', 'busy', 'busybox', 'sh', '-c', 'while :; do :; done');
  const pid = Number(await engine.ok('inspect', '-f', '{{.State.Pid}}', 'busy'));
  t.is(await engine.ok('pause', 'busy'), 'busy');
  const before = ticksOf(pid);
  t.regex(await engine.ok('ps'), /Up .* \(Paused\)/);
  t.is(await engine.ok('inspect', '-f', '{{.State.Status}} {{.State.Running}} {{.State.Paused}}', 'busy'), 'paused true true');
  t.is(ticksOf(pid), before);
  t.regex(await refused(engine, 'pause', 'busy'), new RegExp(`Container ${id} is already paused`));
  t.regex(await refused(engine, 'start', 'busy'), /cannot start a paused container, try unpause instead/);
  t.regex(await refused(engine, 'rm', 'busy'), /You cannot remove a paused container .* Unpause and then stop/);
  await engine.ok('unpause', 'busy');
  t.is(await engine.ok('inspect', '-f', '{{.State.Status}}', 'busy'), 'running');
  t.regex(await refused(engine, 'unpause', 'busy'), /is not paused/);
  // Stopping one that is paused doesn't wait for it in vain.
  await engine.ok('pause', 'busy');
  await engine.ok('stop', '-t', '0', 'busy');
  t.is(await engine.ok('inspect', '-f', '{{.State.Status}}', 'busy'), 'exited');
  t.regex(await refused(engine, 'pause', 'busy'), /is not running/);
});

rootTest('rename, and who has a name already', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const first = await engine.ok('create', '--name', 'first', 'busybox', 'true');
  await engine.ok('create', '--name', 'second', 'busybox', 'true');
  await engine.ok('rename', 'first', 'third');
  t.is(await engine.ok('inspect', '-f', '{{.Name}}', first), '/third');
  t.regex(
    await refused(engine, 'rename', 'third', 'second'),
    /Error when allocating new name: Conflict\. The container name "\/second" is already in use/,
  );
  t.regex(await refused(engine, 'rename', 'third', 'third'), /Renaming a container with the same name as its current name/);
  t.regex(await refused(engine, 'rename', 'third', 'a b'), /Error when allocating new name: Invalid container name \(\/a b\)/);
  t.regex(
    await refused(engine, 'rename', 'nobody', 'x'),
    /No such container: nobody\n(?:.*\n)*Error: failed to rename container named nobody/,
  );
});

rootTest('top shows its processes and no others; port where it is published', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok(
    'run',
    '-d',
    '--name',
    'web',
    '-p',
    '127.0.0.1:18080:80',
    '-p',
    '18053:53/udp',
    'busybox',
    'sh',
    '-c',
    '/bin/sleep 999; true',
  );
  const lines = await until('both its processes', async () => {
    const listed = (await engine.ok('top', 'web')).split('\n');
    return listed.length === 3 && listed;
  });
  t.regex(lines[0] ?? '', /^UID {17}PID {17}PPID {16}C {19}STIME {15}TTY {17}TIME {16}CMD$/);
  t.regex(lines.slice(1).join('\n'), /sh -c \/bin\/sleep 999; true/);
  t.is((await engine.ok('top', 'web', '-o', 'pid,args')).split('\n').length, lines.length);
  t.regex(await refused(engine, 'top', 'web', '-o', 'comm'), /Couldn't find PID field in ps output/);
  t.is(await engine.ok('port', 'web'), '53/udp -> 0.0.0.0:18053\n80/tcp -> 127.0.0.1:18080');
  t.is(await engine.ok('port', 'web', '80'), '127.0.0.1:18080');
  t.regex(await refused(engine, 'port', 'web', '81'), /No public port '81\/tcp' published for web/);
  await engine.ok('stop', '-t', '0', 'web');
  t.regex(await refused(engine, 'top', 'web'), /Container [0-9a-f]{64} is not running/);
  t.is(await engine.ok('port', 'web'), '');
});

rootTest('update changes a limit at once, for the next start too, or not at all', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  const limits = (): Promise<string> =>
    engine.ok('inspect', '-f', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}}', 'box');
  const inside = (): Promise<string> =>
    engine.ok(
      'exec',
      'box',
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max',
    );
  await engine.ok('update', '--memory', '64m', '--memory-swap', '128m', '--pids-limit', '50', 'box');
  t.is(await limits(), '67108864 134217728 50');
  t.is(await inside(), '67108864\n50');
  // Both grow beyond what was set: which the kernel takes in one order only.
  await engine.ok('update', '--memory', '256m', '--memory-swap', '512m', 'box');
  t.regex(await refused(engine, 'update', '--memory', '1g', 'box'), /Cannot update container .*update the memoryswap at the same time/);
  t.regex(await refused(engine, 'update', '--memory', '1m', 'box'), /Minimum memory limit allowed is 6MB/);
  t.is(await inside(), '268435456\n50');
  await engine.ok('restart', '-t', '0', 'box');
  t.is(await inside(), '268435456\n50');
  t.regex(await refused(engine, 'update', 'box'), /must provide one or more flags/);
});

rootTest('several names: the others are done though one fails, and the exit code tells', async (t) => {
  const engine = await startEngine(t, 'busybox');
  for (const name of ['one', 'two']) await engine.ok('create', '--name', name, 'busybox', 'sleep', '1000');
  for (const words of [
    ['start'],
    ['pause'],
    ['unpause'],
    ['restart', '-t', '0'],
    ['update', '--restart', 'no'],
    ['stop', '-t', '0'],
    ['rm'],
  ]) {
    const { code, stdout, stderr } = await engine.tsrun([...words, 'one', 'nobody', 'two']);
    t.is(code, 1, words[0]);
    t.is(stdout, 'one\ntwo\n', words[0]);
    t.regex(stderr, /No such container: nobody/, words[0]);
  }
});
