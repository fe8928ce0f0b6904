/** What the seccomp files pass each other, beside the OCI types of `linux.seccomp`. */

/** Processor by its name in images and in Docker's profiles (Go's names). */
export type Processor = 'amd64' | 'arm64';

/** A system call ABI that a filter can meet, by its name in OCI configs. */
export type SeccompAbi = 'SCMP_ARCH_X86_64' | 'SCMP_ARCH_X86' | 'SCMP_ARCH_X32' | 'SCMP_ARCH_AARCH64' | 'SCMP_ARCH_ARM';

/** One comparison with an argument of a call. `value` is the mask and `valueTwo` the value for SCMP_CMP_MASKED_EQ. */
export interface SeccompArgument {
  index: number;
  /** 64 bits without sign. A number is exact to 2^53; a bigint to the end. */
  value: number | bigint;
  valueTwo?: number | bigint | undefined;
  op: string;
}

export interface SeccompRule {
  names: readonly string[];
  action: string;
  errnoRet?: number | undefined;
  args?: readonly SeccompArgument[] | undefined;
}

/** The `linux.seccomp` object of an OCI config.json (runtime-spec, config-linux.md). */
export interface SeccompConfig {
  defaultAction: string;
  defaultErrnoRet?: number | undefined;
  architectures?: readonly string[] | undefined;
  flags?: readonly string[] | undefined;
  listenerPath?: string | undefined;
  listenerMetadata?: string | undefined;
  syscalls?: readonly SeccompRule[] | undefined;
}

/** A filter as the plan's `seccomp` operation takes it: struct sock_filter, 8 bytes each, and SECCOMP_FILTER_FLAG_*. */
export interface SeccompFilter {
  filter: Uint8Array;
  flags: number;
}
