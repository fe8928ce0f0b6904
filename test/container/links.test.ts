import test from 'ava';
import { linkEnvironment, linkHosts, updateLinkHosts, type LinkedContainer } from '../../src/container/links.ts';

const linked = (changes: Partial<LinkedContainer> = {}): LinkedContainer => ({
  link: { id: 'f'.repeat(64), name: 'my-db', alias: 'my-db' },
  name: 'my-db',
  hostname: 'dbhost',
  address: '172.17.0.2',
  environment: [],
  exposedPorts: [],
  ...changes,
});

test('the hosts file gets alias, host name and name, each once', (t) => {
  t.is(linkHosts(linked()), '172.17.0.2\tmy-db dbhost\n');
  t.is(linkHosts(linked({ link: { id: '', name: 'my-db', alias: 'd' } })), '172.17.0.2\td dbhost my-db\n');
});

test('a new address takes the place of the old one, in that line alone', (t) => {
  const before = '127.0.0.1\tlocalhost\n172.17.0.9\tmy-db dbhost\n172.17.0.9\tother my-db dbhost\n172.17.0.3\tweb\n';
  const after = before.replace('172.17.0.9\tmy-db dbhost', '172.17.0.2\tmy-db dbhost');
  t.is(updateLinkHosts(before, linked()), after);
  t.is(updateLinkHosts(after, linked()), after);
  t.is(updateLinkHosts('', linked()), '');
});

test('without ports: the name, and its environment but for what every image has', (t) => {
  t.deepEqual(linkEnvironment('web', linked({ environment: ['A=1', 'EMPTY=', 'PATH=/bin', 'HOME=/root', 'BARE'] })), [
    'MY_DB_NAME=/web/my-db',
    'MY_DB_ENV_A=1',
    'MY_DB_ENV_EMPTY=',
  ]);
});

test('what an image exposes and no port is', (t) => {
  t.deepEqual(linkEnvironment('web', linked({ exposedPorts: ['1-99999999999/tcp', '65536/tcp'] })), ['MY_DB_NAME=/web/my-db']);
});

test('single ports: the lowest is the default one, TCP first', (t) => {
  t.deepEqual(linkEnvironment('web', linked({ exposedPorts: ['81/udp', '80/udp', '80/tcp'] })).slice(0, 9), [
    'MY_DB_PORT=tcp://172.17.0.2:80',
    // Docker counts these three as a range, though two have one number.
    'MY_DB_PORT_80_TCP_START=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_80_TCP_PORT_START=80',
    'MY_DB_PORT_80_UDP_END=udp://172.17.0.2:81',
    'MY_DB_PORT_80_TCP_PORT_END=81',
    'MY_DB_PORT_80_TCP=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
  ]);
  t.deepEqual(linkEnvironment('web', linked({ exposedPorts: ['80/tcp', '81/tcp'] })), [
    'MY_DB_PORT=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_80_TCP_PORT=80',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_81_TCP=tcp://172.17.0.2:81',
    'MY_DB_PORT_81_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_81_TCP_PORT=81',
    'MY_DB_PORT_81_TCP_PROTO=tcp',
    'MY_DB_NAME=/web/my-db',
  ]);
});

test('a row of ports has a beginning and an end; a range that an image exposes is such a row', (t) => {
  // As dockerd 20.10 has it for --expose 80-83 --expose 81/udp.
  const row = linkEnvironment('web', linked({ exposedPorts: ['80/tcp', '81/tcp', '82/tcp', '83/tcp', '81/udp'] }));
  t.deepEqual(row.slice(1, 7), [
    'MY_DB_PORT_80_TCP_START=tcp://172.17.0.2:80',
    'MY_DB_PORT_80_TCP_ADDR=172.17.0.2',
    'MY_DB_PORT_80_TCP_PROTO=tcp',
    'MY_DB_PORT_80_TCP_PORT_START=80',
    'MY_DB_PORT_80_TCP_END=tcp://172.17.0.2:83',
    'MY_DB_PORT_80_TCP_PORT_END=83',
  ]);
  t.deepEqual(linkEnvironment('web', linked({ exposedPorts: ['80-83/tcp', '81/udp'] })), row);
});
