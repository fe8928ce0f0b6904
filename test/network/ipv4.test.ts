import test from 'ava';
import fc from 'fast-check';
import {
  formatIpv4,
  formatSubnet,
  ipv4Bytes,
  isIn,
  lastAddress,
  macOf,
  overlaps,
  parseIpv4,
  parseSubnet,
  subnetOf,
} from '../../src/network/ipv4.ts';

const anyAddress = fc.nat(0xffff_ffff);
const anySubnet = fc.tuple(anyAddress, fc.integer({ min: 0, max: 32 })).map(([address, prefix]) => subnetOf(address, prefix));

test('addresses are read and written', (t) => {
  fc.assert(fc.property(anyAddress, (number) => parseIpv4(formatIpv4(number)) === number));
  t.is(parseIpv4('172.17.0.1'), 0xac11_0001);
  t.deepEqual([...ipv4Bytes('172.17.0.1')], [172, 17, 0, 1]);
  for (const wrong of ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.x', ' 1.2.3.4', '1.2.3.-4', '::1'])
    t.is(parseIpv4(wrong), undefined, wrong);
});

test('subnets are read and written', (t) => {
  fc.assert(
    fc.property(anySubnet, (subnet) => {
      t.deepEqual(parseSubnet(formatSubnet(subnet)), subnet);
    }),
  );
  t.deepEqual(parseSubnet('172.17.5.9/16'), { first: 0xac11_0000, prefix: 16 });
  for (const wrong of ['172.17.0.0', '172.17.0.0/', '172.17.0.0/33', '172.17.0.0/16/1', 'x/16', '172.17.0.0/-1'])
    t.is(parseSubnet(wrong), undefined, wrong);
});

test('two subnets overlap when one holds the first address of the other', (t) => {
  const holds = (subnet: { first: number; prefix: number }, address: number): boolean =>
    address >= subnet.first && address <= lastAddress(subnet);
  fc.assert(
    fc.property(anySubnet, anySubnet, (one, other) => overlaps(one, other) === (holds(one, other.first) || holds(other, one.first))),
  );
  t.false(overlaps({ first: 0xac11_0000, prefix: 16 }, { first: 0xac12_0000, prefix: 16 }));
  t.true(overlaps({ first: 0xac11_0000, prefix: 16 }, { first: 0xac11_0500, prefix: 24 }));
});

test('an address lies in its subnet, and not in the next', (t) => {
  const subnet = { first: 0xac11_0000, prefix: 16 };
  t.true(isIn(subnet, '172.17.255.255'));
  t.false(isIn(subnet, '172.18.0.0'));
  t.false(isIn(subnet, 'x'));
});

test('the hardware address tells the address, as with Docker', (t) => t.is(macOf('172.17.0.2'), '02:42:ac:11:00:02'));
