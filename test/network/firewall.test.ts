/** The table is compared, byte for byte, with what nft 1.0.6 sends for the same ruleset (nft-table.capture.json holds both). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { readAttributes } from '../../src/kernel/netlink/bytes.ts';
import { tableRequests } from '../../src/network/firewall.ts';
import { parseSubnet } from '../../src/network/ipv4.ts';

interface Capture {
  ruleset: string;
  messages: { type: number; flags: number; body: string }[];
}

const NFTA_SET_USERDATA = 13;
const capture = JSON.parse(readFileSync(join(import.meta.dirname, 'nft-table.capture.json'), 'utf8')) as Capture;
const subnet = parseSubnet('172.17.0.0/16') ?? { first: 0, prefix: 0 };

test('the table is what nft makes of the same words', (t) => {
  const [, , ...ours] = tableRequests('tsrun0', subnet);
  t.is(ours.length, capture.messages.length);
  for (const [index, request] of ours.entries()) {
    const theirs = capture.messages[index];
    t.is(request.type & 0xff, theirs?.type ?? -1, request.words);
    // nft keeps notes of its own about a map in an attribute, the last, that only nft reads.
    const theirBody = Buffer.from(theirs?.body ?? '', 'hex');
    const notes = theirs?.type === 9 ? readAttributes(theirBody, 4).get(NFTA_SET_USERDATA) : undefined;
    const length = notes === undefined ? theirBody.length : theirBody.length - (4 + ((notes.length + 3) & ~3));
    t.is(Buffer.from(request.body).toString('hex'), theirBody.subarray(0, length).toString('hex'), request.words);
  }
});

test('every rule is told in the words of nft', (t) => {
  const rules = tableRequests('tsrun0', subnet).filter((request) => request.name === 'NFT_MSG_NEWRULE');
  t.is(rules.length, 12);
  for (const { words } of rules) t.true(capture.ruleset.includes(words.replace(/^rule of \w+: /, '')), words);
});
