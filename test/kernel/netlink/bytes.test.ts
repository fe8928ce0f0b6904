import test from 'ava';
import fc from 'fast-check';
import { listAttributes, readAttributes, readString, readU32, readU32BE, Writer } from '../../../src/kernel/netlink/bytes.ts';

test('an attribute is its length, its type and its value, padded to four bytes', (t) => {
  const bytes = new Writer().attribute(3, Buffer.from('lo\0')).attributeU32(4, 1500).take();
  t.is(Buffer.from(bytes).toString('hex'), '070003006c6f000008000400dc050000');
});

test('nested attributes are marked, containers are not', (t) => {
  const nested = new Writer();
  nested.nested(1, () => nested.attributeU8(2, 7));
  t.is(Buffer.from(nested.take()).toString('hex'), '0c0001800500020007000000');
  const container = new Writer();
  container.container(1, () => container.attributeU8(2, 7));
  t.is(Buffer.from(container.take()).toString('hex'), '0c0001000500020007000000');
});

test('numbers are in the order their attribute wants', (t) => {
  const attributes = readAttributes(
    new Writer().attributeU32(1, 0x01020304).attributeU32BE(2, 0x01020304).attributeU32BE(3, -100).take(),
    0,
  );
  t.is(readU32(attributes.get(1)), 0x01020304);
  t.is(readU32BE(attributes.get(2)), 0x01020304);
  t.is(attributes.get(3)?.toString('hex'), 'ffffff9c');
  t.is(readU32(attributes.get(9)), undefined);
});

test('whatever is written is read back, however long', (t) => {
  const attribute = fc.tuple(fc.integer({ min: 0, max: 0x3fff }), fc.uint8Array({ maxLength: 3000 }));
  fc.assert(
    fc.property(fc.array(attribute, { maxLength: 8 }), (list) => {
      const writer = new Writer().u32(0xdeadbeef);
      for (const [type, value] of list) writer.attribute(type, value);
      t.is(writer.length % 4, 0);
      t.deepEqual(
        listAttributes(writer.take(), 4).map(([type, value]) => [type, [...value]]),
        list.map(([type, value]) => [type, [...value]]),
      );
    }),
  );
});

test('broken attributes end the reading, and never throw', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(10), (bytes, offset) => {
      for (const [, value] of listAttributes(bytes, offset)) if (value.length > bytes.length) return false;
      return true;
    }),
  );
  t.deepEqual(listAttributes(Buffer.from('0300010000000000', 'hex'), 0), []);
  t.deepEqual(listAttributes(Buffer.from('ff00010000000000', 'hex'), 0), []);
});

test('strings end at their NUL', (t) => {
  t.is(readString(Buffer.from('eth0\0\0\0')), 'eth0');
  t.is(readString(Buffer.from('eth0')), 'eth0');
  t.is(readString(undefined), '');
});
