/**
 * nf_tables: what a rule is made of. An expression loads into a register, compares one, or decides; the first that
 * does not match ends the rule. Source: linux/netfilter/nf_tables.h; `nft --debug=netlink` shows the same.
 *
 * Registers are 16 bytes (1 to 4), the first of them also as four of 4 bytes: 8 to 11. A concatenation lies in
 * consecutive ones of 4.
 */
import { Writer } from './bytes.ts';

/** One expression, encoded on demand. */
export interface Expression {
  readonly kind: string;
  readonly write: (writer: Writer) => void;
}

const NFTA_DATA_VALUE = 1;
const NFTA_DATA_VERDICT = 2;
const NFTA_VERDICT_CODE = 1;
const NFTA_VERDICT_CHAIN = 2;

const REGISTER_VERDICT = 0;
export const REGISTER_1 = 1;
/** The second, third and fourth word of register 1. */
export const REGISTER_1_WORD_2 = 9;
export const REGISTER_1_WORD_3 = 10;

export const META_IIFNAME = 6;
export const META_OIFNAME = 7;
export const META_L4PROTO = 16;

/** Load a fact about the packet: NFT_META_…. */
export function meta(key: number, register: number): Expression {
  return { kind: 'meta', write: (writer) => writer.attributeU32BE(2, key).attributeU32BE(1, register) };
}

export const NETWORK_HEADER = 1;
export const TRANSPORT_HEADER = 2;

/** Load bytes of a header. */
export function payload(
  base: typeof NETWORK_HEADER | typeof TRANSPORT_HEADER,
  offset: number,
  length: number,
  register: number,
): Expression {
  return {
    kind: 'payload',
    write: (writer) => writer.attributeU32BE(1, register).attributeU32BE(2, base).attributeU32BE(3, offset).attributeU32BE(4, length),
  };
}

const CMP_EQ = 0;
const CMP_NEQ = 1;

/** Go on only if the register holds (or with `not`, does not hold) these bytes. */
export function compare(register: number, value: Uint8Array, not: 'not' | '' = ''): Expression {
  return {
    kind: 'cmp',
    write: (writer) =>
      writer
        .attributeU32BE(1, register)
        .attributeU32BE(2, not === 'not' ? CMP_NEQ : CMP_EQ)
        .nested(3, () => writer.attribute(NFTA_DATA_VALUE, value)),
  };
}

/** Load what kind of address the destination is (fib daddr type); 2 is local. */
export function destinationType(register: number): Expression {
  const NFT_FIB_RESULT_ADDRTYPE = 3;
  const NFTA_FIB_F_DADDR = 2;
  return {
    kind: 'fib',
    write: (writer) => writer.attributeU32BE(3, NFTA_FIB_F_DADDR).attributeU32BE(2, NFT_FIB_RESULT_ADDRTYPE).attributeU32BE(1, register),
  };
}

export const CT_STATE = 0;
export const CT_STATUS = 2;

/** Load a fact about the connection: NFT_CT_…. */
export function connection(key: number, register: number): Expression {
  return { kind: 'ct', write: (writer) => writer.attributeU32BE(2, key).attributeU32BE(1, register) };
}

/** Keep only the bits of `mask` (32 bits, the machine's order). */
export function mask32(register: number, mask: number): Expression {
  const word = (value: number): Uint8Array => new Writer().u32(value).take();
  return {
    kind: 'bitwise',
    write: (writer) =>
      writer
        .attributeU32BE(1, register)
        .attributeU32BE(2, register)
        .attributeU32BE(3, 4)
        .nested(4, () => writer.attribute(NFTA_DATA_VALUE, word(mask)))
        .nested(5, () => writer.attribute(NFTA_DATA_VALUE, word(0))),
  };
}

/** Look the key up in a map, and load its value; go on only if it is there. `setId` names a map made in the same batch. */
export function lookup(map: string, setId: number, source: number, destination: number): Expression {
  return {
    kind: 'lookup',
    write: (writer) => writer.attributeU32BE(2, source).attributeU32BE(3, destination).attributeString(1, map).attributeU32BE(4, setId),
  };
}

/** Send the connection to the address and port in these registers. */
export function destinationNat(addressRegister: number, portRegister: number): Expression {
  const NFT_NAT_DNAT = 1;
  const AF_INET = 2;
  return {
    kind: 'nat',
    write: (writer) =>
      writer.attributeU32BE(1, NFT_NAT_DNAT).attributeU32BE(2, AF_INET).attributeU32BE(3, addressRegister).attributeU32BE(5, portRegister),
  };
}

/** Give the connection the address of the interface it leaves by as its source. */
export function masquerade(): Expression {
  return { kind: 'masq', write: () => {} };
}

/** Count packets and bytes, from zero. */
export function counter(): Expression {
  return { kind: 'counter', write: (writer) => writer.attribute(1, new Uint8Array(8)).attribute(2, new Uint8Array(8)) };
}

export const NF_DROP = 0;
export const NF_ACCEPT = 1;
const NFT_JUMP = -3;
/** Go back to the chain that jumped here. */
export const RETURN = -5;

/** End with a verdict. */
export function verdict(code: number, chain?: string): Expression {
  return {
    kind: 'immediate',
    write: (writer) =>
      writer.attributeU32BE(1, REGISTER_VERDICT).nested(2, () =>
        writer.nested(NFTA_DATA_VERDICT, () => {
          writer.attributeU32BE(NFTA_VERDICT_CODE, code);
          if (chain !== undefined) writer.attributeString(NFTA_VERDICT_CHAIN, chain);
        }),
      ),
  };
}

/** Go to another chain, and come back. */
export const jump = (chain: string): Expression => verdict(NFT_JUMP, chain);

/** Write expressions as the list a rule holds. */
export function writeExpressions(writer: Writer, expressions: readonly Expression[]): void {
  const NFTA_LIST_ELEM = 1;
  const NFTA_EXPR_NAME = 1;
  const NFTA_EXPR_DATA = 2;
  for (const expression of expressions) {
    writer.nested(NFTA_LIST_ELEM, () => {
      writer.attributeString(NFTA_EXPR_NAME, expression.kind);
      writer.nested(NFTA_EXPR_DATA, () => expression.write(writer));
    });
  }
}
