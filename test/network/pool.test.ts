import test from 'ava';
import fc from 'fast-check';
import { DatabaseSync } from 'node:sqlite';
import { isTsrunError } from '../../src/model/errors.ts';
import { formatIpv4, formatSubnet, lastAddress, overlaps, parseIpv4, parseSubnet, subnetOf, type Subnet } from '../../src/network/ipv4.ts';
import {
  candidateSubnets,
  chooseSubnet,
  forgetNetwork,
  hasLeases,
  leaseAddress,
  lowestFree,
  readNetwork,
  recordNetwork,
  releaseAddresses,
} from '../../src/network/pool.ts';
import { SCHEMA } from '../../src/state/schema.ts';

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function emptyDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true });
  database.exec(SCHEMA);
  return database;
}

test("the pools are Docker's, and don't overlap", (t) => {
  const candidates = candidateSubnets();
  t.is(candidates.length, 31);
  t.deepEqual(
    [candidates[0], candidates[14], candidates[15], candidates[30]].map((one) => one && formatSubnet(one)),
    ['172.17.0.0/16', '172.31.0.0/16', '192.168.0.0/20', '192.168.240.0/20'],
  );
  for (const [index, one] of candidates.entries()) t.false(candidates.slice(index + 1).some((other) => overlaps(one, other)));
});

test('the first subnet that nothing of the host overlaps is chosen', (t) => {
  t.is(formatSubnet(chooseSubnet([])), '172.17.0.0/16');
  t.is(formatSubnet(chooseSubnet([subnet('172.17.5.0/24'), subnet('172.18.0.1/32')])), '172.19.0.0/16');
  t.is(formatSubnet(chooseSubnet([subnet('172.16.0.0/12'), subnet('192.168.0.0/24')])), '192.168.16.0/20');
  const full = t.throws(() => chooseSubnet([subnet('172.16.0.0/12'), subnet('192.168.0.0/16')]));
  t.true(isTsrunError(full, 'NO_SPACE'));
});

test('whatever the host has, what is chosen overlaps none of it', (t) => {
  const near = fc.oneof(fc.integer({ min: 0xac10_0000, max: 0xac1f_ffff }), fc.integer({ min: 0xc0a8_0000, max: 0xc0a8_ffff }));
  const occupied = fc.array(
    fc.tuple(near, fc.integer({ min: 13, max: 32 })).map(([address, prefix]) => subnetOf(address, prefix)),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(occupied, (taken) => {
      let chosen: Subnet;
      try {
        chosen = chooseSubnet(taken);
      } catch {
        return candidateSubnets().every((candidate) => taken.some((other) => overlaps(candidate, other)));
      }
      return !taken.some((other) => overlaps(chosen, other));
    }),
  );
  t.pass();
});

test('the lowest free address is never the network, the gateway, the broadcast or a taken one', (t) => {
  const small = fc.tuple(fc.nat(0xffff_ffff), fc.integer({ min: 24, max: 30 })).map(([address, prefix]) => subnetOf(address, prefix));
  fc.assert(
    fc.property(small, fc.array(fc.nat(255)), (one, offsets) => {
      const size = lastAddress(one) - one.first + 1;
      const taken = new Set(offsets.map((offset) => formatIpv4(one.first + (offset % size))));
      const gateway = formatIpv4(one.first + 1);
      const free = lowestFree(one, gateway, taken);
      const usable = Array.from({ length: size - 2 }, (_, index) => formatIpv4(one.first + 1 + index)).filter(
        (address) => address !== gateway && !taken.has(address),
      );
      return free === usable[0];
    }),
  );
  t.pass();
});

test('addresses are leased in order, given back, and leased again', (t) => {
  const database = emptyDatabase();
  const network = recordNetwork(database, 'tsrun0', subnet('172.17.0.0/16'), '172.17.0.1');
  t.deepEqual(readNetwork(database, 'tsrun0'), network);
  t.is(network.name, 'bridge');
  t.is(leaseAddress(database, network, 'a'), '172.17.0.2');
  t.is(leaseAddress(database, network, 'b'), '172.17.0.3');
  t.is(leaseAddress(database, network, 'a'), '172.17.0.2', 'one that has an address keeps it');
  releaseAddresses(database, 'a');
  t.is(leaseAddress(database, network, 'c'), '172.17.0.2');
  t.true(hasLeases(database, network.name));
  releaseAddresses(database, 'b');
  releaseAddresses(database, 'c');
  t.false(hasLeases(database, network.name));
  forgetNetwork(database, network.name);
  t.is(readNetwork(database, 'tsrun0'), undefined);
});

test('two bridges have two networks', (t) => {
  const database = emptyDatabase();
  const first = recordNetwork(database, 'one', subnet('172.17.0.0/16'), '172.17.0.1');
  const second = recordNetwork(database, 'two', subnet('172.18.0.0/16'), '172.18.0.1');
  t.not(first.name, second.name);
  t.is(leaseAddress(database, first, 'a'), '172.17.0.2');
  t.is(leaseAddress(database, second, 'a'), '172.18.0.2');
});

test('a full pool says so, and what to do', (t) => {
  const database = emptyDatabase();
  const network = recordNetwork(database, 'tsrun0', subnet('10.0.0.0/30'), '10.0.0.1');
  t.is(leaseAddress(database, network, 'a'), '10.0.0.2');
  const error = t.throws(() => leaseAddress(database, network, 'b'), {
    message: /^no available IPv4 addresses on this network's address pools: bridge/,
  });
  t.like(error, { code: 'NO_SPACE', step: 5 });
  t.truthy((error as { hint?: string }).hint);
});

test('no two containers ever hold one address', (t) => {
  const acts = fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { maxLength: 100 });
  fc.assert(
    fc.property(acts, (list) => {
      const database = emptyDatabase();
      const network = recordNetwork(database, 'tsrun0', subnet('10.0.0.0/28'), '10.0.0.1');
      const held = new Map<number, string>();
      for (const [take, container] of list) {
        if (!take) {
          releaseAddresses(database, `c${container}`);
          held.delete(container);
        } else if (held.has(container) || held.size < 13) {
          held.set(container, leaseAddress(database, network, `c${container}`));
        } else {
          t.throws(() => leaseAddress(database, network, `c${container}`));
        }
      }
      return new Set(held.values()).size === held.size && [...held.values()].every((address) => parseIpv4(address) !== undefined);
    }),
    { numRuns: 40 },
  );
  t.pass();
});
