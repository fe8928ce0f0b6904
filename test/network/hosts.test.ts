/** Compared with the files Docker 20.10.24 made for the same options. */
import test from 'ava';
import { hostnameFile, hostsFile, type HostsOptions } from '../../src/network/hosts.ts';

const DEFAULT = `127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
`;

const options = (changed: Partial<HostsOptions>): HostsOptions => ({
  mode: 'bridge',
  hostname: 'e61e79fd96a7',
  domainname: '',
  extraHosts: [],
  address: '172.17.0.2',
  gateway: '172.17.0.1',
  hostFile: '127.0.0.1 localhost\n127.0.0.1 vm\n',
  ...changed,
});

test('on a bridge', (t) => t.is(hostsFile(options({})), `${DEFAULT}172.17.0.2\te61e79fd96a7\n`));
test('without a network', (t) => t.is(hostsFile(options({ mode: 'none', address: undefined, gateway: undefined })), DEFAULT));
test("on the host's network: the host's own", (t) => t.is(hostsFile(options({ mode: 'host' })), '127.0.0.1 localhost\n127.0.0.1 vm\n'));

test("on the host's network with --add-host", (t) => {
  const nowhere = { mode: 'host', address: undefined, gateway: undefined } as const;
  t.is(hostsFile(options({ ...nowhere, extraHosts: ['foo:1.2.3.4'] })), `${DEFAULT}1.2.3.4\tfoo\n`);
  t.is(hostsFile(options({ ...nowhere, extraHosts: ['foo:host-gateway'] })), `${DEFAULT}127.0.0.1\tfoo\n`);
});

test('extra hosts, the host itself, and a full name', (t) => {
  const extraHosts = ['a:1.2.3.4', 'b:host-gateway', 'six:2001:db8::1'];
  t.is(
    hostsFile(options({ hostname: 'foo.example.com', domainname: 'bar.org', extraHosts })),
    `${DEFAULT}1.2.3.4\ta\n172.17.0.1\tb\n2001:db8::1\tsix\n172.17.0.2\tfoo.example.com.bar.org foo\n`,
  );
});

test('what means nothing is refused', (t) => {
  for (const extraHosts of [['foo'], ['foo:'], [':1.2.3.4']])
    t.throws(() => hostsFile(options({ extraHosts })), { message: /bad format for add-host/ });
  t.throws(() => hostsFile(options({ mode: 'none', gateway: undefined, extraHosts: ['a:host-gateway'] })), { message: /host-gateway/ });
});

test('the hostname', (t) => t.is(hostnameFile('foo'), 'foo\n'));
