/** Beside other firewalls: Docker's own daemon, rules as ufw makes them, and iptables-legacy. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { command, mustRun } from '../helpers/command.ts';
import { createNetworkNamespace, type NetworkNamespace } from '../helpers/namespaces.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { ask, askInVain, createOutsider, createStage, type Driver, NFT, type Place, serve, type Stage } from './fixtures/stage.ts';

/** A container goes out, and its published port answers outside. */
async function passes(t: ExecutionContext, stage: Stage, outsider: NetworkNamespace, web: Place): Promise<void> {
  t.truthy(await ask(outsider, 'tcp', '10.9.0.1', 8080), 'in');
  t.truthy(await ask(web, 'tcp', '10.9.0.2', 7000), 'out');
  t.truthy(await ask(stage.host, 'tcp', '127.0.0.1', 8080), 'from the host');
}

async function webServer(t: ExecutionContext, driver: Driver, outsider: NetworkNamespace): Promise<Place> {
  const web = await driver.run('web', [{ hostPort: 8080 }]);
  await serve(t, web, 'tcp', 80);
  await serve(t, outsider, 'tcp', 7000);
  return web;
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

rootTest('where FORWARD drops, our packets pass; once, and gone with the bridge', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  await stage.host.run('iptables', '-P', 'FORWARD', 'DROP');
  await stage.host.run('iptables', '-A', 'FORWARD', '-i', 'x0', '-j', 'ACCEPT');
  const before = await stage.host.run('iptables', '-S');
  const driver = stage.driver();
  const web = await webServer(t, driver, outsider);
  await passes(t, stage, outsider, web);
  const two = await driver.run('two');
  const during = await stage.host.run('iptables', '-S');
  t.is(count(during, /^-A FORWARD -m comment --comment "tsrun tsrun0" -j TSRUN-tsrun0$/gm), 1, during);
  t.is(
    await stage.host.run('iptables', '-S', 'FORWARD'),
    '-P FORWARD DROP\n-A FORWARD -m comment --comment "tsrun tsrun0" -j TSRUN-tsrun0\n-A FORWARD -i x0 -j ACCEPT\n',
  );
  await driver.end('two', two);
  await driver.reclaim('web');
  await driver.removeBridge();
  t.is(await stage.host.run('iptables', '-S'), before);
});

rootTest('a chain that was flushed is mended by the next container', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  await stage.host.run('iptables', '-P', 'FORWARD', 'DROP');
  const driver = stage.driver();
  const web = await webServer(t, driver, outsider);
  await stage.host.run('iptables', '-F', 'FORWARD');
  t.is(await askInVain(outsider, 'tcp', '10.9.0.1', 8080), undefined);
  await driver.run('two');
  await passes(t, stage, outsider, web);
});

/** What `ufw enable` leaves with its defaults, shortened. */
const UFW = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-forward - [0:0]
:ufw-before-input - [0:0]
:ufw-user-forward - [0:0]
:ufw-reject-forward - [0:0]
-A INPUT -j ufw-before-input
-A FORWARD -j ufw-before-forward
-A FORWARD -j ufw-reject-forward
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable
COMMIT
`;

rootTest("ufw's rules: ours pass, theirs stay", async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  await mustRun(...stage.host.enter('iptables-restore', []), { input: UFW });
  const before = await stage.host.run('iptables', '-S');
  const web = await webServer(t, stage.driver(), outsider);
  await passes(t, stage, outsider, web);
  const after = await stage.host.run('iptables', '-S');
  t.is(
    after
      .split('\n')
      .filter((line) => !/TSRUN|tsrun/.test(line))
      .join('\n'),
    before,
  );
});

rootTest('a firewall of iptables-legacy lets ours pass too', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const legacy = await command(...stage.host.enter('iptables-legacy', ['-P', 'FORWARD', 'DROP']));
  if (legacy.code !== 0) {
    t.log(`not tried: iptables-legacy does not work here: ${legacy.stderr}`);
    t.pass();
    return;
  }
  const before = await stage.host.run('iptables-legacy', '-S');
  const driver = stage.driver();
  const web = await webServer(t, driver, outsider);
  await passes(t, stage, outsider, web);
  await driver.run('two');
  t.is(count(await stage.host.run('iptables-legacy', '-S'), /tsrun tsrun0/g), 2);
  await driver.reclaim('web');
  await driver.reclaim('two');
  await driver.removeBridge();
  t.is(await stage.host.run('iptables-legacy', '-S'), before);
});

/** A dockerd of the stage's own. @returns the words that speak to it. */
async function startDocker(t: ExecutionContext, { host }: Stage): Promise<(...words: string[]) => Promise<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'tsrun-docker-'));
  const socket = join(folder, 'sock');
  const options = [
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
    '-H',
    `unix://${socket}`,
  ];
  // What it mounts goes with it, however it ends.
  const [program, words] = host.enter('unshare', ['--mount', 'dockerd', ...options]);
  const daemon = spawn(program, words, { stdio: 'ignore' });
  t.teardown(async () => {
    if (daemon.exitCode === null) {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const docker = (...given: string[]): Promise<string> => mustRun('docker', ['-H', `unix://${socket}`, ...given]);
  await until('dockerd answers', async () => (await command('docker', ['-H', `unix://${socket}`, 'version'])).code === 0);
  return docker;
}

rootTest('beside Docker, whoever came first', async (t) => {
  if (!existsSync('/usr/sbin/dockerd')) {
    t.log('not tried: there is no dockerd here');
    t.pass();
    return;
  }
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const driver = stage.driver();
  const web = await webServer(t, driver, outsider);
  await passes(t, stage, outsider, web);
  const docker = await startDocker(t, stage);
  // Docker does so itself where it finds ip_forward off.
  await stage.host.run('iptables', '-P', 'FORWARD', 'DROP');

  const two = await driver.run('two');
  await passes(t, stage, outsider, web);
  t.is(count(await stage.host.run('iptables', '-S', 'FORWARD'), /TSRUN-tsrun0/g), 1);

  // Docker's containers go on as they do without us: a namespace on docker0 stands for one.
  const theirs = /inet (172\.\d+\.0)\.1/.exec(await stage.host.run('ip', 'addr', 'show', 'docker0'))?.[1] ?? '';
  t.not(theirs, '172.17.0', 'Docker avoids our subnet, as we avoid its');
  const contained = await createNeighbourContainer(t, stage, theirs);
  await serve(t, contained, 'tcp', 80);
  t.truthy(await ask(contained, 'tcp', '10.9.0.2', 7000), "Docker's goes out");
  t.truthy(await ask(contained, 'tcp', '10.9.0.1', 8080), "Docker's reaches our published port");
  t.is(await askInVain(contained, 'tcp', '172.17.0.3', 80), undefined, 'and nothing that is not published');
  t.is(await askInVain(two, 'tcp', `${theirs}.99`, 80), undefined, "nor do ours reach Docker's");

  await docker('network', 'create', 'more');
  await driver.reclaim('web');
  await driver.reclaim('two');
  await driver.removeBridge();
  t.notRegex(await stage.host.run(NFT, 'list', 'ruleset'), /tsrun/i);
  t.is((await stage.host.run('cat', '/proc/sys/net/ipv4/ip_forward')).trim(), '1', 'Docker needs it now');
});

/** A namespace connected to docker0 as Docker connects its containers, at `.99` of its subnet. */
async function createNeighbourContainer(t: ExecutionContext, stage: Stage, subnet: string): Promise<NetworkNamespace> {
  const inside = await createNetworkNamespace(t);
  await stage.host.run('ip', 'link', 'add', 'dock0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', inside.path);
  await stage.host.run('ip', 'link', 'set', 'dock0', 'master', 'docker0', 'up');
  await inside.run('ip', 'addr', 'add', `${subnet}.99/16`, 'dev', 'eth0');
  await inside.run('ip', 'link', 'set', 'eth0', 'up');
  await inside.run('ip', 'route', 'add', 'default', 'via', `${subnet}.1`);
  return inside;
}
