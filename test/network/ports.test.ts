import { rootTest } from '../helpers/root.ts';
import { ask, askInVain, createOutsider, createStage, DriverError, NFT, serve } from './fixtures/stage.ts';

rootTest('a published port answers outside, on the host, to other containers and to itself', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const driver = stage.driver();
  const web = await driver.run('web', [{ hostPort: 8080 }]);
  const other = await driver.run('other');
  await serve(t, web, 'tcp', 80);
  t.is(await ask(outsider, 'tcp', '10.9.0.1', 8080), '10.9.0.2', 'outside, and the server sees who asks');
  t.is(await ask(stage.host, 'tcp', '127.0.0.1', 8080), '172.17.0.1', 'the host by its loopback');
  t.truthy(await ask(stage.host, 'tcp', '127.8.8.8', 8080), 'all of 127/8');
  t.truthy(await ask(stage.host, 'tcp', '10.9.0.1', 8080), 'the host by its own address');
  t.truthy(await ask(stage.host, 'tcp', '172.17.0.1', 8080), 'the host by the address of the bridge');
  t.is(await ask(other, 'tcp', '10.9.0.1', 8080), '172.17.0.1', 'another container by the address of the host');
  t.truthy(await ask(other, 'tcp', '172.17.0.1', 8080), 'another container by the address of the bridge');
  t.is(await ask(other, 'tcp', '172.17.0.2', 80), '172.17.0.3', 'another container directly');
  t.truthy(await ask(web, 'tcp', '10.9.0.1', 8080), 'the container itself');
  t.truthy(await ask(web, 'tcp', '172.17.0.1', 8080), 'the container itself by the bridge');
});

rootTest('UDP ports answer in the same places', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const driver = stage.driver();
  const dns = await driver.run('dns', [{ protocol: 'udp', hostPort: 53, containerPort: 5353 }]);
  const other = await driver.run('other');
  await serve(t, dns, 'udp', 5353);
  t.is(await ask(outsider, 'udp', '10.9.0.1', 53), '10.9.0.2');
  t.truthy(await ask(stage.host, 'udp', '127.0.0.1', 53));
  t.truthy(await ask(other, 'udp', '172.17.0.1', 53));
  t.truthy(await ask(dns, 'udp', '172.17.0.1', 53));
  t.is(await askInVain(outsider, 'tcp', '10.9.0.1', 53), undefined);
});

rootTest('a port published on one address answers there and nowhere else', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const driver = stage.driver();
  const web = await driver.run('web', [
    { hostAddress: '127.0.0.1', hostPort: 8080 },
    { hostAddress: '10.9.0.1', hostPort: 8081, containerPort: 81 },
  ]);
  await serve(t, web, 'tcp', 80);
  await serve(t, web, 'tcp', 81);
  t.truthy(await ask(stage.host, 'tcp', '127.0.0.1', 8080));
  t.is(await askInVain(outsider, 'tcp', '10.9.0.1', 8080), undefined);
  t.is(await askInVain(stage.host, 'tcp', '10.9.0.1', 8080), undefined);
  t.truthy(await ask(outsider, 'tcp', '10.9.0.1', 8081));
  t.is(await askInVain(stage.host, 'tcp', '127.0.0.1', 8081), undefined);
});

rootTest('one address leads to one container, another to another', async (t) => {
  const stage = await createStage(t);
  await createOutsider(t, stage);
  const driver = stage.driver();
  const one = await driver.run('one', [{ hostAddress: '127.0.0.1', hostPort: 8080 }]);
  await driver.run('two', [{ hostAddress: '10.9.0.1', hostPort: 8080 }]);
  await serve(t, one, 'tcp', 80);
  t.truthy(await ask(stage.host, 'tcp', '127.0.0.1', 8080));
  t.is(await askInVain(stage.host, 'tcp', '10.9.0.1', 8080), undefined);
});

rootTest('what is not published is not reachable from outside, though the host forwards', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const web = await stage.driver().run('web', [{ hostPort: 8080, containerPort: 81 }]);
  await serve(t, web, 'tcp', 80);
  t.is(await askInVain(outsider, 'tcp', '172.17.0.2', 80), undefined);
  t.truthy(await ask(stage.host, 'tcp', '172.17.0.2', 80));
});

rootTest('two engines on one host: their containers meet only at published ports', async (t) => {
  const stage = await createStage(t);
  const first = await stage.driver().run('one', [{ hostPort: 8080 }]);
  const neighbour = await createStage(t, 'tsrun1');
  const second = await neighbour.driverOn(stage.host).run('two');
  t.is(second.address, '172.18.0.2');
  await serve(t, first, 'tcp', 80);
  t.is(await askInVain(second, 'tcp', '172.17.0.2', 80), undefined);
  t.truthy(await ask(second, 'tcp', '172.17.0.1', 8080));
});

rootTest('a container cannot reach what listens on the loopback of the host', async (t) => {
  const stage = await createStage(t);
  const one = await stage.driver().run('one', [{ hostPort: 8080 }]);
  await serve(t, stage.host, 'tcp', 9000, '127.0.0.1');
  // What an attacker with CAP_NET_ADMIN inside would do: 127.0.0.1 is not his own any more, but behind the gateway.
  const steps = [
    'ip addr flush dev lo',
    'ip route flush table local',
    'ip route add local 172.17.0.2 dev eth0 table local',
    'ip route add 127.0.0.0/8 via 172.17.0.1 src 172.17.0.2',
    'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet',
  ];
  const [program, words] = one.enter('sh', ['-ec', steps.join('; ')]);
  await stage.host.run(program, ...words);
  t.is(await askInVain(one, 'tcp', '127.0.0.1', 9000), undefined);
  // It is our rule that keeps him out.
  await stage.host.run(NFT, 'flush', 'chain', 'ip', 'tsrun_tsrun0', 'guard');
  t.truthy(await ask(one, 'tcp', '127.0.0.1', 9000), 'the attack works without the rule');
});

rootTest('after the end of a container its ports are free for the next', async (t) => {
  const stage = await createStage(t);
  const driver = stage.driver();
  const one = await driver.run('one', [
    { hostPort: 8080 },
    { protocol: 'sctp', hostPort: 8080 },
    { hostAddress: '127.0.0.1', hostPort: 9090 },
  ]);
  t.regex(await stage.host.run(NFT, 'list', 'ruleset'), /sctp \. 8080 : 172\.17\.0\.2 \. 80/);
  await driver.end('one', one);
  t.notRegex(await stage.host.run(NFT, 'list', 'ruleset'), /elements/);
  const two = await driver.run('two', [{ hostPort: 8080 }]);
  await serve(t, two, 'tcp', 80);
  t.truthy(await ask(stage.host, 'tcp', '127.0.0.1', 8080));
});

rootTest("a port in use is refused in Docker's words, and nothing is left of the container", async (t) => {
  const stage = await createStage(t);
  const driver = stage.driver();
  await driver.run('one', [{ hostPort: 8080 }]);
  for (const hostAddress of ['0.0.0.0', '127.0.0.1']) {
    const error = await t.throwsAsync(driver.run('two', [{ hostPort: 9090 }, { hostAddress, hostPort: 8080 }]), {
      instanceOf: DriverError,
    });
    t.is(error?.message, `Bind for ${hostAddress}:8080 failed: port is already allocated`);
    t.like(error?.details, { code: 'CONFLICT', step: 4 });
  }
  await driver.run('udp', [{ protocol: 'udp', hostPort: 8080 }]);
  // Neither the other port nor the address of the refused one is held.
  t.is((await driver.run('three', [{ hostPort: 9090 }])).address, '172.17.0.4');
});

rootTest('a port on an address that the host hasn’t is refused, and nothing is left of the container', async (t) => {
  const stage = await createStage(t);
  await createOutsider(t, stage);
  const driver = stage.driver();
  const error = await t.throwsAsync(driver.run('one', [{ hostAddress: '10.9.0.7', hostPort: 8080 }]), { instanceOf: DriverError });
  t.is(error?.message, 'listen tcp4 10.9.0.7:8080: bind: cannot assign requested address');
  t.like(error?.details, { code: 'INVALID_ARGUMENT', step: 4, errno: 'EADDRNOTAVAIL' });
  // Its own, the bridge's, all of the loopback; and any, where the host says that it will have it.
  for (const [index, hostAddress] of ['10.9.0.1', '172.17.0.1', '127.0.0.9'].entries())
    t.is((await driver.run(`own${index}`, [{ hostAddress, hostPort: 8080 }])).address, `172.17.0.${index + 2}`);
  await stage.host.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_nonlocal_bind');
  t.is((await driver.run('later', [{ hostAddress: '10.9.0.7', hostPort: 8080 }])).address, '172.17.0.5');
});

rootTest('a port that a program of the host listens on is refused', async (t) => {
  const stage = await createStage(t);
  await serve(t, stage.host, 'tcp', 8080, '127.0.0.1');
  await serve(t, stage.host, 'tcp', 8081, '::');
  await serve(t, stage.host, 'udp', 5353);
  const driver = stage.driver();
  const wanted = [{ hostPort: 8080 }, { hostPort: 8081 }, { protocol: 'udp' as const, hostPort: 5353 }];
  for (const port of wanted)
    await t.throwsAsync(driver.run('one', [port]), { message: /^Bind for 0\.0\.0\.0:\d+ failed: port is already allocated$/ });
  await driver.run('two', [{ hostAddress: '127.0.0.2', hostPort: 8080 }]);
});

rootTest('any free port is one of the host’s dynamic range, and each time another', async (t) => {
  const stage = await createStage(t);
  await stage.host.run('sh', '-c', 'echo 40000 40003 > /proc/sys/net/ipv4/ip_local_port_range');
  await serve(t, stage.host, 'tcp', 40_001);
  const driver = stage.driver();
  const { ports } = await driver.run('one', [{ containerPort: 80 }, { containerPort: 81 }]);
  t.deepEqual(
    ports.map(({ hostPort, containerPort }) => [hostPort, containerPort]),
    [
      [40_000, 80],
      [40_002, 81],
    ],
  );
  t.is((await driver.run('two', [{}])).ports[0]?.hostPort, 40_003);
  await t.throwsAsync(driver.run('three', [{}]), { message: /no host port from 40000 to 40003 is free for 80\/tcp/ });
});

rootTest('thousands of ports: more than one request holds, and more than a socket takes by itself', async (t) => {
  const stage = await createStage(t);
  const outsider = await createOutsider(t, stage);
  const driver = stage.driver();
  const all = Array.from({ length: 6000 }, (_none, index) => ({ hostPort: 20_000 + index, containerPort: 20_000 + index }));
  const web = await driver.run('web', all);
  await serve(t, web, 'tcp', 25_999);
  t.is(await ask(outsider, 'tcp', '10.9.0.1', 25_999), '10.9.0.2');
  t.is((await stage.host.run(NFT, 'list', 'map', 'ip', 'tsrun_tsrun0', 'ports')).match(/tcp \. 2\d{4} : /g)?.length, 6000);
});
