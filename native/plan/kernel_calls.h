/* System calls and constants that a C library older than the kernel lacks. Each wrapper is the call itself. */
#ifndef TSRUN_KERNEL_CALLS_H
#define TSRUN_KERNEL_CALLS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef O_PATH
#define O_PATH 010000000
#endif
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x40
#endif
#ifndef RESOLVE_NO_MAGICLINKS
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_IN_ROOT 0x10
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x1
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#define TSRUN_CLONE_INTO_CGROUP 0x200000000ULL
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1u
#define MFD_ALLOW_SEALING 2u
#endif
#define TSRUN_MFD_EXEC 0x10u
#define TSRUN_P_PIDFD 3

struct kernel_open_how {
  uint64_t flags, mode, resolve;
};
struct kernel_mount_attr {
  uint64_t set, clear, propagation, userns;
};
struct kernel_clone_args {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static inline int kernel_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct kernel_open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  long fd;
  /* EAGAIN: a rename somewhere on the path raced with a confined lookup. */
  do fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
  while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  return (int)fd;
}
static inline int kernel_open_tree(int directory, const char *path, unsigned flags) { return (int)syscall(SYS_open_tree, directory, path, flags); }
static inline int kernel_move_mount(int from, int to) {
  return (int)syscall(SYS_move_mount, from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}
static inline int kernel_mount_setattr(int directory, const char *path, unsigned flags, struct kernel_mount_attr *attributes) {
  return (int)syscall(SYS_mount_setattr, directory, path, flags, attributes, sizeof(*attributes));
}
static inline int kernel_close_range(unsigned first, unsigned last, unsigned flags) { return (int)syscall(SYS_close_range, first, last, flags); }

#endif
