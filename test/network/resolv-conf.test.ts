/** Compared with the files Docker 20.10.24 made for the same options, and with its source's rules. */
import test from 'ava';
import fc from 'fast-check';
import { nameservers, namesOnlySystemdStub, resolvConf, type ResolvConfOptions } from '../../src/network/resolv-conf.ts';

const made = (changed: Partial<ResolvConfOptions>): string =>
  resolvConf({ mode: 'bridge', dns: [], dnsSearch: [], dnsOptions: [], hostFile: 'nameserver 10.255.255.53\n', ...changed });

test("the host's, as it is", (t) => {
  t.is(made({}), 'nameserver 10.255.255.53\n');
  const hostFile = '# mine\nsearch example.com\nnameserver 10.0.0.1\noptions ndots:3\n';
  t.is(made({ hostFile }), hostFile);
  t.is(made({ mode: 'none', hostFile }), hostFile);
});

test('resolvers that a container cannot reach are left out', (t) => {
  t.is(made({ hostFile: 'nameserver 127.0.0.1\nnameserver 10.0.0.1\nnameserver ::1\nnameserver fe80::1%eth0\n' }), 'nameserver 10.0.0.1\n');
});

test("where none is left, Docker's choice", (t) => {
  t.deepEqual(nameservers(made({ hostFile: 'search x\nnameserver 127.0.0.53\n' })), ['8.8.8.8', '8.8.4.4']);
  t.deepEqual(nameservers(made({ hostFile: '' })), ['8.8.8.8', '8.8.4.4']);
});

test("on the host's network nothing is left out", (t) =>
  t.is(made({ mode: 'host', hostFile: 'nameserver 127.0.0.53\n' }), 'nameserver 127.0.0.53\n'));

test('what the user says wins, and the rest is inherited', (t) => {
  const hostFile = 'search old\nnameserver 10.0.0.1\noptions rotate\n';
  t.is(
    made({ hostFile, dns: ['1.1.1.1'], dnsSearch: ['x.y'], dnsOptions: ['ndots:2'] }),
    'search x.y\nnameserver 1.1.1.1\noptions ndots:2\n',
  );
  t.is(made({ hostFile, dns: ['1.1.1.1', '9.9.9.9'] }), 'search old\nnameserver 1.1.1.1\nnameserver 9.9.9.9\noptions rotate\n');
  t.is(made({ hostFile, dnsSearch: ['a', 'b'] }), 'search a b\nnameserver 10.0.0.1\noptions rotate\n');
  t.is(made({ dnsSearch: ['.'], dns: ['127.0.0.1'] }), 'nameserver 127.0.0.1\n');
  t.is(made({ mode: 'host', dns: ['1.1.1.1'] }), 'nameserver 1.1.1.1\n');
});

test('options alone never bring in a resolver that cannot be reached', (t) => {
  t.is(made({ hostFile: 'nameserver 127.0.0.53\n', dnsOptions: ['ndots:1'] }), 'nameserver 8.8.8.8\nnameserver 8.8.4.4\noptions ndots:1\n');
});

test('only systemd-resolved on its loopback is seen through', (t) => {
  t.true(namesOnlySystemdStub('# stub\nnameserver 127.0.0.53\noptions edns0\n'));
  t.false(namesOnlySystemdStub('nameserver 127.0.0.53\nnameserver 1.1.1.1\n'));
  t.false(namesOnlySystemdStub('nameserver 127.0.0.1\n'));
});

test('whatever the host has, a container on a bridge gets a resolver it can reach', (t) => {
  const line = fc.oneof(
    fc.string(),
    fc.ipV4().map((address) => `nameserver ${address}`),
    fc.ipV6().map((address) => `nameserver ${address}`),
    fc.constant('nameserver 127.0.0.1'),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const servers = nameservers(made({ hostFile: lines.join('\n') }));
      return servers.length > 0 && servers.every((server) => !server.startsWith('127.') && !server.includes(':'));
    }),
  );
  t.pass();
});
