/* `--init`: PID 1 stays here, reaps what nobody else does, hands signals on, and ends as its child ends. */
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "plan_parts.h"

static const char name[] = "tsrun-init";

static void take_name(struct walk *walk) {
  prctl(PR_SET_NAME, name, 0, 0, 0);
  if (walk->arguments == NULL || walk->arguments_size < sizeof(name)) return;
  memset(walk->arguments, 0, walk->arguments_size);
  memcpy(walk->arguments, name, sizeof(name));
}

/* Signals that are ours (a child's end), or that only the terminal's foreground group should hear. */
static int is_forwarded(int signal) { return signal != SIGCHLD && signal != SIGTTIN && signal != SIGTTOU; }

/* Reap all that ended; exit as the child did when it is among them. */
static void reap(pid_t child) {
  int status;
  pid_t ended;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != child) continue;
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

static void wait_for(pid_t child, const sigset_t *signals) {
  for (;;) {
    reap(child);
    int signal = sigwaitinfo(signals, NULL);
    if (signal > 0 && is_forwarded(signal)) kill(child, signal);
  }
}

/* A process group of its own, in the terminal's foreground: ^C reaches the program and not us. */
static int lead_group(const sigset_t *signals) {
  if (setpgid(0, 0) < 0) return -errno;
  pid_t group = getpid();
  (void)ioctl(0, TIOCSPGRP, &group); /* not a terminal: nothing to do */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0) return -errno;
  return failure(sigprocmask(SIG_UNBLOCK, signals, NULL));
}

int op_forkInit(struct walk *walk, const struct plan_op *op) {
  (void)op;
  sigset_t signals;
  sigfillset(&signals);
  if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0) return -errno;
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) return lead_group(&signals);
  take_name(walk);
  kernel_close_range(3, ~0u, 0);
  wait_for(child, &signals);
  return 0;
}
