/*
 * Start a monitor: from a sealed copy of its executable, so that a container that writes to /proc/self/exe hits nothing
 * (CVE-2019-5736), as a grandchild, so that no zombie of it is ever ours. It waits for its plan (hand_over.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../plan/plan.h"
#include "clone3_call.h"
#include "client.h"

#define STACK_SIZE 65536
#define CONTROL_FD 3 /* FIRST_CONTROL_FD of native/monitor/monitor.h */
#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4u
#endif

struct spawn {
  int program, null, control;
  int cgroup; /* -1: the caller's own */
  char *arguments[4];
  void *inner_stack;
  int error; /* written by the grandchild, whose memory is ours */
};

static int new_memory_file(const char *name, unsigned flags) {
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);
  /* A kernel before 6.3 doesn't know the flag, and needs none. */
  if (fd < 0 && errno == EINVAL && flags != 0) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return fd;
}

static int copy_all(int to, int from) {
  struct stat status;
  if (fstat(from, &status) < 0) return -1;
  for (off_t left = status.st_size; left > 0;) {
    ssize_t sent = sendfile(to, from, NULL, (size_t)left);
    if (sent < 0 && errno == EINTR) continue;
    if (sent == 0) errno = EIO;
    if (sent <= 0) return -1;
    left -= sent;
  }
  return 0;
}

static int open_program(const char *executable) {
  int from = open(executable, O_RDONLY | O_CLOEXEC);
  if (from < 0) return -1;
  int fd = new_memory_file("tsrun-monitor", MFD_EXEC);
  int result = fd < 0 ? -1 : copy_all(fd, from);
  if (result == 0) result = fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  int error = errno;
  close(from);
  if (result == 0) return fd;
  if (fd >= 0) close(fd);
  errno = error;
  return -1;
}

/* Give descriptors their agreed numbers: first all out of the way of each other. */
static int place_descriptors(struct spawn *spawn, int *program) {
  int base = CONTROL_FD + 1;
  *program = fcntl(spawn->program, F_DUPFD_CLOEXEC, base);
  int null = fcntl(spawn->null, F_DUPFD_CLOEXEC, base);
  int control = fcntl(spawn->control, F_DUPFD_CLOEXEC, base);
  if (*program < 0 || null < 0 || control < 0 || dup2(control, CONTROL_FD) < 0) return -1;
  for (int stream = 0; stream < 3; stream++)
    if (dup2(null, stream) < 0) return -1;
  return (int)syscall(SYS_close_range, base, ~0u, CLOSE_RANGE_CLOEXEC);
}

static int be_monitor(void *argument) {
  /* The caller's environment may hold secrets, and a monitor lives as long as its container. */
  static char *const nothing[] = {NULL};
  struct spawn *spawn = argument;
  int program;
  if (setsid() >= 0 && place_descriptors(spawn, &program) >= 0) syscall(SYS_execveat, program, "", spawn->arguments, nothing, AT_EMPTY_PATH);
  spawn->error = errno;
  _exit(127);
}

/* In the cgroup that is wanted. Where that can't be (it was removed just now, or it is another user's), with the caller: no reason to fail. */
static long clone_monitor(struct spawn *spawn) {
  if (spawn->cgroup >= 0) {
    struct kernel_clone_args args = {
        .flags = CLONE_VM | CLONE_VFORK | TSRUN_CLONE_INTO_CGROUP,
        .exit_signal = SIGCHLD,
        .stack = (uintptr_t)spawn->inner_stack,
        .stack_size = STACK_SIZE,
        .cgroup = (uint64_t)spawn->cgroup,
    };
    if (clone3_call(&args, be_monitor, spawn) > 0) return 0;
  }
  return clone(be_monitor, (char *)spawn->inner_stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, spawn);
}

static int be_parent(void *argument) {
  struct spawn *spawn = argument;
  if (clone_monitor(spawn) < 0) spawn->error = errno;
  _exit(0);
}

/* All signals wait meanwhile: a handler of ours must not run in a child that shares our memory. */
static int clone_twice(struct spawn *spawn) {
  sigset_t all, before;
  char *stacks = malloc((size_t)2 * STACK_SIZE);
  if (stacks == NULL) return -ENOMEM;
  spawn->inner_stack = stacks;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t child = clone(be_parent, stacks + 2 * STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, spawn);
  int result = child < 0 ? -errno : 0;
  while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  free(stacks);
  return result < 0 ? result : -spawn->error;
}

static int spawn_with(struct spawn *spawn, const char *executable, int ends[2], const char **call) {
  *call = "open";
  if ((spawn->program = open_program(executable)) < 0) return -errno;
  if ((spawn->null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) return -errno;
  *call = "socketpair";
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  spawn->control = ends[1];
  *call = "execveat";
  return clone_twice(spawn);
}

int spawn_monitor(const char *executable, const char *id, const char *exec_id, int cgroup, const char **call) {
  int ends[2] = {-1, -1};
  struct spawn spawn = {.program = -1, .null = -1, .control = -1, .cgroup = cgroup, .arguments = {"tsrun-monitor", (char *)id, (char *)exec_id, NULL}};
  int result = spawn_with(&spawn, executable, ends, call);
  int close_all[] = {spawn.program, spawn.null, ends[1], result < 0 ? ends[0] : -1};
  for (size_t index = 0; index < sizeof(close_all) / sizeof(close_all[0]); index++)
    if (close_all[index] >= 0) close(close_all[index]);
  return result < 0 ? result : ends[0];
}
