/** Questions need no root, so that the real kernel answers these. */
import test from 'ava';
import { getAddresses, parseAddress } from '../../../src/kernel/netlink/addresses.ts';
import { getLink, getLinks, parseLink, setLinkUp } from '../../../src/kernel/netlink/links.ts';
import { NETLINK_ROUTE } from '../../../src/kernel/netlink/message.ts';
import { NetlinkSocket } from '../../../src/kernel/netlink/socket.ts';
import { setTraceListener, type TraceEvent } from '../../../src/kernel/trace.ts';
import { isTsrunError } from '../../../src/model/errors.ts';

test.serial('a question is answered; one after nothing with an error', (t) => {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const [loopback, nothing, again] = socket.ask([getLink('lo'), getLink('nosuchlink'), getLink(1)]);
  t.like(loopback !== undefined && 'message' in loopback ? parseLink(loopback.message) : undefined, {
    index: 1,
    name: 'lo',
    loopback: true,
  });
  t.deepEqual(nothing !== undefined && 'error' in nothing ? nothing.error.errno : undefined, 19);
  t.true(again !== undefined && 'message' in again);
});

test.serial('a dump has all, and the socket can be used again', (t) => {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const links = socket.dump(getLinks()).map(parseLink);
  t.true(links.some((link) => link?.name === 'lo'));
  const addresses = socket.dump(getAddresses()).map(parseAddress);
  t.true(addresses.every((address) => address !== undefined));
  t.is(socket.dump(getLinks()).length, links.length);
});

test.serial('a refused change is an error with call, errno and what was tried', (t) => {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const error = t.throws(() => socket.perform([setLinkUp('nosuchlink')]));
  t.true(isTsrunError(error));
  const expected = process.getuid?.() === 0 ? 'ENODEV' : 'EPERM';
  t.like(error, { call: 'RTM_NEWLINK', errno: expected });
  t.regex(error?.message ?? '', /^nosuchlink up: RTM_NEWLINK failed with E/);
});

test.serial('every request is told to the listener', (t) => {
  const heard: TraceEvent[] = [];
  setTraceListener((event) => heard.push(event));
  try {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    socket.ask([getLink('lo'), getLink(1)]);
  } finally {
    setTraceListener(undefined);
  }
  t.like(heard, [
    { type: 'call', call: 'RTM_GETLINK', words: 'lo' },
    { type: 'call', call: 'RTM_GETLINK', words: 'interface 1' },
  ]);
});
