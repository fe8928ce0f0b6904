/** Bytes are compared with what iproute2 6.1 sends for the same command, captured at its sendmsg(2). */
import test from 'ava';
import { newAddress, newDefaultRoute, parseAddress, parseRoute } from '../../../src/kernel/netlink/addresses.ts';
import { listAttributes, readAttributes, readString, Writer } from '../../../src/kernel/netlink/bytes.ts';
import {
  deleteLink,
  getLink,
  macBytes,
  newBridge,
  newVeth,
  noAutomaticIpv6,
  parseLink,
  renameLink,
  setLinkAddress,
  setLinkMtu,
  setLinkMaster,
  setLinkUp,
} from '../../../src/kernel/netlink/links.ts';
import { decodeMessages, type NetlinkRequest } from '../../../src/kernel/netlink/message.ts';

const none = Buffer.alloc(16);
const body = (request: NetlinkRequest): string => Buffer.from(request.body).toString('hex');

test('ip link add tsrun0 address 02:42:ac:11:00:01 type bridge', (t) => {
  const request = newBridge({ name: 'tsrun0', mac: '02:42:ac:11:00:01' });
  t.is(request.type, 16);
  t.is(request.flags, 0x600);
  t.is(body(request), '000000000000000000000000000000000a0001000242ac11000100000b000300747372756e300000100012000a0001006272696467650000');
});

test('ip addr add 172.17.0.1/16 broadcast 172.17.255.255 dev tsrun0', (t) => {
  const request = newAddress({ index: 2, name: 'tsrun0', address: '172.17.0.1', prefix: 16, broadcast: '172.17.255.255' });
  t.is(request.type, 20);
  t.is(body(request), '021000000200000008000200ac11000108000400ac11ffff08000100ac110001');
});

test('ip link set tsrun0 up', (t) => t.is(body(setLinkUp(2)), '00000000020000000100000001000000'));
test('ip link set vethab12cd3 master tsrun0', (t) => t.is(body(setLinkMaster(3, 2)), '0000000003000000000000000000000008000a0002000000'));
test('ip route add default via 172.17.0.5', (t) => t.is(body(newDefaultRoute('172.17.0.5')), '02000000fe0300010000000008000500ac110005'));

test('ip link del vethab12cd3', (t) => {
  t.is(deleteLink(3).type, 17);
  t.is(body(deleteLink(3)), '00000000030000000000000000000000');
});

test('a veth pair: the near end up and a port, the peer in another namespace and down', (t) => {
  const request = newVeth({ name: 'vethab12cd3', master: 2, mtu: 1400, peer: { name: 'eth0', mac: '02:42:ac:11:00:02', namespace: 23 } });
  t.is(Buffer.from(request.body).readUInt32LE(8), 1, 'IFF_UP');
  const near = readAttributes(request.body, 16);
  t.is(readString(near.get(3)), 'vethab12cd3');
  t.is(near.get(10)?.readUInt32LE(), 2);
  t.is(near.get(4)?.readUInt32LE(), 1400);
  t.deepEqual([near.get(31)?.readUInt32LE(), near.get(32)?.readUInt32LE()], [1, 1]);
  const info = readAttributes(near.get(18) ?? none, 0);
  t.is(readString(info.get(1)), 'veth');
  const peer = readAttributes(info.get(2) ?? none, 0).get(1) ?? none;
  t.is(peer.readUInt32LE(8), 0, 'not up');
  const far = readAttributes(peer, 16);
  t.is(readString(far.get(3)), 'eth0');
  t.is(far.get(1)?.toString('hex'), '0242ac110002');
  t.is(far.get(28)?.readUInt32LE(), 23);
  t.is(far.get(4)?.readUInt32LE(), 1400);
  t.is(request.words, "veth vethab12cd3, a port of the bridge, with its peer eth0 in the container's namespace");
});

test('an interface is meant by its name or by its index', (t) => {
  t.is(Buffer.from(getLink(7).body).readUInt32LE(4), 7);
  t.is(readString(readAttributes(getLink('tsrun0').body, 16).get(3)), 'tsrun0');
  t.is(readString(readAttributes(renameLink(7, 'eth1').body, 16).get(3)), 'eth1');
});

test('no link-local address is asked for per family', (t) => {
  const families = listAttributes(noAutomaticIpv6(2).body, 16).map(([type, value]) => [type, value.toString('hex')]);
  t.deepEqual(families, [[26, '0c000a000500080001000000']]);
});

test('ip link set dev tsrun0 mtu 1400; address 02:42:ac:11:00:0f', (t) => {
  t.is(readAttributes(setLinkMtu(2, 1400).body, 16).get(4)?.readUInt32LE(), 1400);
  t.is(readAttributes(setLinkAddress(2, '02:42:ac:11:00:0f').body, 16).get(1)?.toString('hex'), '0242ac11000f');
});

test('hardware addresses', (t) => t.deepEqual([...macBytes('02:42:ac:11:00:0f')], [2, 0x42, 172, 17, 0, 15]));

// From `ip -4 route show table all` and `ip -4 addr show` on Linux 6.18.
const ROUTES =
  '3400000018002200ef29046b8737000002000000fe0300011000000008000f00fe00000008000500ac11000508000400020000003c00000018002200ef29046b8737000002100000fe02fd011000000008000f00fe00000008000100ac11000008000700ac1100010800040002000000';
const ADDRESS =
  '5800000014000200f029046b88370000021080000200000008000100ac11000108000200ac11000108000400ac11ffff0b000300747372756e300000080008008000000014000600ffffffffffffffff83a1030083a10300';

test('routes are read: the default one, and that of a subnet', (t) => {
  t.deepEqual(decodeMessages(Buffer.from(ROUTES, 'hex')).map(parseRoute), [
    { destination: '0.0.0.0', prefix: 0, interface: 2, gateway: '172.17.0.5', unicast: true },
    { destination: '172.17.0.0', prefix: 16, interface: 2, gateway: undefined, unicast: true },
  ]);
});

test('addresses are read', (t) => {
  const [message] = decodeMessages(Buffer.from(ADDRESS, 'hex'));
  t.deepEqual(message && parseAddress(message), { index: 2, address: '172.17.0.1', prefix: 16 });
  t.is(message && parseRoute(message), undefined);
  t.is(message && parseLink(message), undefined);
});

test('a link is read, of whatever kind', (t) => {
  const link = (write: (writer: Writer) => void): ReturnType<typeof parseLink> => {
    const writer = new Writer().u8(0).u8(0).u16(1).u32(2).u32(0x1003).u32(0).attributeString(3, 'tsrun0').attributeU32(4, 1400);
    write(writer);
    return parseLink({ type: 16, flags: 0, sequence: 1, body: Buffer.from(writer.take()) });
  };
  const bridge = link((writer) => writer.attribute(1, macBytes('02:42:ac:11:00:01')).nested(18, () => writer.attributeString(1, 'bridge')));
  t.deepEqual(bridge, {
    index: 2,
    name: 'tsrun0',
    up: true,
    loopback: false,
    mtu: 1400,
    mac: '02:42:ac:11:00:01',
    master: undefined,
    kind: 'bridge',
    peerNamespace: undefined,
  });
  const hardware = link((writer) => writer.attributeU32(10, 7));
  const plain = { index: 2, name: 'tsrun0', up: true, loopback: false, mtu: 1400, mac: '', master: 7, kind: '' };
  t.deepEqual(hardware, { ...plain, peerNamespace: undefined });
  t.is(link((writer) => writer.attributeU32(37, 3))?.peerNamespace, 3);
});
