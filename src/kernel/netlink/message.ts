/**
 * Netlink messages: a request as data, many of them as one send, and what the kernel answers.
 * Source: linux/netlink.h.
 */
import { readAttributes, readString, Writer } from './bytes.ts';

export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;

const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_ROOT = 0x100;
const NLM_F_MATCH = 0x200;
export const NLM_F_DUMP: number = NLM_F_ROOT | NLM_F_MATCH;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
/** On a reply: the dump was disturbed by a change, and may lack something. */
export const NLM_F_DUMP_INTR = 0x10;
/** On an error: the request is not repeated in it. */
const NLM_F_CAPPED = 0x100;
/** On an error: attributes that explain it follow. */
const NLM_F_ACK_TLVS = 0x200;

export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const HEADER = 16;
const NLMSGERR_ATTR_MSG = 1;

/** One request, as data: nothing is sent before a socket performs it. */
export interface NetlinkRequest {
  /** The kernel's name of the type, e.g. `RTM_NEWLINK`. */
  readonly name: string;
  readonly type: number;
  /** NLM_F_… beside NLM_F_REQUEST, which is always set, and NLM_F_ACK, which the socket decides. */
  readonly flags: number;
  /** What follows the message header: the family's header and attributes. */
  readonly body: Uint8Array;
  /** What it does, as one would say it: `bridge tsrun0`. For `--explain` and for errors. */
  readonly words: string;
}

/** One message from the kernel. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly body: Buffer;
}

/** What an NLMSG_ERROR says; errno 0 is an acknowledgement. */
export interface Acknowledgement {
  readonly errno: number;
  /** The kernel's own explanation (extended ack); empty where it gave none. */
  readonly text: string;
}

/** Encode requests for one send. The first gets `firstSequence`, the next one more, and so on; `acknowledge(index)` asks for an ack. */
export function encodeRequests(
  requests: readonly NetlinkRequest[],
  firstSequence: number,
  acknowledge: (index: number) => boolean,
): Uint8Array {
  const writer = new Writer();
  requests.forEach((request, index) => {
    const flags = request.flags | NLM_F_REQUEST | (acknowledge(index) ? NLM_F_ACK : 0);
    writer
      .u32(HEADER + request.body.length)
      .u16(request.type)
      .u16(flags)
      .u32(firstSequence + index)
      .u32(0);
    writer.bytes(request.body).align();
  });
  return writer.take();
}

/** The messages of one datagram. */
export function decodeMessages(datagram: Uint8Array): NetlinkMessage[] {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at + HEADER <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    if (length < HEADER || at + length > bytes.length) break;
    messages.push({
      type: bytes.readUInt16LE(at + 4),
      flags: bytes.readUInt16LE(at + 6),
      sequence: bytes.readUInt32LE(at + 8),
      body: bytes.subarray(at + HEADER, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Read an NLMSG_ERROR (or the NLMSG_DONE of a dump that failed). */
export function decodeAcknowledgement(message: NetlinkMessage): Acknowledgement {
  const errno = message.body.length < 4 ? 0 : Math.abs(message.body.readInt32LE(0));
  if (errno === 0 || (message.flags & NLM_F_ACK_TLVS) === 0) return { errno, text: '' };
  let offset = 4;
  if (message.type === NLMSG_ERROR) {
    // The header of our request is repeated, and (not capped) its body too.
    const repeated = (message.flags & NLM_F_CAPPED) === 0 ? message.body.readUInt32LE(4) : HEADER;
    offset = 4 + ((repeated + 3) & ~3);
  }
  return { errno, text: readString(readAttributes(message.body, offset).get(NLMSGERR_ATTR_MSG)) };
}
