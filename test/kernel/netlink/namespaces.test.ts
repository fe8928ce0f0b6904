import test from 'ava';
import { Writer } from '../../../src/kernel/netlink/bytes.ts';
import { getNamespaceId, parseNamespaceId } from '../../../src/kernel/netlink/namespaces.ts';

test('the number of a namespace, where it has one', (t) => {
  t.is(Buffer.from(getNamespaceId(0x1234).body).toString('hex'), '000000000800020034120000');
  const answer = (type: number, id: number): number | undefined =>
    parseNamespaceId({ type, flags: 0, sequence: 1, body: Buffer.from(new Writer().u32(0).attributeU32(1, id).take()) });
  t.is(answer(88, 7), 7);
  t.is(answer(88, 0), 0);
  t.is(answer(88, 0xffff_ffff), undefined);
  t.is(answer(16, 7), undefined);
});
