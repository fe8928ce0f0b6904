/** Limits, and what is said when one is met. */
import { command } from '../helpers/command.ts';
import { PROGRAM, startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('a program that wants more memory than allowed is killed, and it is said which limit that was', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { code, stderr } = await engine.tsrun([
    'run',
    '--name',
    'greedy',
    '-m',
    '16m',
    '--memory-swap',
    '16m',
    'busybox',
    'sh',
    '-c',
    'exec dd if=/dev/zero of=/dev/null bs=64M count=1',
  ]);
  t.is(code, 137);
  t.regex(stderr, /WARNING: container [0-9a-f]{12}: it ran out of memory.*; its limit is 16777216 bytes \(--memory\)/);
  const [found] = JSON.parse(await engine.ok('inspect', 'greedy')) as { State: { OOMKilled: boolean; ExitCode: number; Error: string } }[];
  t.true(found?.State.OOMKilled);
  t.is(found?.State.ExitCode, 137);
  t.regex(found?.State.Error ?? '', /its limit is 16777216 bytes/);
  t.regex(await engine.ok('events', '--since', '1h', '--until', '0s'), /container oom .*memory=16777216/);
});

rootTest('--pids-limit stops a fork bomb', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { stderr } = await engine.tsrun([
    'run',
    '--rm',
    '--pids-limit',
    '10',
    'busybox',
    'sh',
    '-c',
    'for i in $(seq 30); do sleep 1000 & done; :',
  ]);
  t.regex(stderr, /can't fork|Resource temporarily unavailable/);
  t.regex(stderr, /WARNING: .* could not make more processes, \d+ times; its limit is 10 \(--pids-limit\)/);
});

rootTest('--cpus, --cpuset-cpus, --ulimit and --shm-size are what the program sees', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const flags = ['--rm', '--cpus', '0.5', '--cpuset-cpus', '0', '--ulimit', 'nofile=100:200', '--shm-size', '1m'];
  const out = await engine.ok(
    'run',
    ...flags,
    'busybox',
    'sh',
    '-c',
    'nproc; ulimit -n; ulimit -Hn; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2',
  );
  t.is(out, '1\n100\n200\n1024');
});

rootTest('open files and processes are not limited as the shell that calls is', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const look = 'grep -E "Max (open files|processes)" /proc/self/limits';
  const limited = (program: string, ...words: string[]): ReturnType<typeof command> => {
    const limits = ['--nofile=300', '--nproc=5000'];
    return command(...engine.network.enter('prlimit', [...limits, program, ...words]), { environment: engine.environment });
  };
  // What root may have here.
  const raise = 'prlimit --pid $$ --nofile=1048576; prlimit --pid $$ --nproc=unlimited';
  const { stdout: most } = await limited('sh', '-c', `${raise}; ${look}`);
  t.regex(most, /processes +(?:unlimited|5000) .*\n.*files +(?:1048576|300) /);
  t.is((await limited(PROGRAM, 'run', '--rm', 'busybox', 'sh', '-c', look)).stdout, most);
  await engine.ok('run', '-d', '--name', 'box', 'busybox', 'sleep', '1000');
  t.is((await limited(PROGRAM, 'exec', 'box', 'sh', '-c', look)).stdout, most);
  const asked = await limited(PROGRAM, 'run', '--rm', '--ulimit', 'nofile=100', 'busybox', 'sh', '-c', look);
  t.regex(asked.stdout, /files +100 +100 /);
});

rootTest('--sysctl of the container’s own namespaces', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(
    await engine.ok('run', '--rm', '--sysctl', 'net.ipv4.ip_default_ttl=42', 'busybox', 'cat', '/proc/sys/net/ipv4/ip_default_ttl'),
    '42',
  );
  t.is((await engine.tsrun(['run', '--rm', '--sysctl', 'kernel.panic=1', 'busybox', 'true'])).code, 125);
});

rootTest('a container is no real-time process, though its caller is one', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const asRealTime = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await command(...engine.network.enter('chrt', ['--fifo', '1', PROGRAM, ...words]), {
      environment: engine.environment,
    });
    t.is(code, 0, stderr);
    return stdout.trim();
  };
  // The 41st field of its stat: 0 is SCHED_OTHER.
  const policy = ['cut', '-d ', '-f41', '/proc/self/stat'];
  t.is(
    await asRealTime('run', '--name', 'ordinary', '-d', 'busybox', 'sleep', '1000'),
    (await engine.ok('ps', '--quiet', '--no-trunc')).trim(),
  );
  t.is(await asRealTime('exec', 'ordinary', ...policy), '0');
  t.is(await asRealTime('run', '--rm', 'busybox', ...policy), '0');
});
