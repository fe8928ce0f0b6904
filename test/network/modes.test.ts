import { command } from '../helpers/command.ts';
import { rootTest } from '../helpers/root.ts';
import { createStage } from './fixtures/stage.ts';

const config = { macAddress: undefined, ports: [] };

rootTest('none: a namespace with nothing but lo, which is up', async (t) => {
  const stage = await createStage(t);
  const one = await stage.driver().prepare({ id: 'one', config: { ...config, network: { type: 'none' } } });
  const links = (await command(...one.enter('ip', ['-o', 'link']))).stdout;
  t.regex(links, /^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*\n$/);
  t.is(one.address, undefined);
  t.is((await stage.host.run('ip', '-o', 'link', 'show', 'type', 'bridge')).trim(), '', 'no bridge is made for it');
});

rootTest('host: no namespace of its own', async (t) => {
  const stage = await createStage(t);
  const one = await stage.driver().prepare({ id: 'one', config: { ...config, network: { type: 'host' } } });
  t.deepEqual([one.namespace, one.address], [undefined, undefined]);
});

rootTest('container: the namespace of another', async (t) => {
  const stage = await createStage(t);
  const driver = stage.driver();
  const network = { type: 'container', id: 'other' } as const;
  const one = await driver.prepare({ id: 'one', config: { ...config, network }, joinedPid: process.pid });
  const inside = await command(...one.enter('readlink', ['/proc/self/ns/net']));
  const ours = await command('readlink', ['/proc/self/ns/net']);
  t.is(inside.stdout, ours.stdout);
  await t.throwsAsync(driver.prepare({ id: 'two', config: { ...config, network } }), {
    message: 'cannot join network of a non running container: other',
  });
});

rootTest('a hardware address that was asked for', async (t) => {
  const stage = await createStage(t);
  const one = await stage.driver().run('one', [], { macAddress: '02:42:ac:11:00:99' });
  t.is(one.macAddress, '02:42:ac:11:00:99');
  t.regex((await command(...one.enter('ip', ['link', 'show', 'eth0']))).stdout, /02:42:ac:11:00:99/);
});
