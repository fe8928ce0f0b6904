/** rtnetlink: network interfaces. Source: rtnetlink(7), linux/if_link.h, linux/veth.h. */
import { readAttributes, readString, readU32, Writer } from './bytes.ts';
import { NLM_F_CREATE, NLM_F_EXCL, type NetlinkMessage, type NetlinkRequest } from './message.ts';

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_AF_SPEC = 26;
const IFLA_NET_NS_FD = 28;
const IFLA_EXT_MASK = 29;
const IFLA_NUM_TX_QUEUES = 31;
const IFLA_NUM_RX_QUEUES = 32;
const IFLA_LINK_NETNSID = 37;
const IFLA_TARGET_NETNSID = 46;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;
const IFLA_INET6_ADDR_GEN_MODE = 8;
const IN6_ADDR_GEN_MODE_NONE = 1;
const AF_INET6 = 10;
/** Leave statistics of IPv4 and IPv6, the longest attributes, out of answers. */
const RTEXT_FILTER_SKIP_STATS = 8;

const IFF_UP = 1;
const IFF_LOOPBACK = 8;

/** What is known of an interface. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
  readonly mtu: number;
  /** `02:42:ac:11:00:02`; empty where the interface has none. */
  readonly mac: string;
  /** Index of the bridge it is a port of. */
  readonly master: number | undefined;
  /** `bridge`, `veth`, …; empty for hardware. */
  readonly kind: string;
  /** Of a veth whose peer is in another namespace: that one's number here (namespaces.ts). */
  readonly peerNamespace: number | undefined;
}

/** struct ifinfomsg. */
function interfaceHeader(writer: Writer, index: number, flags: number, change: number): Writer {
  return writer.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
}

/** The bytes of `02:42:ac:11:00:02`. */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), (part) => Number.parseInt(part, 16));
}

const formatMac = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');

/** Make a bridge, down. `mtu` fixes it: else it follows that of its ports. EEXIST where the name is taken. */
export function newBridge(options: { name: string; mac: string; mtu?: number }): NetlinkRequest {
  const writer = interfaceHeader(new Writer(), 0, 0, 0);
  if (options.mtu !== undefined) writer.attributeU32(IFLA_MTU, options.mtu);
  writer.attribute(IFLA_ADDRESS, macBytes(options.mac));
  writer.attributeString(IFLA_IFNAME, options.name);
  writer.container(IFLA_LINKINFO, () => writer.attribute(IFLA_INFO_KIND, Buffer.from('bridge')));
  return { name: 'RTM_NEWLINK', type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: writer.take(), words: `bridge ${options.name}` };
}

export interface VethOptions {
  /** The end that stays in the namespace of the socket. */
  readonly name: string;
  /** Index of the bridge that end becomes a port of. */
  readonly master?: number;
  readonly mtu?: number;
  readonly peer: {
    readonly name: string;
    readonly mac?: string;
    /** fd of the namespace in which the other end is made. Moving it there afterwards would wait for the kernel's RCU: 25-40 ms. */
    readonly namespace: number;
  };
}

/**
 * A veth pair, its peer made inside another namespace, and the near end made a port of a bridge and up at once. (The
 * peer can't be made up: at that moment it has no partner, and the kernel answers ENOTCONN.)
 */
export function newVeth(options: VethOptions): NetlinkRequest {
  const writer = interfaceHeader(new Writer(), 0, IFF_UP, IFF_UP);
  const bothEnds = (): void => {
    if (options.mtu !== undefined) writer.attributeU32(IFLA_MTU, options.mtu);
    // Else one queue of each kind for every CPU, each an object in sysfs, and all but the first switched off: 0.25 ms for two CPUs.
    writer.attributeU32(IFLA_NUM_TX_QUEUES, 1).attributeU32(IFLA_NUM_RX_QUEUES, 1);
  };
  writer.attributeString(IFLA_IFNAME, options.name);
  bothEnds();
  if (options.master !== undefined) writer.attributeU32(IFLA_MASTER, options.master);
  writer.container(IFLA_LINKINFO, () => {
    writer.attribute(IFLA_INFO_KIND, Buffer.from('veth'));
    writer.container(IFLA_INFO_DATA, () =>
      writer.container(VETH_INFO_PEER, () => {
        interfaceHeader(writer, 0, 0, 0);
        if (options.peer.mac !== undefined) writer.attribute(IFLA_ADDRESS, macBytes(options.peer.mac));
        bothEnds();
        writer.attributeU32(IFLA_NET_NS_FD, options.peer.namespace);
        writer.attributeString(IFLA_IFNAME, options.peer.name);
      }),
    );
  });
  const port = options.master === undefined ? '' : ', a port of the bridge';
  const words = `veth ${options.name}${port}, with its peer ${options.peer.name} in the container's namespace`;
  return { name: 'RTM_NEWLINK', type: RTM_NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: writer.take(), words };
}

/** An interface by its name or index. */
export type LinkReference = string | number;

function linkChange(link: LinkReference, flags: number, words: string, write: (writer: Writer) => void = () => {}): NetlinkRequest {
  const writer = interfaceHeader(new Writer(), typeof link === 'number' ? link : 0, flags, flags);
  if (typeof link === 'string') writer.attributeString(IFLA_IFNAME, link);
  write(writer);
  return { name: 'RTM_NEWLINK', type: RTM_NEWLINK, flags: 0, body: writer.take(), words };
}

const called = (link: LinkReference): string => (typeof link === 'number' ? `interface ${link}` : link);

export const setLinkUp = (link: LinkReference): NetlinkRequest => linkChange(link, IFF_UP, `${called(link)} up`);

export function setLinkMaster(link: LinkReference, master: number): NetlinkRequest {
  return linkChange(link, 0, `${called(link)} a port of interface ${master}`, (writer) => writer.attributeU32(IFLA_MASTER, master));
}

export function setLinkMtu(link: LinkReference, mtu: number): NetlinkRequest {
  return linkChange(link, 0, `mtu ${mtu} for ${called(link)}`, (writer) => writer.attributeU32(IFLA_MTU, mtu));
}

export function setLinkAddress(link: LinkReference, mac: string): NetlinkRequest {
  return linkChange(link, 0, `address ${mac} for ${called(link)}`, (writer) => writer.attribute(IFLA_ADDRESS, macBytes(mac)));
}

/** Rename an interface, which must be down. */
export function renameLink(index: number, name: string): NetlinkRequest {
  return linkChange(index, 0, `name ${name} for interface ${index}`, (writer) => writer.attributeString(IFLA_IFNAME, name));
}

/** Let a bridge's port send back what came from it: a container that reaches itself through a published port. */
export function setHairpin(link: LinkReference): NetlinkRequest {
  return linkChange(link, 0, `hairpin mode for ${called(link)}`, (writer) =>
    writer.container(IFLA_LINKINFO, () => {
      writer.attribute(IFLA_INFO_SLAVE_KIND, Buffer.from('bridge'));
      writer.container(IFLA_INFO_SLAVE_DATA, () => writer.attributeU8(IFLA_BRPORT_MODE, 1));
    }),
  );
}

/** Give an interface no IPv6 address of its own making. */
export function noAutomaticIpv6(link: LinkReference): NetlinkRequest {
  return linkChange(link, 0, `no link-local IPv6 address for ${called(link)}`, (writer) =>
    writer.container(IFLA_AF_SPEC, () =>
      writer.container(AF_INET6, () => writer.attributeU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE)),
    ),
  );
}

/** Remove an interface; of a veth both ends. */
export function deleteLink(link: LinkReference): NetlinkRequest {
  return { ...linkChange(link, 0, `remove ${called(link)}`), name: 'RTM_DELLINK', type: RTM_DELLINK };
}

/** Ask for one interface; ENODEV where there is none. */
export function getLink(link: LinkReference): NetlinkRequest {
  const writer = interfaceHeader(new Writer(), typeof link === 'number' ? link : 0, 0, 0);
  if (typeof link === 'string') writer.attributeString(IFLA_IFNAME, link);
  writer.attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { name: 'RTM_GETLINK', type: RTM_GETLINK, flags: 0, body: writer.take(), words: called(link) };
}

/** Ask for lo of another namespace, by its number here; EINVAL where nothing has that namespace any more. */
export function getLoopbackOf(namespace: number): NetlinkRequest {
  const body = interfaceHeader(new Writer(), 1, 0, 0).attributeU32(IFLA_TARGET_NETNSID, namespace).take();
  return { name: 'RTM_GETLINK', type: RTM_GETLINK, flags: 0, body, words: `lo of namespace ${namespace}` };
}

/** Ask for all interfaces: to be dumped. */
export function getLinks(): NetlinkRequest {
  const writer = interfaceHeader(new Writer(), 0, 0, 0).attributeU32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return { name: 'RTM_GETLINK', type: RTM_GETLINK, flags: 0, body: writer.take(), words: 'all interfaces' };
}

/** Read an RTM_NEWLINK; undefined for any other message. */
export function parseLink(message: NetlinkMessage): Link | undefined {
  if (message.type !== RTM_NEWLINK || message.body.length < 16) return undefined;
  const attributes = readAttributes(message.body, 16);
  const flags = message.body.readUInt32LE(8);
  const info = attributes.get(IFLA_LINKINFO);
  return {
    index: message.body.readInt32LE(4),
    name: readString(attributes.get(IFLA_IFNAME)),
    up: (flags & IFF_UP) !== 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    mtu: readU32(attributes.get(IFLA_MTU)) ?? 0,
    mac: formatMac(attributes.get(IFLA_ADDRESS) ?? new Uint8Array()),
    master: readU32(attributes.get(IFLA_MASTER)),
    kind: info === undefined ? '' : readString(readAttributes(info, 0).get(IFLA_INFO_KIND)),
    peerNamespace: readU32(attributes.get(IFLA_LINK_NETNSID)),
  };
}
