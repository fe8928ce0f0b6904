/** System call names and numbers, by ABI. The tables are unpacked when they are first asked for. */
import { AARCH64, ARM, COMMON, ONLY_64, X32, X86, X86_64 } from './syscall-tables.ts';
import type { Processor, SeccompAbi } from './types.ts';

/** Set in every number of an x32 call; x32 shares its AUDIT_ARCH with x86_64. */
export const X32_BIT = 0x40000000;
/** Calls of 32-bit arm itself (set_tls …) begin here, far from the others. */
export const ARM_PRIVATE = 0xf0000;

/** What a filter must know of an ABI. */
export interface AbiFacts {
  /** AUDIT_ARCH_* as the kernel puts it into struct seccomp_data. */
  audit: number;
  /** Width of an argument. */
  bits: 32 | 64;
  processor: Processor;
}

export const ABIS: Readonly<Record<SeccompAbi, AbiFacts>> = {
  SCMP_ARCH_X86_64: { audit: 0xc000003e, bits: 64, processor: 'amd64' },
  SCMP_ARCH_X32: { audit: 0xc000003e, bits: 64, processor: 'amd64' },
  SCMP_ARCH_X86: { audit: 0x40000003, bits: 32, processor: 'amd64' },
  SCMP_ARCH_AARCH64: { audit: 0xc00000b7, bits: 64, processor: 'arm64' },
  SCMP_ARCH_ARM: { audit: 0x40000028, bits: 32, processor: 'arm64' },
};

/** The ABI that a processor's own programs use. */
export const NATIVE_ABI: Readonly<Record<Processor, SeccompAbi>> = { amd64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64' };

function unpack(into: Map<string, number>, text: string, base = 0): Map<string, number> {
  let number = 0;
  for (const word of text.split(/\s+/)) {
    if (word === '') continue;
    if (word.startsWith('=')) number = Number(word.slice(1));
    else into.set(word, base + number++);
  }
  return into;
}

function makeTable(abi: SeccompAbi): Map<string, number> {
  const table = new Map<string, number>();
  switch (abi) {
    case 'SCMP_ARCH_X86_64':
      return unpack(unpack(table, X86_64), COMMON);
    case 'SCMP_ARCH_X32':
      unpack(unpack(table, X86_64, X32_BIT), COMMON, X32_BIT);
      for (const name of ONLY_64.trim().split(/\s+/)) table.delete(name);
      return unpack(table, X32, X32_BIT);
    case 'SCMP_ARCH_X86':
      return unpack(unpack(table, X86), COMMON);
    case 'SCMP_ARCH_AARCH64':
      return unpack(unpack(table, AARCH64), COMMON);
    case 'SCMP_ARCH_ARM':
      return unpack(unpack(table, ARM), COMMON);
  }
}

const tables = new Map<SeccompAbi, Map<string, number>>();

/** Numbers of all calls of an ABI, by name. x32's have their bit set. */
export function syscallNumbers(abi: SeccompAbi): ReadonlyMap<string, number> {
  let table = tables.get(abi);
  if (table === undefined) {
    table = makeTable(abi);
    tables.set(abi, table);
  }
  return table;
}

/** socketcall(2) and ipc(2) of i386: calls that exist twice there, the second time as this first argument. */
export const MULTIPLEXED: Readonly<Record<'socketcall' | 'ipc', Readonly<Record<string, number>>>> = {
  socketcall: {
    socket: 1,
    bind: 2,
    connect: 3,
    listen: 4,
    accept: 5,
    getsockname: 6,
    getpeername: 7,
    socketpair: 8,
    send: 9,
    recv: 10,
    sendto: 11,
    recvfrom: 12,
    shutdown: 13,
    setsockopt: 14,
    getsockopt: 15,
    sendmsg: 16,
    recvmsg: 17,
    accept4: 18,
    recvmmsg: 19,
    sendmmsg: 20,
  },
  ipc: {
    semop: 1,
    semget: 2,
    semctl: 3,
    semtimedop: 4,
    msgsnd: 11,
    msgrcv: 12,
    msgget: 13,
    msgctl: 14,
    shmat: 21,
    shmdt: 22,
    shmget: 23,
    shmctl: 24,
  },
};
