/** Linux capabilities by name, as `process.capabilities` spells them. Source: capabilities(7), linux/capability.h (6.18). */

/** All names, each at the index of its bit. */
export const CAPABILITY_NAMES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

/** The bit of a capability (`CAP_CHOWN` is 0); undefined for a name that is none. */
export function capabilityBit(name: string): number | undefined {
  const bit = CAPABILITY_NAMES.indexOf(name);
  return bit === -1 ? undefined : bit;
}

/** The names of the capabilities in a mask, in the order of their bits; bits without a name are left out. */
export function capabilityNames(mask: bigint): string[] {
  return CAPABILITY_NAMES.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n);
}

/**
 * The mask of one of the `Cap…` lines of /proc/PID/status, e.g. `boundingSet` of `CapBnd`.
 *
 * @param status the whole text of the file
 * @returns undefined where there is no such line
 */
export function capabilityMaskOf(status: string, line: 'CapInh' | 'CapPrm' | 'CapEff' | 'CapBnd' | 'CapAmb'): bigint | undefined {
  const hex = new RegExp(`^${line}:\\s*([0-9a-f]+)$`, 'mi').exec(status)?.[1];
  return hex === undefined ? undefined : BigInt(`0x${hex}`);
}
