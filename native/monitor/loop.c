/* The one loop. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "monitor.h"

enum { CHANNEL, PIDFD, LISTENER, OUT, ERR, SINK, LOG, COMPRESSOR, CLIENTS };

static struct pollfd watched[CLIENTS + MOST_CLIENTS];

static void watch(int index, int fd, short events) { watched[index] = (struct pollfd){.fd = fd, .events = events}; }

static void watch_all(void) {
  int reads = reads_output();
  watch(CHANNEL, monitor.channel, POLLIN);
  watch(PIDFD, monitor.ended ? -1 : monitor.pidfd, POLLIN);
  watch(LISTENER, monitor.client_count < MOST_CLIENTS ? monitor.listener : -1, POLLIN);
  watch(OUT, reads ? monitor.sources[0] : -1, POLLIN);
  watch(ERR, reads ? monitor.sources[1] : -1, POLLIN);
  watch(SINK, input_waits() ? monitor.stdin_sink : -1, POLLOUT);
  watch(LOG, log_waits() ? monitor.log : -1, POLLOUT);
  watch(COMPRESSOR, compress_fd(), POLLIN);
  for (size_t index = 0; index < monitor.client_count; index++) {
    struct client *client = monitor.clients[index];
    /* One that takes none of its answers is not asked for more requests. */
    short events = client->output_end < OUTPUT_FULL ? POLLIN : 0;
    if (client->output_end > client->output_at) events |= POLLOUT;
    watch(CLIENTS + (int)index, client->fd, events);
  }
}

static void serve_clients(size_t count) {
  for (size_t index = 0; index < count; index++) {
    short events = watched[CLIENTS + index].revents;
    struct client *client = monitor.clients[index];
    if ((events & POLLOUT) != 0) flush_client(client);
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) read_client(client);
  }
}

static void serve(void) {
  size_t count = monitor.client_count;
  /* The channel before the end of PID 1: a program that ended at once was started all the same. */
  if (watched[CHANNEL].revents != 0) handle_channel();
  if (watched[OUT].revents != 0 && monitor.sources[0] >= 0) read_source(0);
  if (watched[ERR].revents != 0 && monitor.sources[1] >= 0) read_source(1);
  if (watched[SINK].revents != 0) flush_input();
  if (watched[LOG].revents != 0) log_continue();
  /* After the output: what was readable may be read. */
  if (watched[COMPRESSOR].revents != 0) compress_ended();
  if (watched[PIDFD].revents != 0) reap_container();
  serve_clients(count);
  if (watched[LISTENER].revents != 0) accept_client();
  drop_broken_clients();
}

/*
 * When a journal that takes nothing is no longer waited for: after as long as Docker waits for a logger at a container's end. Here
 * that counts from what it took last: one that is slow gets all.
 */
static int64_t log_deadline(void) {
  static int64_t deadline;
  static size_t taken;
  if (deadline == 0 || taken != log_taken()) deadline = milliseconds_now() + PATIENCE;
  taken = log_taken();
  return deadline;
}

static int log_is_done(void) {
  if (!log_waits()) return 1;
  if (milliseconds_now() < log_deadline()) return 0;
  log_give_up();
  return 1;
}

/* A container's end waits as long for all that is still to be compressed; what isn't by then stays as it is. */
static int64_t compressor_deadline(void) {
  static int64_t deadline;
  if (deadline == 0) deadline = milliseconds_now() + PATIENCE;
  return deadline;
}

static int compressor_is_done(void) {
  if (compress_fd() >= 0 && milliseconds_now() >= compressor_deadline()) compress_stop();
  return compress_fd() < 0;
}

/* All is over when PID 1 is, its channel too, its output is read, and its log is as it is to stay. */
static int is_over(void) {
  if (monitor.pid <= 0) return 1;
  if (!monitor.ended || monitor.channel >= 0) return 0;
  if (monitor.failed) return 1;
  if (compress_fd() >= 0) (void)compressor_is_done();
  do drain_sources();
  while (log_waits() && log_is_done());
  return monitor.sources[0] < 0 && monitor.sources[1] < 0 && !monitor.undecided && !log_waits() && compressor_is_done();
}

static int poll_timeout(void) {
  int timeout = patience_left();
  if (!monitor.ended || (!log_waits() && compress_fd() < 0)) return timeout;
  int64_t left = (log_waits() ? log_deadline() : compressor_deadline()) - milliseconds_now();
  return left < 0 ? 0 : (int)left;
}

void run_loop(void) {
  while (!is_over()) {
    watch_all();
    int ready = poll(watched, CLIENTS + monitor.client_count, poll_timeout());
    skip_stalled();
    if (ready > 0) serve();
  }
  finish();
}
