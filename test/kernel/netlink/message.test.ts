import test from 'ava';
import { setLinkUp } from '../../../src/kernel/netlink/links.ts';
import { decodeAcknowledgement, decodeMessages, encodeRequests } from '../../../src/kernel/netlink/message.ts';

test('requests go out together, numbered one after the other, and only the chosen ones ask for an ack', (t) => {
  const messages = decodeMessages(encodeRequests([setLinkUp(1), setLinkUp('eth0'), setLinkUp(2)], 7, (index) => index === 2));
  t.deepEqual(
    messages.map(({ type, flags, sequence }) => [type, flags, sequence]),
    [
      [16, 1, 7],
      [16, 1, 8],
      [16, 5, 9],
    ],
  );
});

// What Linux 6.18 answered to `ip link add`.
const ACK = '2400000002000001ef29046b7e370000000000004800000010000506ef29046b00000000';

test('an acknowledgement has errno 0', (t) => {
  const [message] = decodeMessages(Buffer.from(ACK, 'hex'));
  t.deepEqual(message && decodeAcknowledgement(message), { errno: 0, text: '' });
});

test('an error tells its errno and the words of the kernel, capped or not', (t) => {
  const text = attribute(1, 'Nexthop has invalid gateway\0');
  const request = Buffer.from('1400000018000506010000000000000099999999', 'hex');
  for (const capped of [true, false]) {
    const body = Buffer.concat([errno(-101), capped ? request.subarray(0, 16) : request, text]);
    const header = Buffer.alloc(16);
    header.writeUInt32LE(16 + body.length, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(0x200 | (capped ? 0x100 : 0), 6);
    const [message] = decodeMessages(Buffer.concat([header, body]));
    t.deepEqual(message && decodeAcknowledgement(message), { errno: 101, text: 'Nexthop has invalid gateway' });
  }
});

test('a datagram that ends too early gives the messages that are whole', (t) => {
  const whole = Buffer.from(ACK, 'hex');
  t.is(decodeMessages(Buffer.concat([whole, whole.subarray(0, 20)])).length, 1);
  t.is(decodeMessages(new Uint8Array(3)).length, 0);
});

function errno(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function attribute(type: number, value: string): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, Buffer.from(value)]);
}
