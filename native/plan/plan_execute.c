/* The end of a child's walk: the container's program. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "plan_parts.h"

/* The kernel's struct, since the C library keeps some signals from us. */
struct kernel_action {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

/* A program starts with default actions: ignored signals would outlive execve. */
static int reset_signals(void) {
  struct kernel_action action;
  uint64_t none = 0;
  memset(&action, 0, sizeof(action));
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP && syscall(SYS_rt_sigaction, signal, &action, NULL, 8) < 0) return -errno;
  return failure(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8));
}

/*
 * Closed before the kernel looks for the program, for CLOEXEC comes too late: a path or an interpreter such as
 * /proc/self/fd/7/../../bin/sh would lead out through a directory of the host's (CVE-2024-21626). The channel, a socket, leads
 * nowhere, and stays to say what failed.
 */
static int close_descriptors(int channel) {
  if (channel < 3) return failure(kernel_close_range(3, ~0u, 0));
  if (channel > 3 && kernel_close_range(3, (unsigned)channel - 1, 0) < 0) return -errno;
  return failure(kernel_close_range((unsigned)channel + 1, ~0u, 0));
}

/* As execvp(3): a missing candidate is passed over, a forbidden one is remembered. */
static int try_candidates(char *const *candidates, char *const *argv, char *const *env) {
  int error = ENOENT;
  for (; *candidates != NULL; candidates++) {
    execve(*candidates, argv, env);
    if (errno == EACCES) error = EACCES;
    else if (errno != ENOENT && errno != ENOTDIR) return -errno;
  }
  return -error;
}

int op_execute(struct walk *walk, const struct plan_op *op) {
  /* Operations before make files with their exact modes; a plan that says nothing gets the usual mask. */
  if (!walk->umask_was_set) umask(022);
  int result = reset_signals();
  if (result == 0) result = close_descriptors(walk->channel);
  if (result < 0) return result;
  return try_candidates((char *const *)(uintptr_t)op->args[0], (char *const *)(uintptr_t)op->args[2], (char *const *)(uintptr_t)op->args[4]);
}
