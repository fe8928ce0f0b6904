/** Networks and published ports. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { mustRun, start } from '../helpers/command.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';

const SERVE = ['sh', '-c', 'mkdir /www; echo hello from $(hostname) > /www/index.html; exec httpd -f -p 80 -h /www'];

/** What a web server answers to a client in the engine's network namespace; empty when it does not. */
function ask(engine: TestEngine, address: string, milliseconds = 2000): Promise<string> {
  // Not busybox: a static program must not look a name up here.
  const client = `fetch('http://${address}/', { signal: AbortSignal.timeout(${milliseconds}) }).then((answer) => answer.text()).then((text) => process.stdout.write(text), () => {})`;
  return engine.network.run(process.execPath, '-e', client);
}

function get(engine: TestEngine, address: string): Promise<string> {
  return until(`${address} answers`, async () => (await ask(engine, address, 60_000)).trim() || undefined);
}

async function addressOf(engine: TestEngine, name: string): Promise<string> {
  const [found] = JSON.parse(await engine.ok('inspect', name)) as { NetworkSettings: { IPAddress: string } }[];
  return found?.NetworkSettings.IPAddress ?? '';
}

rootTest('-p: a port answers on 127.0.0.1, on the bridge and from another container', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', '-h', 'web', '-p', '8080:80', 'busybox', ...SERVE);
  t.is(await get(engine, '127.0.0.1:8080'), 'hello from web');
  t.is(await get(engine, '172.17.0.1:8080'), 'hello from web');
  t.is(await get(engine, await addressOf(engine, 'web')), 'hello from web');
  t.is(await engine.ok('run', '--rm', 'busybox', 'wget', '-q', '-O', '-', 'http://172.17.0.1:8080/'), 'hello from web');
  t.is(await engine.ok('exec', 'web', 'wget', '-q', '-O', '-', 'http://172.17.0.1:8080/'), 'hello from web', 'hairpin');
  t.regex(await engine.ok('ps'), /0\.0\.0\.0:8080->80\/tcp/);
});

rootTest('-p on one address is not on others', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '-h', 'web', '-p', '127.0.0.1:8080:80', 'busybox', ...SERVE);
  t.is(await get(engine, '127.0.0.1:8080'), 'hello from web');
  t.is(await ask(engine, '172.17.0.1:8080'), '');
});

rootTest('-p of a port alone takes a free one; a port in use is refused', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', '-h', 'web', '-p', '80', 'busybox', ...SERVE);
  const port = /0\.0\.0\.0:(?<port>\d+)->80\/tcp/.exec(await engine.ok('ps'))?.groups?.['port'];
  t.is(await get(engine, `127.0.0.1:${port}`), 'hello from web');
  const { code, stderr } = await engine.tsrun(['run', '-d', '-p', `${port}:80`, 'busybox', ...SERVE]);
  t.is(code, 125);
  t.regex(stderr, /port is already allocated/);
});

rootTest('a port that a program of the host listens on is refused', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const server = engine.network.enter('busybox', ['httpd', '-f', '-p', '8081']);
  const running = start(...server);
  t.teardown(() => running.child.kill());
  await until('it listens', async () => (await engine.network.run('ss', '-Hltn')).includes(':8081'));
  const { code, stderr } = await engine.tsrun(['run', '--rm', '-p', '8081:80', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /port is already allocated/);
});

rootTest('udp ports are published too', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const program = join(engine.directory, 'udp-echo');
  await mustRun('musl-gcc', ['-static', '-o', program, join(import.meta.dirname, 'programs/udp-echo.c')]);
  await engine.ok('run', '-d', '-p', '5353:53/udp', '-v', `${program}:/udp-echo:ro`, 'busybox', '/udp-echo');
  const client = `const socket = require('node:dgram').createSocket('udp4');
    socket.on('message', (message) => { console.log(String(message)); socket.close(); });
    socket.send('hello', 5353, '127.0.0.1');
    setTimeout(() => process.exit(), 1000).unref();`;
  t.is(await until('it answers', async () => (await engine.network.run(process.execPath, '-e', client)) || undefined), 'hello\n');
});

rootTest('--network none has lo only, host has the host’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const names = ['sh', '-c', 'ls /sys/class/net'];
  t.is(await engine.ok('run', '--rm', '--network', 'none', 'busybox', ...names), 'lo');
  const host = (await engine.network.run('ip', '-o', 'link')).trim().split('\n').length;
  t.is(await engine.ok('run', '--rm', '--network', 'host', 'busybox', 'sh', '-c', 'ip -o link | wc -l'), String(host));
});

rootTest('--network container: shares another’s', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '-d', '--name', 'web', '-h', 'web', 'busybox', ...SERVE);
  const out = await until('it answers', async () => {
    const outcome = await engine.tsrun([
      'run',
      '--rm',
      '--network',
      'container:web',
      'busybox',
      'wget',
      '-q',
      '-O',
      '-',
      'http://127.0.0.1/',
    ]);
    return outcome.code === 0 ? outcome.stdout : undefined;
  });
  t.is(out, 'hello from web\n');
});

rootTest('a name is found in /etc/hosts: its own', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const out = await engine.ok('run', '--rm', '-h', 'me', 'busybox', 'sh', '-c', 'ip -4 -o addr show dev eth0; grep me /etc/hosts');
  const address = /inet (?<address>[\d.]+)/.exec(out)?.groups?.['address'] ?? 'none';
  t.true(out.includes(`${address}\tme`), out);
});

rootTest('an address is free again when its container is gone', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const address = async (): Promise<string> =>
    engine.ok('run', '--rm', 'busybox', 'sh', '-c', 'ip -4 -o addr show dev eth0 | tr -s " " | cut -d" " -f4');
  const first = await address();
  t.regex(first, /^172\.17\./);
  await engine.ok('run', '-d', '--name', 'holder', 'busybox', 'sleep', '1000');
  t.not(`${await addressOf(engine, 'holder')}/16`, await address());
});

rootTest('a pool without a free address says so, and the run leaves nothing', async (t) => {
  const engine = await startEngine(t, 'busybox');
  await engine.ok('run', '--rm', 'busybox', 'true');
  // Room for the bridge and for one container.
  const database = new DatabaseSync(join(engine.root, 'tsrun.db'));
  database.exec(`UPDATE networks SET subnet = '172.17.0.0/30'`);
  database.close();
  await engine.ok('run', '-d', 'busybox', 'sleep', '1000');
  const { code, stderr } = await engine.tsrun(['run', '--rm', 'busybox', 'true']);
  t.is(code, 125);
  t.regex(stderr, /no available IPv4 addresses/);
  t.is((await engine.ok('ps', '-aq')).split('\n').length, 1);
});

rootTest('after down the next bridge has the same addresses: after a boot, another engine’s bridge may come later than ours', async (t) => {
  const engine = await startEngine(t, 'busybox');
  const address = async (): Promise<string> =>
    await engine.ok('run', '--rm', 'busybox', 'sh', '-c', "ip -4 -o addr show dev eth0 | sed 's/.*inet //; s/ .*//'");
  await engine.network.run('ip', 'link', 'add', 'other', 'type', 'bridge');
  await engine.network.run('ip', 'addr', 'add', '172.17.0.1/16', 'dev', 'other');
  const before = await address();
  t.false(before.startsWith('172.17.'), before);
  await engine.ok('down');
  await engine.network.run('ip', 'link', 'delete', 'other');
  t.is(await address(), before);
});
