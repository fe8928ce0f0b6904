import test from 'ava';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { until } from '../helpers/wait.ts';
import { createOutsider, createStage, NFT, type Place } from './fixtures/stage.ts';

const pings = async (place: Place, address: string): Promise<boolean> =>
  (await command(...place.enter('ping', ['-c1', '-W60', address]))).code === 0;

test('the ruleset we expect is the one in the capture', (t) => t.true(expectedRuleset().startsWith('table ip tsrun_tsrun0 {')));

/** What nft lists has no empty lines to lose, and puts each rule on a line of its own. */
function expectedRuleset(): string {
  return (JSON.parse(readFileSync(join(import.meta.dirname, 'nft-table.capture.json'), 'utf8')) as { ruleset: string }).ruleset;
}

/** A later nft has a name for this priority in the output hook, too. */
const words = (text: string): string[] =>
  text
    .replaceAll('priority dstnat', 'priority -100')
    .split(/[\s;{}]+/)
    .filter((word) => word !== '');

rootTest('the first container makes the bridge, and reaches it and others', async (t) => {
  const stage = await createStage(t);
  const driver = stage.driver();
  const one = await driver.run('one');
  t.like(one, { address: '172.17.0.2', prefix: 16, gateway: '172.17.0.1', macAddress: '02:42:ac:11:00:02' });
  t.regex(one.hostInterface ?? '', /^veth[0-9a-f]{7}$/);
  const two = await driver.run('two');
  t.is(two.address, '172.17.0.3');
  t.true(await pings(one, '172.17.0.1'));
  t.true(await pings(one, '172.17.0.3'));
  t.true(await pings(stage.host, '172.17.0.2'));
  t.regex(await stage.host.run('ip', 'addr', 'show', 'tsrun0'), /inet 172\.17\.0\.1\/16 brd 172\.17\.255\.255 scope global tsrun0/);
  const inside = (await command(...one.enter('ip', ['addr']))).stdout;
  t.regex(inside, /eth0@.*state UP[^]*02:42:ac:11:00:02[^]*inet 172\.17\.0\.2\/16 brd 172\.17\.255\.255 scope global eth0/);
  t.notRegex(inside, /fe80/);
  t.regex((await command(...one.enter('ip', ['route']))).stdout, /^default via 172\.17\.0\.1 dev eth0/);
  t.is((await stage.host.run('cat', '/proc/sys/net/ipv4/ip_forward')).trim(), '1');
});

rootTest('nft lists the ruleset we expect', async (t) => {
  const stage = await createStage(t);
  await stage.driver().run('one');
  const listed = await stage.host.run(NFT, 'list', 'ruleset');
  t.deepEqual(words(listed), words(expectedRuleset()));
});

rootTest('a container reaches what is beyond the host, with the address of the host', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  await outsider.run('ip', 'route', 'del', 'default');
  const one = await stage.driver().run('one');
  t.true(await pings(one, '10.9.0.2'));
});

rootTest('after the last container everything can be taken down, and nothing is left', async (t) => {
  const stage = await createStage(t);
  const before = await Promise.all([stage.host.run('ip', '-o', 'link'), stage.host.run(NFT, 'list', 'ruleset')]);
  const driver = stage.driver();
  const one = await driver.run('one', [{ hostPort: 8080 }]);
  const refused = await t.throwsAsync(driver.removeBridge());
  t.regex(refused?.message ?? '', /has active endpoints/);
  await driver.end('one', one);
  await driver.removeBridge();
  await until('the kernel frees the namespace', async () => !(await stage.host.run('ip', '-o', 'link')).includes('veth'));
  t.deepEqual(await Promise.all([stage.host.run('ip', '-o', 'link'), stage.host.run(NFT, 'list', 'ruleset')]), before);
  t.is((await stage.host.run('cat', '/proc/sys/net/ipv4/ip_forward')).trim(), '0');
  // And it can be made again.
  t.is((await driver.run('two')).address, '172.17.0.2');
});

rootTest('a container that is killed with its maker leaves no interface', async (t) => {
  const stage = await createStage(t);
  const killed = stage.driver();
  const one = await killed.run('one', [{ hostPort: 8080 }]);
  await killed.kill();
  await until('the kernel frees the namespace', async () => !(await stage.host.run('ip', '-o', 'link')).includes(one.hostInterface ?? '?'));
  const next = stage.driver();
  await next.reclaim('one');
  t.notRegex(await stage.host.run(NFT, 'list', 'ruleset'), /8080/);
  const two = await next.run('two', [{ hostPort: 8080 }]);
  t.is(two.address, '172.17.0.2');
});

rootTest('two first containers at once: one bridge, two addresses', async (t) => {
  const stage = await createStage(t);
  const made = await Promise.all(Array.from({ length: 4 }, (_, index) => stage.driver().run(`c${index}`, [{ hostPort: 8080 + index }])));
  const addresses = new Set(made.map(({ address }) => address));
  for (const last of [2, 3, 4, 5]) t.true(addresses.has(`172.17.0.${last}`), String(last));
  t.is((await stage.host.run('ip', '-o', 'link', 'show', 'type', 'bridge')).trim().split('\n').length, 1);
  const listed = await stage.host.run(NFT, 'list', 'ruleset');
  for (const port of [8080, 8081, 8082, 8083]) t.true(listed.includes(`tcp . ${port} :`), String(port));
  for (const one of made) t.true(await pings(one, '172.17.0.1'));
});

rootTest('a subnet that the host has or reaches otherwise is not taken', async (t) => {
  const stage = await createStage(t);
  await stage.host.run('ip', 'link', 'add', 'taken', 'type', 'bridge');
  await stage.host.run('ip', 'addr', 'add', '172.17.4.1/24', 'dev', 'taken');
  await stage.host.run('ip', 'link', 'set', 'taken', 'up');
  await stage.host.run('ip', 'route', 'add', '172.18.0.0/15', 'via', '172.17.4.9');
  t.is((await stage.driver().run('one')).address, '172.20.0.2');
});

rootTest('a bridge that somebody made keeps its address', async (t) => {
  const stage = await createStage(t, 'mine0');
  await stage.host.run('ip', 'link', 'add', 'mine0', 'type', 'bridge');
  await stage.host.run('ip', 'addr', 'add', '10.44.0.9/24', 'dev', 'mine0');
  const one = await stage.driver().run('one');
  t.like(one, { address: '10.44.0.1', gateway: '10.44.0.9', prefix: 24 });
  t.true(await pings(one, '10.44.0.9'));
});

rootTest('an interface of that name that is no bridge is refused', async (t) => {
  const stage = await createStage(t, 'other0');
  await stage.host.run('ip', 'link', 'add', 'other0', 'type', 'veth', 'peer', 'name', 'other1');
  const error = await t.throwsAsync(stage.driver().run('one'));
  t.regex(error?.message ?? '', /the interface other0 is not a bridge but a veth/);
});

rootTest('a small mtu of the way out is that of containers too', async (t) => {
  const stage = await createStage(t);
  await createOutsider(t, stage);
  await stage.host.run('ip', 'link', 'set', 'lan0', 'mtu', '1400');
  await stage.host.run('ip', 'route', 'add', 'default', 'via', '10.9.0.2');
  const one = await stage.driver().run('one');
  t.regex((await command(...one.enter('ip', ['link', 'show', 'eth0']))).stdout, /mtu 1400/);
  t.regex(await stage.host.run('ip', 'link', 'show', one.hostInterface ?? ''), /mtu 1400/);
});

rootTest('after a flush of the firewall the next container puts all back', async (t) => {
  const stage = await createStage(t);
  const driver = stage.driver();
  await driver.run('one', [{ hostPort: 8080 }]);
  const before = await stage.host.run(NFT, 'list', 'ruleset');
  await stage.host.run(NFT, 'flush', 'ruleset');
  await driver.run('two');
  t.is(await stage.host.run(NFT, 'list', 'ruleset'), before);
});
