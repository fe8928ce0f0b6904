/**
 * Our default profile: what a container's program may call. The facts are those of Docker's default profile (a test
 * compares them); they are told here by what the calls are for, and which of them a capability opens.
 */
import { hasCapability, kernelAtLeast, type Circumstances } from './circumstances.ts';
import type { Processor, SeccompAbi, SeccompArgument, SeccompConfig, SeccompRule } from './types.ts';

/** Calls that always may be made. */
const ALLOWED: readonly string[] = [
  // Network
  `accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64
   recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair`,
  // System V and POSIX message queues, semaphores and shared memory
  `ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64
   mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`,
  // Signals
  `alarm kill pause restart_syscall rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
   rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 sigprocmask
   sigreturn tgkill tkill`,
  // Time and timers
  `adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
   clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
   timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
   timerfd_gettime64 timerfd_settime timerfd_settime64 times`,
  // Waiting for events
  `_newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old
   eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
   io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit poll ppoll ppoll_time64 pselect6
   pselect6_time64 select`,
  // Memory
  `brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
   mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease
   remap_file_pages`,
  // Scheduling
  `getcpu getpriority ioprio_get ioprio_set rseq sched_get_priority_max sched_get_priority_min sched_getaffinity
   sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
   sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield setpriority`,
  // Processes and threads
  `execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake
   get_robust_list get_thread_area getpgid getpgrp getpid getppid getrlimit getrusage getsid gettid landlock_add_rule
   landlock_create_ruleset landlock_restrict_self pidfd_open pidfd_send_signal prctl prlimit64 riscv_hwprobe seccomp
   set_robust_list set_thread_area set_tid_address setpgid setrlimit setsid ugetrlimit uretprobe vfork wait4 waitid
   waitpid`,
  // Users, groups and capabilities
  `capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
   getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
   setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`,
  // Extended attributes
  `fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
   lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`,
  // File descriptors and their contents
  `_llseek cachestat close close_range copy_file_range creat dup dup2 dup3 fadvise64 fadvise64_64 fallocate fcntl
   fcntl64 fdatasync flock fsync ftruncate ftruncate64 getdents getdents64 ioctl lseek name_to_handle_at open openat
   openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readv sendfile sendfile64
   splice sync sync_file_range syncfs tee umask vmsplice write writev`,
  // Names, modes and times of files
  `access chdir chmod chown chown32 faccessat faccessat2 fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat
   fstat fstat64 fstatat64 fstatfs fstatfs64 futimesat getcwd lchown lchown32 link linkat listmount lstat lstat64
   mkdir mkdirat mknod mknodat newfstatat readlink readlinkat rename renameat renameat2 rmdir stat stat64 statfs
   statfs64 statmount statx symlink symlinkat truncate truncate64 unlink unlinkat utime utimensat utimensat_time64
   utimes`,
  // The machine
  `getrandom sysinfo uname`,
];

/** Calls that may be made with a capability. */
const WITH_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: 'bpf',
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_PERFMON: 'perf_event_open',
  CAP_SYS_ADMIN: `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd
    setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYSLOG: 'syslog',
};

/** Calls that only these processors know. */
const OF_PROCESSOR: Readonly<Record<Processor, string>> = {
  amd64: 'arch_prctl modify_ldt',
  arm64: 'arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2',
};

/** Before 4.8 ptrace could step around seccomp. */
const SINCE_4_8 = 'process_vm_readv process_vm_writev ptrace';

const SOCKET_RULES: readonly SeccompArgument[] = [
  // All address families but AF_ALG (38) and AF_VSOCK (40), which reach past the network namespace.
  { index: 0, op: 'SCMP_CMP_LT', value: 38 },
  { index: 0, op: 'SCMP_CMP_EQ', value: 39 },
  { index: 0, op: 'SCMP_CMP_GT', value: 40 },
];

/** PER_LINUX, PER_LINUX32, both with UNAME26, and the question what it is now. */
const PERSONALITIES: readonly number[] = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** CLONE_NEW* of clone(2), but for CLONE_NEWTIME, which clone(2) can't pass. */
const CLONE_NAMESPACES = 0x7e020000;

const ENOSYS = 38;

const ARCHITECTURES: Readonly<Record<Processor, readonly SeccompAbi[]>> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** The default profile for a container, as an OCI `linux.seccomp` object. */
export function defaultProfile(circumstances: Circumstances): SeccompConfig {
  const { processor, kernel } = circumstances;
  const allow = (names: string[], args?: SeccompArgument[]): SeccompRule => ({
    names,
    action: 'SCMP_ACT_ALLOW',
    ...(args === undefined ? {} : { args }),
  });

  const syscalls: SeccompRule[] = [allow([...ALLOWED.flatMap(words), ...words(OF_PROCESSOR[processor])])];
  if (kernelAtLeast(kernel, 4, 8)) syscalls.push(allow(words(SINCE_4_8)));
  for (const [capability, names] of Object.entries(WITH_CAPABILITY)) {
    if (hasCapability(circumstances, capability)) syscalls.push(allow(words(names)));
  }
  for (const argument of SOCKET_RULES) syscalls.push(allow(['socket'], [argument]));
  for (const value of PERSONALITIES) syscalls.push(allow(['personality'], [{ index: 0, op: 'SCMP_CMP_EQ', value }]));
  if (!hasCapability(circumstances, 'CAP_SYS_ADMIN')) {
    syscalls.push(allow(['clone'], [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: CLONE_NAMESPACES, valueTwo: 0 }]));
    // Its flags lie in memory, where no filter can look: C libraries fall back to clone(2) on ENOSYS.
    syscalls.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  }
  return { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1, architectures: [...ARCHITECTURES[processor]], syscalls };
}
