/**
 * The one interface to the native core. Every function is one system call or nearly so; none decides anything. They
 * throw errors like Node's own ({code: 'ENOENT', errno, syscall, path, dest}). Where the addon is loaded from is known
 * here and nowhere else; it is loaded on first use.
 */
import { fileURLToPath } from 'node:url';

/** What a started monitor told, or what the first failing operation was. */
export type StartReport =
  /** `pid` is PID 1 as the host sees it; `timings` holds microseconds from the clone to the end of each operation, `before` first. */
  | { type: 'started'; pid: number; startTime: bigint; timings: { before: number[]; clone: number; child: number[] } }
  | { type: 'failed'; list: 'before' | 'clone' | 'child'; index: number; errno: number }
  /** The monitor ended without a word (killed). */
  | { type: 'lost' };

/** How an attached session ended. */
export type AttachResult = (
  | /** `status` is a wait(2) status in Docker's form: the exit code, or 128 + signal. */
    { type: 'exited'; status: number; oomKilled: boolean }
  | { type: 'detached' }
  | { type: 'lost' }
) & {
  /** Bytes of output that this client missed: it took nothing for ten seconds while other clients waited for it. */
  skipped?: number;
};

/** How a log is written; the numbers are those of native/monitor/log.h. */
export type LogWriter = 'json-file' | 'local' | 'journald';

export interface MonitorOptions {
  /** Log file to append to, or the journal's socket; none where it is undefined. */
  logPath?: string;
  /** `json-file` where it is undefined. */
  logDriver?: LogWriter;
  /** What every record carries: `attrs` of a json-file as JSON, fields of the journal in its native form. */
  logFields?: Uint8Array;
  /** Rotation: bytes in a file and number of files; 0 is never. */
  logMaxSize?: number;
  logMaxFiles?: number;
  /**
   * Program and arguments that compress a file which was rotated away, from stdin to stdout; it is kept as it is where this is undefined.
   * It succeeded when all of it is on the disk.
   */
  logCompress?: readonly string[];
  /** Where started.json is written (atomically) when PID 1 runs: {pid, startTime, monitorPid, startedAt}. Nowhere for an exec. */
  startedPath?: string;
  /** Where exit.json is written (atomically, fsync'd) at the end: {status, signal, oomKilled, finishedAt}. Nowhere for an exec. */
  exitPath?: string;
  /** Unix socket to listen on for attach, resize, signal, wait; none where it is undefined. */
  socketPath?: string;
  /** Whether PID 1 gets a pty (else pipes). */
  terminal: boolean;
  /** Whether stdin is a pipe held open for clients (else /dev/null, or with a terminal: nothing is sent). */
  openStdin: boolean;
  /** Close stdin when the first attached client's ends (Docker's StdinOnce). */
  stdinOnce: boolean;
  /** Kill the program when the client that started it goes without detaching: an exec in the foreground. */
  followsClient?: boolean;
  /** Files whose OOM-kill count tells of an OOM: `memory.events` (v2) or `memory.oom_control` (v1). */
  oomPath?: string;
  /**
   * Program and arguments to run at the end where no client claims the clean-up: tsrun's own reclaim. It finds the exit code, or 128 +
   * signal, in its environment as TSRUN_EXIT_STATUS; nothing, where the program never ran.
   */
  reclaim?: readonly string[];
}

export interface AttachOptions {
  /** Control socket (from `spawnMonitor` or `connectMonitor`). Stays the caller's. */
  control: number;
  /** fds to copy from and to; -1 is not attached. */
  stdin: number;
  stdout: number;
  stderr: number;
  /** Put `stdin` in raw mode (restored on any return, and on SIGTERM/SIGHUP), follow its window size, watch for `detachKeys`. */
  terminal: boolean;
  /** Have a terminal's program draw its screen anew, by a change of its size: for one that was there before. */
  redraw?: boolean;
  /** Bytes of the detach sequence; empty is none. */
  detachKeys: Uint8Array;
  /** Send signals we get to PID 1 (not SIGCHLD, SIGPIPE, SIGURG, SIGWINCH). */
  signalProxy: boolean;
  /** Tell the monitor that this client will reclaim when PID 1 ends. */
  claimCleanup: boolean;
  /** Told of each size that the container's terminal is given. */
  resized?: (rows: number, columns: number) => void;
}

/** What only `finishNetworkNamespace` understands. */
export interface NamespaceInMaking {
  readonly [inMaking]: never;
}
/** What only `finishMonitor` understands. */
export interface MonitorInMaking {
  readonly [inMaking]: never;
}
/** What only `finishDirectories` understands. */
export interface DirectoriesInMaking {
  readonly [inMaking]: never;
}
declare const inMaking: unique symbol;

export interface NativeCore {
  // processes
  /**
   * Start the monitor executable at `executable` from a sealed memfd copy (CVE-2019-5736), as a grandchild in a session of its own, which
   * waits for its plan. /proc/PID/cmdline shows it as `tsrun-monitor ID [EXEC-ID]`. It is born in the cgroup of the directory `cgroup`,
   * so that it doesn't end with our service or session; where that can't be, in ours. Returns our end of the control socket.
   */
  spawnMonitor(executable: string, id: string, execId: string | undefined, cgroup: number | undefined): number;
  /** Have a thread do so; `cgroup` stays open until it is finished. */
  beginMonitor(executable: string, id: string, execId: string | undefined, cgroup: number | undefined): MonitorInMaking;
  /** Wait for it, once: our end of its control socket, and how long it took. Throws what went wrong. One that is never finished is given up. */
  finishMonitor(making: MonitorInMaking): { control: number; microseconds: number };
  /** Give a monitor that waits for it its encoded plan, and `handles` (at most 249 fds, in slot order as encoded). */
  handOver(control: number, plan: Uint8Array, handles: readonly number[]): void;
  /** Block until the monitor says started, failed, or dies. Interrupted by nothing. */
  awaitStarted(control: number): StartReport;
  /** Copy between our streams and the container's until it ends or the client detaches; blocks in one poll loop. */
  attach(options: AttachOptions): AttachResult;
  connectMonitor(path: string): number;
  /** Ask a monitor for one thing and wait for its answer. */
  signalContainer(control: number, signal: number): void;
  /** Tell the monitor that this client will reclaim when PID 1 ends, as long as `control` is open. Whether it heard: false where PID 1 has ended. */
  claimCleanup(control: number): boolean;
  /** Block, at most `timeoutMs`, until the monitor is gone and its lock is free; whether it is. What it still says is dropped. */
  awaitMonitorEnd(control: number, timeoutMs: number): boolean;
  resizeTerminal(control: number, rows: number, columns: number): void;
  /** Let a plan that waits at its break point (TSRUN_BREAK=plan:LIST:INDEX) go on. */
  releaseBreak(control: number): void;
  /** Block until PID 1 ends (or the monitor dies), at most `timeoutMs` (-1: for ever). undefined on time-out. */
  awaitExit(control: number, timeoutMs: number): AttachResult | undefined;
  pidfdOpen(pid: number): number;
  pidfdSendSignal(pidfd: number, signal: number): void;
  /** Block until the process of `pidfd` ends, at most `timeoutMs`. */
  pidfdWait(pidfd: number, timeoutMs: number): boolean;
  /** Block until one of `fds` can be read (a pidfd: its process has ended), at most `timeoutMs` (-1: for ever). Which can; one of -1 never. */
  pollReadable(fds: readonly number[], timeoutMs: number): boolean[];
  /** poll(2): whether reading `fd` would not wait. */
  isReadable(fd: number): boolean;
  /** Whether what a file of /proc that can be polled tells (mountinfo) changed since it was opened, or since this was last asked. */
  hasChanged(fd: number): boolean;
  /** _exit(2). */
  exitNow(status: number): never;
  // namespaces
  /**
   * Have a thread make a network namespace, and open an rtnetlink socket inside it. `settings` are written there first, before there is
   * any interface: a path below /proc/sys/net and its value, alternately. What is never finished is closed when it is collected.
   */
  beginNetworkNamespace(settings: readonly string[]): NamespaceInMaking;
  /** Wait for it: the descriptors of both, which are the caller's now, and how long it took the thread. Once only; throws what went wrong. */
  finishNetworkNamespace(making: NamespaceInMaking): { namespace: number; route: number; microseconds: number };
  /** A NETLINK_ROUTE (0) or NETLINK_NETFILTER (12) socket in our namespace, or in that of `namespace`. Blocking, with extended acks. */
  openNetlink(protocol: number, namespace?: number): number;
  /** Send `request`, receive one datagram into a fresh buffer (all of it, however long). */
  netlinkSend(socket: number, request: Uint8Array): void;
  netlinkReceive(socket: number): Uint8Array;
  /** unshare(2)/setns(2) on a thread of their own, for lessons and tests: runs nothing, reports whether it worked. */
  tryUnshare(flags: number): void;
  // files and mounts
  /** flock(2): true when got, false when another holds it (with LOCK_NB). */
  flock(fd: number, operation: number): boolean;
  openat2(directory: number, path: string | Uint8Array, flags: number, mode: number, resolve: number): number;
  /** An overlay as a detached mount fd, mounted on a thread with a mount namespace of its own: read it through /proc/self/fd. `lower` from top to bottom, relative to `directory`. */
  overlayMount(directory: string, lower: readonly string[], upper: string | undefined, work: string | undefined, options: string): number;
  /** open_tree(2) with OPEN_TREE_CLONE: a detached mount of what is at `path`, with what is mounted below it where `recursive`. */
  openTree(path: string | Uint8Array, recursive: boolean): number;
  /** A detached mount of a directory in a process's mount namespace, and of nothing that is mounted below it. No link on the way to `path` is followed. */
  cloneMount(pidfd: number, path: string): number;
  /** move_mount(2): attach a detached mount at `path`, in the calling thread's mount namespace. */
  moveMount(mount: number, path: string | Uint8Array): void;
  /** mount_setattr(2): make a detached mount read-only, and all below it. */
  mountReadOnly(mount: number): void;
  /** Remove a tree by descriptors, whatever its depth, never crossing a mount or following a link. A missing one is fine. */
  removeTree(path: string): void;
  /** Have a thread make directories with `mode`, whatever the umask. What is never finished is awaited when it is collected. */
  beginDirectories(paths: readonly string[], mode: number): DirectoriesInMaking;
  /** Wait for it: those that were made, and how long each took. */
  finishDirectories(making: DirectoriesInMaking): { path: string; microseconds: number }[];
  lsetxattr(path: string | Uint8Array, name: string, value: Uint8Array): void;
  lgetxattr(path: string | Uint8Array, name: string): Uint8Array | undefined;
  llistxattr(path: string | Uint8Array): string[];
  mknod(path: string | Uint8Array, mode: number, major: number, minor: number): void;
  /** utimensat(2) with AT_SYMLINK_NOFOLLOW; seconds and nanoseconds. */
  lutimens(path: string | Uint8Array, atimeSec: number, atimeNsec: number, mtimeSec: number, mtimeNsec: number): void;
  /** Confine the *calling thread* (a worker made for it): unshare(CLONE_FS), chroot(path), chdir("/"), umask(0). Throws on Node's main thread. */
  confineThread(path: string): void;
  /** The same by a directory's descriptor, also for a thread that is confined to another one: fchdir(directory), chroot("."). */
  confineThreadAt(directory: number): void;
  /** Give the *calling thread* (a worker made for it) a mount namespace of its own, private: what it mounts, nobody sees. */
  isolateMounts(): void;
  /** BPF_PROG_LOAD of a cgroup-device program and BPF_PROG_ATTACH to the cgroup directory. */
  attachDeviceFilter(cgroup: number, program: Uint8Array): void;
  umount(path: string, flags: number): void;
  // terminals
  isTerminal(fd: number): boolean;
  windowSize(fd: number): { rows: number; columns: number };
  /** A pty pair, for tests: CLOEXEC master and slave path. */
  openPty(): { master: number; slave: string };
  // odds and ends
  randomBytes(length: number): Uint8Array;
  dup(fd: number): number;
  /** pipe2(2): both ends close on exec, and block. */
  pipe(): { read: number; write: number };
  /**
   * Let go of all pages of files that are mapped, can't be written and were not changed: MADV_DONTNEED on the mappings in /proc/self/smaps
   * (proc_pid_smaps(5)). They come back from the page cache when they are touched.
   */
  releaseFilePages(): void;
  /** The text of a file of Latin-1 letters, mapped for as long as the process lives: what is not read of it costs nothing. */
  mapLatin1(path: string): string;
  /** The bytes of a file, mapped likewise. They can't be written: to try is SIGSEGV. */
  mapBytes(path: string): Buffer;
}

declare const TSRUN_BUNDLE: boolean | undefined;
/** The native core where `loader.cjs` has loaded it already. */
declare const __tsrunCore: NativeCore | undefined;

let loaded: NativeCore | undefined = typeof __tsrunCore === 'undefined' ? undefined : __tsrunCore;

/** The native core, loaded on first use. */
export function native(): NativeCore {
  if (loaded === undefined) {
    // The bundle lies in dist/, this file in src/kernel/; both know the build folder from where they are.
    const bundled = typeof TSRUN_BUNDLE !== 'undefined' && TSRUN_BUNDLE;
    const relative = bundled ? '../build/tsrun.node' : '../../build/tsrun.node';
    // What `require` does in the end, without its search for package.json files, and without loading node:module for it.
    const addon = { exports: {} };
    process.dlopen(addon, fileURLToPath(new URL(relative, import.meta.url)));
    loaded = addon.exports as NativeCore;
  }
  return loaded;
}

/**
 * End this process now. Node's own way out (exit handlers, joining its idle threads, taking V8 apart) costs milliseconds; the
 * kernel does all that matters.
 */
export function leave(code: number): never {
  if (loaded !== undefined) loaded.exitNow(code);
  return (process as NodeJS.Process & { reallyExit(code: number): never }).reallyExit(code);
}

/** Path of the monitor executable that the native build made. */
export const monitorExecutable = (): string => executable('tsrun-monitor');

/** Path of what waits for a restart: `tsrun-after MILLISECONDS FILE PROGRAM [ARGUMENT...]`. */
export const afterExecutable = (): string => executable('tsrun-after');

function executable(name: string): string {
  const bundled = typeof TSRUN_BUNDLE !== 'undefined' && TSRUN_BUNDLE;
  return fileURLToPath(new URL(`${bundled ? '..' : '../..'}/build/${name}`, import.meta.url));
}
