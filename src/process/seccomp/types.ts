/** What the seccomp files pass each other, beside the OCI types of `linux.seccomp`. */

import type { LinuxSeccomp, SeccompSyscall } from '../../oci-spec/seccomp.ts';

export type { SeccompArgument } from '../../oci-spec/seccomp.ts';
export type SeccompRule = SeccompSyscall;
/** The `linux.seccomp` object of an OCI config.json. */
export type SeccompConfig = LinuxSeccomp;

/** Processor by its name in images and in Docker's profiles (Go's names). */
export type Processor = 'amd64' | 'arm64';

/** A system call ABI that a filter can meet, by its name in OCI configs. */
export type SeccompAbi = 'SCMP_ARCH_X86_64' | 'SCMP_ARCH_X86' | 'SCMP_ARCH_X32' | 'SCMP_ARCH_AARCH64' | 'SCMP_ARCH_ARM';

/** A filter as the plan's `seccomp` operation takes it: struct sock_filter, 8 bytes each, and SECCOMP_FILTER_FLAG_*. */
export interface SeccompFilter {
  filter: Uint8Array;
  flags: number;
}
