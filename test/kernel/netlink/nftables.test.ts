/** Bytes are compared with what nft 1.0.6 sends for the same words, captured at its sendmsg(2). */
import test from 'ava';
import { addElements, commentData, deleteElements, newRule, readComment } from '../../../src/kernel/netlink/nftables.ts';
import {
  compare,
  mask32,
  masquerade,
  meta,
  META_OIFNAME,
  NETWORK_HEADER,
  payload,
  verdict,
  NF_DROP,
} from '../../../src/kernel/netlink/nft-expressions.ts';
import type { NetlinkRequest } from '../../../src/kernel/netlink/message.ts';
import { interfaceName, portElement } from '../../../src/network/firewall.ts';

const body = (request: NetlinkRequest): string => Buffer.from(request.body).toString('hex');
/** nft adds an attribute that says "no set id in this batch". */
const withoutSetId = (capture: string): string => capture.replace('0800040000000000', '');
const TABLE = 'tsrun_tsrun0';

test('add element … ports { tcp . 8080 : 172.17.0.2 . 80 }', (t) => {
  const element = portElement({ protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80 }, '172.17.0.2');
  t.is(element.words, 'tcp . 8080 : 172.17.0.2 . 80');
  const capture =
    '0200000011000100747372756e5f747372756e30000000000a000200706f72747300000008000400000000012800038024000180100001800c000100060000001f900000100002800c000100ac11000200500000';
  t.is(body(addElements(TABLE, element.map, [element])), capture.replace('0800040000000001', ''));
});

test('add element … addressed_ports { 127.0.0.1 . udp . 53 : 172.17.0.3 . 5353 }', (t) => {
  const element = portElement({ protocol: 'udp', hostAddress: '127.0.0.1', hostPort: 53, containerPort: 5353 }, '172.17.0.3');
  const capture =
    '0200000011000100747372756e5f747372756e3000000000140002006164647265737365645f706f7274730008000400000000022c0003802800018014000180100001007f0000011100000000350000100002800c000100ac11000314e90000';
  t.is(body(addElements(TABLE, element.map, [element])), capture.replace('0800040000000002', ''));
});

test('delete element … ports { tcp . 8080 }', (t) => {
  const element = portElement({ protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, containerPort: 80 }, '172.17.0.2');
  const capture =
    '0200000011000100747372756e5f747372756e30000000000a000200706f7274730000001800038014000180100001800c000100060000001f900000';
  const request = deleteElements(TABLE, element.map, [element]);
  t.is(request.flags, 0);
  t.is(body(request), withoutSetId(capture));
});

test('add rule … forward oifname "tsrun0" drop comment "hello"', (t) => {
  const expressions = [meta(META_OIFNAME, 1), compare(1, interfaceName('tsrun0')), verdict(NF_DROP)];
  const request = newRule({ table: TABLE, chain: 'forward', words: '', expressions, comment: 'hello' });
  t.is(request.flags, 0xc00);
  t.is(
    body(request),
    '0200000011000100747372756e5f747372756e30000000000c000200666f7277617264009000048024000180090001006d6574610000000014000280080002000000000708000100000000013800018008000100636d70002c000280080001000000000108000200000000001800038014000100747372756e3000000000000000000000300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c00028008000100000000000c000700000668656c6c6f00',
  );
});

test('add rule … postrouting ip saddr 192.168.16.0/20 oifname != "tsrun0" masquerade', (t) => {
  const source = [payload(NETWORK_HEADER, 12, 4, 1), mask32(1, 0x00f0ffff), compare(1, Uint8Array.of(192, 168, 16, 0))];
  const expressions = [...source, meta(META_OIFNAME, 1), compare(1, interfaceName('tsrun0'), 'not'), masquerade()];
  t.is(
    body(newRule({ table: TABLE, chain: 'postrouting', words: '', expressions })),
    '0200000011000100747372756e5f747372756e300000000010000200706f7374726f7574696e670018010480340001800c0001007061796c6f6164002400028008000100000000010800020000000001080003000000000c0800040000000004440001800c0001006269747769736500340002800800010000000001080002000000000108000300000000040c00048008000100fffff0000c00058008000100000000002c00018008000100636d700020000280080001000000000108000200000000000c00038008000100c0a8100024000180090001006d6574610000000014000280080002000000000708000100000000013800018008000100636d70002c000280080001000000000108000200000000011800038014000100747372756e300000000000000000000014000180090001006d6173710000000004000280',
  );
});

test('comments are read back; other user data is passed over', (t) => {
  t.is(readComment(Buffer.from(commentData('tsrun tsrun0'))), 'tsrun tsrun0');
  t.is(readComment(Buffer.concat([Buffer.of(1, 2, 9, 9), commentData('x')])), 'x');
  t.is(readComment(Buffer.of(1, 200)), '');
  t.is(readComment(undefined), '');
});
