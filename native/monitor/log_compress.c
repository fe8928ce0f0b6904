/*
 * The file that was rotated away last is compressed by a short-lived process: it reads PATH.1 as its stdin, writes its stdout, and knows no
 * names, so that one which lingers can do no harm. When all is written and on the disk its output becomes PATH.1.gz, and only then
 * PATH.1 goes. Whatever is killed when, the records are in PATH.1, in PATH.1.gz, or the same in both.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "monitor.h"

extern char **environ;

#define UNFINISHED ".gz.tmp"
#define COMPRESSED ".gz"

static pid_t compressor = -1;
static int compressor_pidfd = -1;
static int stopped;

static void unlink_form(const char *ending) {
  char path[4096];
  if (log_file_path(path, sizeof(path), 1, ending) > 0) unlink(path);
}

/* What a monitor that was killed left: half of a compressed file, or both forms of one. */
void compress_settle(void) {
  char path[4096];
  unlink_form(UNFINISHED);
  if (log_file_path(path, sizeof(path), 1, COMPRESSED) > 0 && access(path, F_OK) == 0) unlink_form("");
}

/* It ends with us: nobody else would give its output a name. */
static _Noreturn void be_compressor(pid_t parent, int from, int to) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(1);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(from, STDIN_FILENO) < 0 || dup2(to, STDOUT_FILENO) < 0) _exit(1);
  execve(monitor.compress[0], monitor.compress, environ);
  _exit(1);
}

static void forget(void) {
  if (compressor_pidfd >= 0) close(compressor_pidfd);
  compressor_pidfd = -1;
  compressor = -1;
}

/* -1 with nothing running. */
static int start_between(int from, int to) {
  pid_t parent = getpid();
  compressor = fork();
  if (compressor == 0) be_compressor(parent, from, to);
  if (compressor < 0) return -1;
  compressor_pidfd = (int)syscall(SYS_pidfd_open, compressor, 0);
  if (compressor_pidfd >= 0) return 0;
  kill(compressor, SIGKILL);
  while (waitpid(compressor, NULL, 0) < 0 && errno == EINTR) continue;
  forget();
  return -1;
}

static int open_form(const char *ending, int flags) {
  char path[4096];
  if (log_file_path(path, sizeof(path), 1, ending) < 0) return -1;
  return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0640);
}

/* Nothing where there is no PATH.1, or it is compressed already. Where no process is to be had it stays as it is. */
void compress_start(void) {
  if (monitor.compress == NULL || stopped || compress_fd() >= 0) return;
  int from = open_form("", O_RDONLY);
  if (from < 0) return;
  int to = open_form(UNFINISHED, O_WRONLY | O_CREAT | O_TRUNC);
  if (to >= 0) {
    if (start_between(from, to) < 0) unlink_form(UNFINISHED);
    close(to);
  }
  close(from);
}

int compress_fd(void) { return compressor_pidfd; }

static int give_name(void) {
  char from[4096], to[4096];
  if (log_file_path(from, sizeof(from), 1, UNFINISHED) < 0 || log_file_path(to, sizeof(to), 1, COMPRESSED) < 0) return -1;
  return rename(from, to);
}

/* What it could not do is left as it was. The next file is tried again: a disk may have been full. */
void compress_ended(void) {
  int status = -1;
  while (waitpid(compressor, &status, 0) < 0 && errno == EINTR) continue;
  forget();
  if (status == 0 && give_name() == 0) unlink_form("");
  else unlink_form(UNFINISHED);
}

/* Not waited for: it may hang on a disk, and what it writes has no name any more. */
void compress_stop(void) {
  stopped = 1;
  if (compress_fd() < 0) return;
  kill(compressor, SIGKILL);
  forget();
  unlink_form(UNFINISHED);
}
