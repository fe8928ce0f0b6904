/** `run` in the foreground: what the container's program sees, what comes out, and with which exit code. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';

rootTest('a run prints what its program prints, and leaves nothing', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const outcome = await engine.tsrun(['run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2']);
  t.deepEqual(outcome, { stdout: 'out\n', stderr: 'err\n', code: 0, signal: null });
  t.is(await engine.ok('ps', '-aq'), '');
});

rootTest('the program is PID 1 of a world of its own', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const script = 'echo $$; hostname; ls /proc | grep -c "^[0-9]"; id; pwd; echo $PATH $HOME; cat /proc/self/cgroup | cut -d: -f3 | sort -u';
  const lines = (await engine.ok('run', '--rm', '--name', 'world', '--hostname', 'box', 'busybox', 'sh', '-c', script)).split('\n');
  t.is(lines[0], '1');
  t.is(lines[1], 'box');
  t.true(Number(lines[2]) <= 4, 'sees its own processes only');
  t.is(lines[3], 'uid=0(root) gid=0(root) groups=0(root),10(wheel)');
  t.is(lines[4], '/');
  t.is(lines[5], '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /root');
  t.is(lines[6], '/', 'its cgroup is the root of its cgroup namespace');
});

rootTest('it has an address on the bridge, and reaches the gateway', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok(
    'run',
    '--rm',
    'busybox',
    'sh',
    '-c',
    'ip -4 -o addr show dev eth0; ip route; ping -c 1 -W 100 $(ip route | sed -n "s/default via \\([^ ]*\\).*/\\1/p")',
  );
  t.regex(out, /inet 172\.17\.\d+\.\d+\/16/);
  t.regex(out, /default via 172\.17\.0\.1 dev eth0/);
  t.regex(out, /1 packets received/);
});

rootTest('stdin reaches the program with -i, and only then', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is((await engine.tsrun(['run', '--rm', '-i', 'busybox', 'cat'], { input: 'hello\n' })).stdout, 'hello\n');
  t.is((await engine.tsrun(['run', '--rm', 'busybox', 'cat'], { input: 'hello\n' })).stdout, '');
});

rootTest('a megabyte goes in and comes out unchanged', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const input = Array.from({ length: 20_000 }, (_, index) => `line ${index} of a long text that is passed through\n`).join('');
  const { stdout, code } = await engine.tsrun(['run', '--rm', '-i', 'busybox', 'cat'], { input });
  t.is(code, 0);
  t.true(stdout === input, `${stdout.length} of ${input.length} bytes`);
});

rootTest('exit codes are Docker’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const code = async (...words: string[]): Promise<number | null> => (await engine.tsrun(['run', '--rm', ...words])).code;
  t.is(await code('busybox', 'true'), 0);
  t.is(await code('busybox', 'false'), 1);
  t.is(await code('busybox', 'sh', '-c', 'exit 42'), 42);
  t.is(await code('--init', 'busybox', 'sh', '-c', 'kill -9 $$'), 137);
  t.is(await code('--init', 'busybox', 'sh', '-c', 'kill -15 $$'), 143);
  t.is(await code('--no-such-flag', 'busybox', 'true'), 125);
  t.is(await code('busybox', '/etc'), 126);
  t.is(await code('busybox', 'no-such-command'), 127);
});

rootTest('words after the image are the program’s own', async (t) => {
  const engine = await startEngine(t, 'busybox');
  t.is(await engine.ok('run', '--rm', 'busybox', 'echo', '--rm', '-it', '--name=x'), '--rm -it --name=x');
});

rootTest('environment, user, folder, hostname and labels are as asked for', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const flags = [
    '--rm',
    '-e',
    'A=1',
    '-e',
    'B=two words',
    '-u',
    'daemon:users',
    '-w',
    '/var/spool',
    '-h',
    'there',
    '--add-host',
    'other:10.1.2.3',
    '--dns',
    '10.9.8.7',
  ];
  const script = 'echo "$A $B"; id -un; id -gn; pwd; hostname; grep other /etc/hosts; cat /etc/resolv.conf';
  t.deepEqual((await engine.ok('run', ...flags, 'busybox', 'sh', '-c', script)).split('\n'), [
    '1 two words', 'daemon', 'users', '/var/spool', 'there', '10.1.2.3\tother', 'nameserver 10.9.8.7',
  ]); // prettier-ignore
});

rootTest('--cidfile holds the ID, and an existing one is refused', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const path = join(engine.directory, 'cid');
  await engine.ok('run', '--cidfile', path, '--name', 'known', 'busybox', 'true');
  t.is(readFileSync(path, 'utf8'), await engine.ok('ps', '-aq', '--no-trunc'));
  const again = await engine.tsrun(['run', '--cidfile', path, 'busybox', 'true']);
  t.is(again.code, 125);
  t.regex(again.stderr, /exist/i);
});

rootTest('--dry-run makes nothing', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok('run', '--dry-run', '--rm', 'busybox', 'true');
  t.regex(out, /execve/i);
  t.is(await engine.ok('ps', '-aq'), '');
  t.is(engine.ids.size, 0);
  t.false(existsSync(join(engine.root, 'containers', 'x')));
});

rootTest('--explain tells the seven steps, on stderr', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const { stdout, stderr, code } = await engine.tsrun(['run', '--explain', '--rm', 'busybox', 'echo', 'hello']);
  t.is(code, 0);
  t.is(stdout, 'hello\n');
  for (let step = 1; step <= 7; step++) t.regex(stderr, new RegExp(`^.*\\b${step}\\b`, 'm'), `step ${step}`);
  t.regex(stderr, /pivot_root/);
  t.regex(stderr, /RTM_NEWLINK/);
});

rootTest('--init reaps what the program leaves, and passes signals on', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok(
    'run',
    '--rm',
    '--init',
    'busybox',
    'sh',
    '-c',
    // Until it is gone, as a process and as a zombie.
    'echo $$; (sleep 0.1 &) ; while ps -o comm | grep -q sleep; do :; done; ps | grep -c "\\[sleep\\]"; true',
  );
  const [pid, zombies] = out.split('\n');
  t.not(pid, '1');
  t.is(zombies, '0');
});
