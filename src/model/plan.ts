/**
 * A container's start as data. `process/compile-plan.ts` compiles a plan from an OCI `config.json`; `kernel/plan-encoding.ts`
 * turns it into the bytes that `native/plan.c` walks; `process/explain-plan.ts` puts it into words.
 *
 * A plan has two lists. `before` is walked by the monitor before it clones; `child` is walked by the new process, which
 * becomes PID 1 (or an exec's process). An operation is one system call or nearly so. The first that fails ends the
 * walk: the monitor reports {list, index, errno} and nothing of the container stays.
 *
 * A *slot* names a file descriptor: handed to the monitor with the plan (`PlanHandles`), or opened by an operation.
 * Every slot is CLOEXEC and closed by the monitor after the clone, so the container's program inherits 0, 1, 2 only.
 *
 * Paths are the walker's own: before `pivotRoot` they are host paths, after it they are confined by the kernel to the
 * container's root. That is why every mount whose target lies in the container comes after `pivotRoot`, with sources
 * opened before it (`openTree`).
 */

/** A file descriptor by name. */
export type Slot = string;

/** `kind` of the object that a mount target must be; made (with parents) where it is missing. */
export type TargetKind = 'directory' | 'file';

export type PlanOperation =
  // — namespaces and cgroups —
  /** setns(2) into the namespaces of `slot` (a namespace fd, or a pidfd with several flags). */
  | { op: 'setns'; slot: Slot; flags: number }
  /** unshare(2). */
  | { op: 'unshare'; flags: number }
  /** pidfd_open(2) of a host pid into `slot`. */
  | { op: 'openPidfd'; pid: number; slot: Slot }
  /** open(2) with O_CLOEXEC into `slot`: a namespace file, for instance. */
  | { op: 'open'; path: string; flags: number; slot: Slot }
  /** Wait until the monitor has written the child's uid_map and gid_map, then become 0:0 in the new user namespace. */
  | { op: 'awaitIdMaps' }
  /** open(O_WRONLY|flags), write all, close: cgroup.procs, sysctls, oom_score_adj. `data` may hold any bytes but is small. */
  | { op: 'writeFile'; path: string; data: string; flags?: number }
  // — the mount tree —
  /** mount(2). `target` is resolved by the kernel; with `kind` it is first made, in the root, where it is missing.
   *  `nofollow`: refuse a target whose last component is a symbolic link (proc, sys, dev: CVE-2019-19921). */
  | { op: 'mount'; source: string; target: string; type: string; flags: number; data: string; kind?: TargetKind; nofollow?: boolean }
  /** The root overlay: chdir(`directory`) so that `lower` names stay short, then mount("overlay", target, …). `lower` runs from top to bottom. */
  | {
      op: 'mountOverlay';
      target: string;
      directory: string;
      lower: readonly string[];
      upper?: string;
      work?: string;
      flags: number;
      options?: string;
    }
  /** open_tree(2) with OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC (and AT_RECURSIVE) of a host path into `slot`. */
  | { op: 'openTree'; path: string; recursive: boolean; slot: Slot }
  /** mount_setattr(2) on the mount in `slot`, or on `path`. `attributes` are MOUNT_ATTR_*, `propagation` MS_SHARED … or 0. */
  | { op: 'mountSetattr'; slot?: Slot; path?: string; set: number; clear: number; propagation: number; recursive: boolean }
  /** Make the target of that kind where it is missing (openat2, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), then move_mount(2) the
   *  detached mount of `slot` onto it. `kind` 'same' takes the kind of what the slot holds. */
  | { op: 'moveMount'; slot: Slot; target: string; kind: TargetKind | 'same' }
  /** pivot_root(2) onto `path` (which is a mount), with the old root stacked under it as the working directory. */
  | { op: 'pivotRoot'; path: string }
  /** umount2(".", MNT_DETACH) of the old root, then chdir("/"). */
  | { op: 'detachOldRoot' }
  /** Mask `path`: a file is covered by `slot` (a checked /dev/null), a directory by an empty read-only tmpfs. A missing path is skipped; a symbolic link is an error. */
  | { op: 'maskPath'; path: string; slot: Slot }
  /** Bind `path` on itself, read-only. A missing path is skipped; a symbolic link is an error. */
  | { op: 'readonlyPath'; path: string }
  /** Remount what is at `path` with these MS_ flags (bind remount). */
  | { op: 'remount'; path: string; flags: number }
  // — files —
  | { op: 'makeDirectory'; path: string; mode: number; parents: boolean; uid?: number; gid?: number }
  | { op: 'makeNode'; path: string; mode: number; major: number; minor: number; uid?: number; gid?: number }
  | { op: 'makeSymlink'; path: string; target: string }
  /** Open the device at `path` into `slot` after checking that it is the character device major:minor. */
  | { op: 'openDevice'; path: string; major: number; minor: number; slot: Slot }
  // — the process —
  | { op: 'setHostname'; name: string }
  | { op: 'setDomainname'; name: string }
  /** Bring `lo` up (a fresh network namespace with no other set-up). */
  | { op: 'loopbackUp' }
  /** setsid(2). */
  | { op: 'newSession' }
  /** keyctl(2) KEYCTL_JOIN_SESSION_KEYRING: the keyring of that name, or a new one, instead of the caller's. */
  | { op: 'joinSessionKeyring'; name: string }
  /** Open a pty in the container's own devpts, bind its slave on /dev/console, make it 0, 1, 2 and the controlling terminal, hand the master to the monitor.
   *  `console` false (an exec) leaves /dev/console alone. Its group stays that of the devpts, tty. */
  | { op: 'openTerminal'; console: boolean; rows: number; columns: number; uid: number }
  /** Make the pipes (or /dev/null for stdin) that the monitor prepared 0, 1, 2, owned by uid:gid. */
  | { op: 'useStreams'; uid: number; gid: number }
  | { op: 'setRlimit'; resource: number; soft: bigint; hard: bigint }
  /** Soft and hard limit become `value`; where the hard one may not be raised so far, the soft one becomes as high as it. */
  | { op: 'defaultRlimit'; resource: number; value: bigint }
  | { op: 'setOomScore'; score: number }
  | { op: 'setUmask'; mask: number }
  | { op: 'setPersonality'; persona: number }
  /** Drop from the bounding set every capability whose bit is not in `keep`. */
  | { op: 'limitBounding'; keep: bigint }
  /** PR_SET_KEEPCAPS, setgroups, setresgid, setresuid. */
  | { op: 'setUser'; uid: number; gid: number; groups: readonly number[] }
  /** capset(2), then the ambient set. */
  | { op: 'setCapabilities'; effective: bigint; permitted: bigint; inheritable: bigint; ambient: bigint }
  | { op: 'noNewPrivileges' }
  /** seccomp(2) SECCOMP_SET_MODE_FILTER with classic BPF (struct sock_filter, 8 bytes each, host order). */
  | { op: 'seccomp'; filter: Uint8Array; flags: number }
  /** chdir(2), made (0755, root) where it is missing if `create`; then getcwd must lie under the root (CVE-2024-21626). */
  | { op: 'changeDirectory'; path: string; create: boolean }
  /** PR_SET_PDEATHSIG, then exit if the parent is gone already. */
  | { op: 'parentDeathSignal'; signal: number }
  /** PR_SET_DUMPABLE. */
  | { op: 'setDumpable'; value: 0 | 1 }
  /** Stay as PID 1 that reaps and forwards signals (`--init`); a forked child goes on with the plan. Named `tsrun-init`. */
  | { op: 'forkInit' }
  /** Tell the monitor "created", then block until it is told to start (OCI create/start), reading `slot`. */
  | { op: 'awaitStart'; slot: Slot }
  /** close_range(3, ~0, CLOSE_RANGE_CLOEXEC), signals reset to default and unblocked, then execve each candidate in turn as execvp(3) would:
   *  ENOENT and ENOTDIR go on, EACCES is remembered, anything else ends. */
  | { op: 'execute'; candidates: readonly string[]; argv: readonly string[]; env: readonly string[] };

export type PlanOperationName = PlanOperation['op'];

/** What clone3(2) is asked for. */
export interface PlanClone {
  /** CLONE_NEW* flags. */
  flags: number;
  /** Slot of a cgroup v2 directory for CLONE_INTO_CGROUP. */
  cgroup?: Slot;
  /** Lines for /proc/PID/uid_map and gid_map, written by the monitor for a new user namespace. */
  uidMap?: string;
  gidMap?: string;
}

export interface Plan {
  before: readonly PlanOperation[];
  clone: PlanClone;
  child: readonly PlanOperation[];
}

/** File descriptors that the engine hands over with a plan, by slot name. */
export type PlanHandles = Readonly<Record<Slot, number>>;

/** Where a walk failed. `operation` is the plan's own entry. */
export interface PlanFailure {
  list: 'before' | 'clone' | 'child';
  index: number;
  errno: number;
  errnoName: string;
}
