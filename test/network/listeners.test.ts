import test from 'ava';
import fc from 'fast-check';
import { parseSctpEndpoints, parseSocketTable } from '../../src/network/listeners.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

test('TCP: those that listen, not those connected', (t) => {
  const text = `${HEAD}   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 020011AC:0016 010011AC:C350 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
`;
  t.deepEqual(parseSocketTable(text, 'tcp'), [
    { address: '0.0.0.0', port: 8080 },
    { address: '127.0.0.1', port: 53 },
  ]);
});

test('TCP over IPv6: any counts for IPv4 too, and so does a mapped address', (t) => {
  const text = `${HEAD}   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1
   1: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1
   2: 00000000000000000000000001000000:0052 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 1
`;
  t.deepEqual(parseSocketTable(text, 'tcp'), [
    { address: '0.0.0.0', port: 80 },
    { address: '127.0.0.1', port: 81 },
  ]);
});

test('UDP: all that have no peer', (t) => {
  const text = `${HEAD}  10: 00000000:0035 00000000:0000 07 0:0 0:0 0 0 0 1\n  11: 020011AC:9999 08080808:0035 01 0:0 0:0 0 0 0 1\n`;
  t.deepEqual(parseSocketTable(text, 'udp'), [{ address: '0.0.0.0', port: 53 }]);
});

test('SCTP endpoints', (t) => {
  const text =
    ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS\n0 0 2 10 28 8080 0 12345 10.0.0.1 172.17.0.1\n0 0 2 10 29 8081 0 12346\n';
  t.deepEqual(parseSctpEndpoints(text), [
    { address: '10.0.0.1', port: 8080 },
    { address: '172.17.0.1', port: 8080 },
    { address: '0.0.0.0', port: 8081 },
  ]);
});

test('lines that make no sense are left out', (t) => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseSocketTable(text, 'tcp');
      parseSocketTable(text, 'udp');
      parseSctpEndpoints(text);
    }),
  );
  t.deepEqual(parseSocketTable(HEAD, 'tcp'), []);
});
