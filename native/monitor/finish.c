/* The end: PID 1's status recorded and told, then the clean-up handed to a client that claimed it, or to tsrun itself. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../plan/text.h"
#include "monitor.h"

extern char **environ;

void reap_container(void) {
  int status;
  pid_t got;
  do got = waitpid(monitor.pid, &status, WNOHANG);
  while (got < 0 && errno == EINTR);
  if (got != monitor.pid) return;
  monitor.ended = 1;
  monitor.status = status;
}

/* Whether a client that will reclaim is still there. */
static int is_claimed(void) {
  for (size_t index = 0; index < monitor.client_count; index++) {
    struct pollfd client = {.fd = monitor.clients[index]->fd, .events = POLLRDHUP};
    if (!monitor.clients[index]->claims || monitor.clients[index]->broken) continue;
    if (poll(&client, 1, 0) == 0) return 1;
  }
  return 0;
}

/* Wait until every client took what it was sent, or went away. */
static void flush_all(void) {
  while (output_waits()) {
    struct pollfd clients[MOST_CLIENTS];
    for (size_t index = 0; index < monitor.client_count; index++) {
      struct client *client = monitor.clients[index];
      clients[index] = (struct pollfd){.fd = client->output_end > client->output_at ? client->fd : -1, .events = POLLOUT};
    }
    if (poll(clients, monitor.client_count, -1) < 0) continue;
    for (size_t index = 0; index < monitor.client_count; index++)
      if (clients[index].revents != 0) flush_client(monitor.clients[index]);
    drop_broken_clients();
  }
}

/* The program (or what was to become it), and all of its process group: it leads a session of its own. Its terminal's end tells the rest of them. */
void end_with_client(void) {
  if (monitor.pid <= 0 || monitor.ended) return;
  kill(-monitor.pid, SIGKILL);
  if (monitor.pidfd >= 0) syscall(SYS_pidfd_send_signal, monitor.pidfd, SIGKILL, NULL, 0);
}

static void close_one(int fd) {
  if (fd >= 0) close(fd);
}

/* Leave those who read slowly to a process of their own: a container's end, and its lock, don't wait for them. */
static void leave_slow_clients(void) {
  int slow = 0;
  for (size_t index = 0; index < monitor.client_count; index++) {
    const struct client *client = monitor.clients[index];
    slow |= !client->claims && client->output_end > client->output_at;
  }
  pid_t child = slow ? fork() : -1;
  if (child < 0) return;
  for (size_t index = 0; index < monitor.client_count; index++) {
    struct client *client = monitor.clients[index];
    if (client->claims == (child == 0)) client->broken = 1;
  }
  drop_broken_clients();
  if (child > 0) return;
  for (int slot = 0; slot < PLAN_SLOTS; slot++) close_one(monitor.walk.slots[slot]);
  close_one(monitor.listener);
  close_one(monitor.pidfd);
  close_one(monitor.log);
  flush_all();
  _exit(0);
}

/* Where the program ran, its end goes with it: an exec's is written down nowhere else. */
static void reclaim(const struct frame_exit *end) {
  char status[24];
  if (monitor.reclaim == NULL || monitor.reclaim[0] == NULL) return;
  signal(SIGPIPE, SIG_DFL);
  struct text text = text_in(status, sizeof(status));
  if (end != NULL) put_number(&text, end->status);
  if (text_finish(&text) > 0) setenv("TSRUN_EXIT_STATUS", status, 1);
  execve(monitor.reclaim[0], monitor.reclaim, environ);
}

/* A container that never ran leaves no record: the client that heard of it undoes the start, or else the reclaimer. */
static _Noreturn void finish_failure(void) {
  forget_exit_record();
  flush_all();
  if (monitor.client_count == 0) reclaim(NULL);
  _exit(1);
}

void finish(void) {
  compress_stop();
  if (!monitor.started) finish_failure();
  int killed = WIFSIGNALED(monitor.status), number = killed ? WTERMSIG(monitor.status) : 0;
  struct frame_exit end = {.status = (uint32_t)(killed ? 128 + number : WEXITSTATUS(monitor.status)), .oom_killed = (uint32_t)read_oom_kills()};
  log_close();
  /* Syncing costs milliseconds: a client that claimed records the end in its database, and the file is for its own death. */
  write_exit_record((int)end.status, number, (int)end.oom_killed, !is_claimed());
  for (size_t index = 0; index < monitor.client_count; index++) tell_skipped(monitor.clients[index]);
  broadcast(FRAME_EXIT, &end, sizeof(end));
  leave_slow_clients();
  flush_all();
  if (!is_claimed()) reclaim(&end);
  _exit(0);
}
