/**
 * nfnetlink and nf_tables: tables, chains, rules, maps and their elements, in the family `ip`.
 * Source: linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h.
 */
import { listAttributes, readAttributes, readString, Writer } from './bytes.ts';
import { NLM_F_APPEND, NLM_F_CREATE, type NetlinkMessage, type NetlinkRequest } from './message.ts';
import { writeExpressions, type Expression } from './nft-expressions.ts';

const NFPROTO_IPV4 = 2;
const NFNL_SUBSYS_NFTABLES = 10;

const NFT_MSG_NEWTABLE = 0;
const NFT_MSG_GETTABLE = 1;
const NFT_MSG_DELTABLE = 2;
const NFT_MSG_NEWCHAIN = 3;
const NFT_MSG_GETCHAIN = 4;
const NFT_MSG_DELCHAIN = 5;
const NFT_MSG_NEWRULE = 6;
const NFT_MSG_GETRULE = 7;
const NFT_MSG_DELRULE = 8;
const NFT_MSG_NEWSET = 9;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_GETSETELEM = 13;
const NFT_MSG_DELSETELEM = 14;

/** `type` of a reply of this kind. */
const nftType = (message: number): number => (NFNL_SUBSYS_NFTABLES << 8) | message;
export const NEWCHAIN: number = nftType(NFT_MSG_NEWCHAIN);
export const NEWRULE: number = nftType(NFT_MSG_NEWRULE);
/** struct nfgenmsg, before the attributes of every message. */
export const NFGENMSG = 4;

function request(name: string, message: number, flags: number, words: string, write: (writer: Writer) => void): NetlinkRequest {
  const writer = new Writer().u8(NFPROTO_IPV4).u8(0).u16BE(0);
  write(writer);
  return { name, type: nftType(message), flags, body: writer.take(), words };
}

function batchMark(name: string, type: number): NetlinkRequest {
  return { name, type, flags: 0, body: new Writer().u8(0).u8(0).u16BE(NFNL_SUBSYS_NFTABLES).take(), words: 'firewall transaction' };
}

/** The beginning and end of a transaction. */
export const batchBegin = (): NetlinkRequest => batchMark('NFNL_MSG_BATCH_BEGIN', 16);
export const batchEnd = (): NetlinkRequest => batchMark('NFNL_MSG_BATCH_END', 17);

/** Make a table, or leave the one that is there. */
export function newTable(table: string): NetlinkRequest {
  return request('NFT_MSG_NEWTABLE', NFT_MSG_NEWTABLE, NLM_F_CREATE, `firewall table ip ${table}`, (writer) =>
    writer.attributeString(1, table).attributeU32BE(2, 0),
  );
}

/** Remove a table with all in it; ENOENT where there is none. */
export function deleteTable(table: string): NetlinkRequest {
  return request('NFT_MSG_DELTABLE', NFT_MSG_DELTABLE, 0, `remove firewall table ip ${table}`, (writer) =>
    writer.attributeString(1, table),
  );
}

/** Ask whether a table is there. */
export function getTable(table: string): NetlinkRequest {
  return request('NFT_MSG_GETTABLE', NFT_MSG_GETTABLE, 0, `firewall table ip ${table}`, (writer) => writer.attributeString(1, table));
}

/** Places in a packet's way (NF_INET_…). */
const HOOKS = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;

export interface BaseChain {
  readonly name: string;
  readonly kind: 'filter' | 'nat';
  readonly hook: keyof typeof HOOKS;
  /** Lower is earlier: -300 raw, -200 connection tracking, -100 dstnat, 0 filter, 100 srcnat. */
  readonly priority: number;
  /** What happens to a packet that no rule decided on. */
  readonly policy: number;
}

/** Make a chain that packets pass. */
export function newBaseChain(table: string, chain: BaseChain): NetlinkRequest {
  return request(
    'NFT_MSG_NEWCHAIN',
    NFT_MSG_NEWCHAIN,
    NLM_F_CREATE,
    `chain ${chain.name}, ${chain.kind} at ${chain.hook}, priority ${chain.priority}`,
    (writer) =>
      writer
        .attributeString(1, table)
        .attributeString(3, chain.name)
        .attributeString(7, chain.kind)
        .attributeU32BE(5, chain.policy)
        .nested(4, () => writer.attributeU32BE(1, HOOKS[chain.hook]).attributeU32BE(2, chain.priority)),
  );
}

/** Make a chain that rules jump to. */
export function newChain(table: string, chain: string, comment?: string): NetlinkRequest {
  const NFTA_CHAIN_USERDATA = 12;
  return request('NFT_MSG_NEWCHAIN', NFT_MSG_NEWCHAIN, NLM_F_CREATE, `chain ${chain} in ip ${table}`, (writer) => {
    writer.attributeString(1, table).attributeString(3, chain);
    if (comment !== undefined) writer.attribute(NFTA_CHAIN_USERDATA, commentData(comment));
  });
}

/** Remove a chain that no rule jumps to; its rules go first (`flushChain`). */
export function deleteChain(table: string, chain: string): NetlinkRequest {
  return request('NFT_MSG_DELCHAIN', NFT_MSG_DELCHAIN, 0, `remove chain ${chain} of ip ${table}`, (writer) =>
    writer.attributeString(1, table).attributeString(3, chain),
  );
}

/** Remove all rules of a chain. */
export function flushChain(table: string, chain: string): NetlinkRequest {
  return request('NFT_MSG_DELRULE', NFT_MSG_DELRULE, 0, `remove the rules of ${chain} of ip ${table}`, (writer) =>
    writer.attributeString(1, table).attributeString(2, chain),
  );
}

/** Ask for one chain; ENOENT where there is none. */
export function getChain(table: string, chain: string): NetlinkRequest {
  return request('NFT_MSG_GETCHAIN', NFT_MSG_GETCHAIN, 0, `chain ${chain} of ip ${table}`, (writer) =>
    writer.attributeString(1, table).attributeString(3, chain),
  );
}

export interface RuleOptions {
  readonly table: string;
  readonly chain: string;
  readonly expressions: readonly Expression[];
  /** What it is for, in nft's notation. */
  readonly words: string;
  /** Kept with the rule; `nft` and `iptables` show it. */
  readonly comment?: string;
  /** Put it before all others, not after. */
  readonly first?: boolean;
}

const NFTA_RULE_TABLE = 1;
const NFTA_RULE_CHAIN = 2;
const NFTA_RULE_HANDLE = 3;
const NFTA_RULE_EXPRESSIONS = 4;
const NFTA_RULE_USERDATA = 7;
/** libnftnl's type-length-value for comments, kept in the rule's user data. */
const UDATA_RULE_COMMENT = 0;

/** The user data that holds a comment. */
export function commentData(comment: string): Uint8Array {
  const text = Buffer.from(`${comment}\0`);
  return Buffer.concat([Buffer.of(UDATA_RULE_COMMENT, text.length), text]);
}

/** The comment in user data; empty where there is none. */
export function readComment(data: Buffer | undefined): string {
  if (data === undefined) return '';
  for (let at = 0; at + 2 <= data.length;) {
    const end = at + 2 + (data[at + 1] ?? 0);
    if (data[at] === UDATA_RULE_COMMENT) return readString(data.subarray(at + 2, end));
    at = end;
  }
  return '';
}

/** Add a rule to a chain. */
export function newRule(rule: RuleOptions): NetlinkRequest {
  const flags = NLM_F_CREATE | (rule.first === true ? 0 : NLM_F_APPEND);
  return request('NFT_MSG_NEWRULE', NFT_MSG_NEWRULE, flags, `rule of ${rule.chain}: ${rule.words}`, (writer) => {
    writer.attributeString(NFTA_RULE_TABLE, rule.table).attributeString(NFTA_RULE_CHAIN, rule.chain);
    writer.nested(NFTA_RULE_EXPRESSIONS, () => writeExpressions(writer, rule.expressions));
    if (rule.comment !== undefined) writer.attribute(NFTA_RULE_USERDATA, commentData(rule.comment));
  });
}

/** Remove one rule by its handle (8 bytes, as the kernel gave it). */
export function deleteRule(table: string, chain: string, handle: Uint8Array): NetlinkRequest {
  return request('NFT_MSG_DELRULE', NFT_MSG_DELRULE, 0, `remove a rule of ${chain} of ip ${table}`, (writer) =>
    writer.attributeString(NFTA_RULE_TABLE, table).attributeString(NFTA_RULE_CHAIN, chain).attribute(NFTA_RULE_HANDLE, handle),
  );
}

/** Ask for the rules of a chain: to be dumped. */
export function getRules(table: string, chain: string): NetlinkRequest {
  return request('NFT_MSG_GETRULE', NFT_MSG_GETRULE, 0, `rules of ${chain} of ip ${table}`, (writer) =>
    writer.attributeString(NFTA_RULE_TABLE, table).attributeString(NFTA_RULE_CHAIN, chain),
  );
}

export interface MapOptions {
  readonly name: string;
  /** nft's type numbers, concatenated: six bits each. */
  readonly keyType: number;
  readonly keyLength: number;
  readonly dataType: number;
  readonly dataLength: number;
  /** Unique in the batch, so that rules in it can refer to the map. */
  readonly id: number;
}

/** nft's numbers for what a map's keys and values are. */
const TYPES = { ipv4_addr: 7, inet_proto: 12, inet_service: 13 } as const;

/** The type number of a concatenation. */
export function concatenation(...types: readonly (keyof typeof TYPES)[]): number {
  return types.reduce((number, type) => (number << 6) | TYPES[type], 0);
}

/** Make a map, or leave the one that is there. */
export function newMap(table: string, map: MapOptions): NetlinkRequest {
  const NFT_SET_MAP = 8;
  return request('NFT_MSG_NEWSET', NFT_MSG_NEWSET, NLM_F_CREATE, `map ${map.name}`, (writer) =>
    writer
      .attributeString(1, table)
      .attributeString(2, map.name)
      .attributeU32BE(3, NFT_SET_MAP)
      .attributeU32BE(4, map.keyType)
      .attributeU32BE(5, map.keyLength)
      .attributeU32BE(6, map.dataType)
      .attributeU32BE(7, map.dataLength)
      .attributeU32BE(10, map.id),
  );
}

export interface MapElement {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** `tcp . 8080 : 172.17.0.2 . 80`. */
  readonly words: string;
}

function elements(writer: Writer, table: string, map: string, list: readonly { key: Uint8Array; value?: Uint8Array }[]): void {
  writer.attributeString(1, table).attributeString(2, map);
  writer.nested(3, () => {
    for (const { key, value } of list) {
      writer.nested(1, () => {
        writer.nested(1, () => writer.attribute(1, key));
        if (value !== undefined) writer.nested(2, () => writer.attribute(1, value));
      });
    }
  });
}

/** Add elements; EEXIST where a key is there with another value. */
export function addElements(table: string, map: string, list: readonly MapElement[]): NetlinkRequest {
  const words = `add to ${map}: ${list.map((element) => element.words).join(', ')}`;
  return request('NFT_MSG_NEWSETELEM', NFT_MSG_NEWSETELEM, NLM_F_CREATE, words, (writer) => elements(writer, table, map, list));
}

/** Remove elements; ENOENT where one is not there (and then none is removed). */
export function deleteElements(table: string, map: string, list: readonly Omit<MapElement, 'value'>[]): NetlinkRequest {
  const words = `remove from ${map}: ${list.map((element) => element.words).join(', ')}`;
  return request('NFT_MSG_DELSETELEM', NFT_MSG_DELSETELEM, 0, words, (writer) =>
    elements(
      writer,
      table,
      map,
      list.map(({ key }) => ({ key })),
    ),
  );
}

/** Ask for the elements of a map: to be dumped; ENOENT where there is none. */
export function getElements(table: string, map: string): NetlinkRequest {
  return request('NFT_MSG_GETSETELEM', NFT_MSG_GETSETELEM, 0, `elements of ${map} of ip ${table}`, (writer) =>
    writer.attributeString(1, table).attributeString(2, map),
  );
}

/** The elements that one answer to `getElements` holds. */
export function parseElements(message: NetlinkMessage): { key: Buffer; value: Buffer }[] {
  const data = (attribute: Buffer | undefined): Buffer => readAttributes(attribute ?? Buffer.alloc(0), 0).get(1) ?? Buffer.alloc(0);
  const list = readAttributes(message.body, NFGENMSG).get(3) ?? Buffer.alloc(0);
  return listAttributes(list, 0).map(([, element]) => {
    const parts = readAttributes(element, 0);
    return { key: data(parts.get(1)), value: data(parts.get(2)) };
  });
}
