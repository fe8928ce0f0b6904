/*
 * Signals during a session. Node has several threads, and any of them may be the one a signal comes to; so handlers that
 * write to a pipe, and no signalfd, which would need every thread to block them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "client.h"

#define LAST_SIGNAL 64

static int pipe_ends[2] = {-1, -1};
static struct sigaction before[LAST_SIGNAL + 1];
static unsigned char caught[LAST_SIGNAL + 1];
static sigset_t mask_before;
static int unblocked;

static void handle(int number) {
  int error = errno;
  unsigned char byte = (unsigned char)number;
  (void)!write(pipe_ends[1], &byte, 1);
  errno = error;
}

/* Docker hands on everything but these; faults are our own, 32 and 33 the C library's. */
int is_proxied(int number) {
  switch (number) {
  case SIGCHLD:
  case SIGPIPE:
  case SIGURG:
  case SIGWINCH:
  case SIGKILL:
  case SIGSTOP:
  case SIGSEGV:
  case SIGBUS:
  case SIGILL:
  case SIGFPE:
  case SIGTRAP:
  case SIGSYS:
  case SIGTTIN:
  case SIGTTOU:
  case 32:
  case 33: return 0;
  default: return number >= 1 && number <= LAST_SIGNAL;
  }
}

/* What ends us has to find the terminal restored. */
static int is_deadly(int number) { return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM; }

int catch_signals(int proxy, int terminal) {
  struct sigaction action = {.sa_handler = handle};
  if (pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  sigfillset(&action.sa_mask);
  sigset_t wanted_set;
  sigemptyset(&wanted_set);
  for (int number = 1; number <= LAST_SIGNAL; number++) {
    int wanted = (proxy && is_proxied(number)) || (terminal && (is_deadly(number) || number == SIGWINCH));
    caught[number] = (unsigned char)(wanted && sigaction(number, &action, &before[number]) == 0);
    if (caught[number]) sigaddset(&wanted_set, number);
  }
  /* Whoever started us may have blocked some; and Node blocks SIGUSR1 under --disable-sigusr1. */
  unblocked = pthread_sigmask(SIG_UNBLOCK, &wanted_set, &mask_before) == 0;
  return unblocked ? 0 : -EINVAL;
}

void release_signals(void) {
  if (unblocked) pthread_sigmask(SIG_SETMASK, &mask_before, NULL);
  unblocked = 0;
  for (int number = 1; number <= LAST_SIGNAL; number++) {
    if (caught[number]) sigaction(number, &before[number], NULL);
    caught[number] = 0;
  }
  for (int end = 0; end < 2; end++) {
    if (pipe_ends[end] >= 0) close(pipe_ends[end]);
    pipe_ends[end] = -1;
  }
}

int signals_fd(void) { return pipe_ends[0]; }

int next_signal(void) {
  unsigned char number;
  return read(pipe_ends[0], &number, 1) == 1 ? number : 0;
}
