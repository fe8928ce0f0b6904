/** `linux.seccomp` of the OCI runtime specification. Source: runtime-spec 1.2, config-linux.md. */

/** One comparison with an argument of a call. */
export interface SeccompArgument {
  /** 0 to 5. */
  index: number;
  /** 64 bits without sign: a number is exact to 2^53, a bigint to the end. */
  value: number | bigint;
  /** For SCMP_CMP_MASKED_EQ: what the masked argument must equal; `value` is the mask. */
  valueTwo?: number | bigint | undefined;
  /** SCMP_CMP_… */
  op: string;
}

export interface SeccompSyscall {
  names: readonly string[];
  /** SCMP_ACT_… */
  action: string;
  errnoRet?: number | undefined;
  args?: readonly SeccompArgument[] | undefined;
}

export interface LinuxSeccomp {
  /** SCMP_ACT_… */
  defaultAction: string;
  defaultErrnoRet?: number | undefined;
  /** SCMP_ARCH_… */
  architectures?: readonly string[] | undefined;
  /** SECCOMP_FILTER_FLAG_… */
  flags?: readonly string[] | undefined;
  listenerPath?: string | undefined;
  listenerMetadata?: string | undefined;
  syscalls?: readonly SeccompSyscall[] | undefined;
}
