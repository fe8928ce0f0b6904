/** A netlink socket: requests go out in one send, acks are read once, and what failed is said in the kernel's words. */
import { closeSync } from 'node:fs';
import { TsrunError } from '../../model/errors.ts';
import { errnoName, errnoSentence } from '../errno.ts';
import { native } from '../native.ts';
import { isTracing, traceTimedCall } from '../trace.ts';
import {
  decodeAcknowledgement,
  decodeMessages,
  encodeRequests,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
  NLMSG_NOOP,
  type Acknowledgement,
  type NetlinkMessage,
  type NetlinkRequest,
} from './message.ts';

/** What a question was answered with. */
export type Answer = { readonly message: NetlinkMessage } | { readonly error: Acknowledgement };

/** A dump that other changes disturb is asked for again, this often. */
const DUMP_ATTEMPTS = 5;

/** Owns its descriptor: `close` it, or use `using`. */
export class NetlinkSocket {
  readonly #descriptor: number;
  #sequence = 1;
  #closed = false;

  /** Takes over a descriptor from `native().openNetlink` or `finishNetworkNamespace`. */
  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** Open one in our network namespace, or in that which `namespace` (an fd) refers to. */
  static open(protocol: number, namespace?: number): NetlinkSocket {
    return new NetlinkSocket(namespace === undefined ? native().openNetlink(protocol) : native().openNetlink(protocol, namespace));
  }

  close(): void {
    if (!this.#closed) closeSync(this.#descriptor);
    this.#closed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Make changes, all in one send. The kernel goes on after one that fails; the first failure is thrown when all are
   * done. Only the last asks for an ack: failures are told anyway.
   * @throws TsrunError KERNEL or PERMISSION with the call, errno and the kernel's explanation.
   */
  perform(requests: readonly NetlinkRequest[]): void {
    const last = requests.length - 1;
    const first = this.#send(requests, (index) => index === last);
    let failure: TsrunError | undefined;
    for (let done = last < 0; !done;) {
      for (const message of this.#receive()) {
        const index = message.sequence - first;
        const request = requests[index];
        if (message.type !== NLMSG_ERROR || request === undefined) continue;
        const acknowledgement = decodeAcknowledgement(message);
        if (acknowledgement.errno !== 0) failure ??= requestFailed(request, acknowledgement);
        if (index === last) done = true;
      }
    }
    this.#report(requests);
    if (failure !== undefined) throw failure;
  }

  /**
   * nf_tables changes as one transaction: all count, or none (and the first failure is thrown). `begin` and `end` wrap
   * them; the end's ack comes when everything else is decided.
   */
  performBatch(begin: NetlinkRequest, requests: readonly NetlinkRequest[], end: NetlinkRequest): void {
    const all = [begin, ...requests, end];
    const lastChange = all.length - 2;
    const first = this.#send(all, (index) => index === lastChange);
    let failure: TsrunError | undefined;
    for (let done = false; !done;) {
      for (const message of this.#receive()) {
        const index = message.sequence - first;
        const request = all[index];
        if (message.type !== NLMSG_ERROR || request === undefined) continue;
        const acknowledgement = decodeAcknowledgement(message);
        if (acknowledgement.errno !== 0) failure ??= requestFailed(request, acknowledgement);
        // A refused batch (no permission, no module) is answered at its beginning; else the last change is acknowledged.
        if (index === lastChange || index === 0 || index === lastChange + 1) done = true;
      }
    }
    this.#report(requests);
    if (failure !== undefined) throw failure;
  }

  /** Ask for single objects, all in one send; the answers come in the order of the questions. */
  ask(requests: readonly NetlinkRequest[]): Answer[] {
    const first = this.#send(requests, () => false);
    const answers: Answer[] = [];
    let count = 0;
    while (count < requests.length) {
      for (const message of this.#receive()) {
        const index = message.sequence - first;
        if (index < 0 || index >= requests.length || answers[index] !== undefined) continue;
        answers[index] = message.type === NLMSG_ERROR ? { error: decodeAcknowledgement(message) } : { message };
        count += 1;
      }
    }
    this.#report(requests);
    return answers;
  }

  /** Ask for all objects of a kind. */
  dump(request: NetlinkRequest): NetlinkMessage[] {
    for (let attempt = 1; ; attempt += 1) {
      const { messages, disturbed } = this.#dumpOnce({ ...request, flags: request.flags | NLM_F_DUMP });
      if (!disturbed || attempt === DUMP_ATTEMPTS) return messages;
    }
  }

  #dumpOnce(request: NetlinkRequest): { messages: NetlinkMessage[]; disturbed: boolean } {
    const first = this.#send([request], () => false);
    const messages: NetlinkMessage[] = [];
    let disturbed = false;
    for (let done = false; !done;) {
      for (const message of this.#receive()) {
        if (message.sequence !== first || message.type === NLMSG_NOOP) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) disturbed = true;
        if (message.type !== NLMSG_DONE && message.type !== NLMSG_ERROR) {
          messages.push(message);
          continue;
        }
        done = true;
        const acknowledgement = decodeAcknowledgement(message);
        if (acknowledgement.errno !== 0) throw requestFailed(request, acknowledgement);
      }
    }
    this.#report([request]);
    return { messages, disturbed };
  }

  #began = 0n;

  #send(requests: readonly NetlinkRequest[], acknowledge: (index: number) => boolean): number {
    const first = this.#sequence;
    this.#sequence += requests.length;
    if (isTracing()) this.#began = process.hrtime.bigint();
    if (requests.length > 0) native().netlinkSend(this.#descriptor, encodeRequests(requests, first, acknowledge));
    return first;
  }

  #receive(): NetlinkMessage[] {
    return decodeMessages(native().netlinkReceive(this.#descriptor));
  }

  /** Tell `--explain`: what went out in one send was timed as one, so the last of it carries the time. */
  #report(requests: readonly NetlinkRequest[]): void {
    if (!isTracing()) return;
    const microseconds = Number(process.hrtime.bigint() - this.#began) / 1000;
    requests.forEach((request, index) => traceTimedCall(request.name, request.words, index === requests.length - 1 ? microseconds : 0));
  }
}

/** The error of a request that the kernel refused. */
export function requestFailed(request: NetlinkRequest, { errno, text }: Acknowledgement): TsrunError {
  const name = errnoName(errno);
  const denied = name === 'EPERM' || name === 'EACCES';
  const why = text === '' ? errnoSentence(errno) : text;
  return new TsrunError(denied ? 'PERMISSION' : 'KERNEL', `${request.words}: ${request.name} failed with ${name}: ${why}`, {
    call: request.name,
    errno: name,
    hint: denied ? 'the network needs root (CAP_NET_ADMIN)' : undefined,
  });
}

/** Whether the kernel refused a request with this errno name. */
export function failedWith(error: unknown, ...names: string[]): error is TsrunError {
  return error instanceof TsrunError && error.errno !== undefined && names.includes(error.errno);
}
