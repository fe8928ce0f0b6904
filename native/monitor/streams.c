/* The container's output: pipes or the master of its terminal, to the log and to every client that wants it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "monitor.h"

static int is_terminal(void) { return (monitor.flags & MONITOR_TERMINAL) != 0; }

/* One pipe: our end non-blocking, the container's end as an ordinary program expects it. */
static int open_pipe(int *ours, int *theirs, int ours_reads) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  *ours = ends[ours_reads ? 0 : 1];
  *theirs = ends[ours_reads ? 1 : 0];
  return fcntl(*ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
}

int prepare_streams(void) {
  int *theirs = monitor.walk.streams;
  for (int stream = 0; stream < 3; stream++) theirs[stream] = stream; /* /dev/null */
  if (is_terminal()) return 0;
  if ((monitor.flags & MONITOR_OPEN_STDIN) != 0 && open_pipe(&monitor.stdin_sink, &theirs[0], 0) < 0) return -errno;
  if (open_pipe(&monitor.sources[0], &theirs[1], 1) < 0) return -errno;
  return open_pipe(&monitor.sources[1], &theirs[2], 1);
}

/* The container's ends are the container's alone, or we would never see their end. */
void after_clone(void) {
  for (int stream = 0; stream < 3; stream++)
    if (monitor.walk.streams[stream] > 2) close(monitor.walk.streams[stream]);
}

void take_terminal(int master) {
  if (master < 0) return;
  fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
  monitor.master = monitor.sources[0] = master;
  if ((monitor.flags & MONITOR_OPEN_STDIN) != 0) monitor.stdin_sink = master;
  if (monitor.size_known) resize_terminal();
}

void resize_terminal(void) {
  struct winsize size = {.ws_row = monitor.size.rows, .ws_col = monitor.size.columns};
  if (monitor.master >= 0) ioctl(monitor.master, TIOCSWINSZ, &size);
}

/*
 * Not before the first client said what it wants, and not while a client or the log hasn't taken what it has. What a
 * container that ended left behind is bounded, and clients are not waited for: its end is to be known whoever reads slowly. The log
 * is, also then (loop.c sets a limit to that): of what a journal didn't take there is place for a chunk of each stream, and the next
 * one would be lost.
 */
int reads_output(void) { return !monitor.undecided && !log_file_waits() && !log_waits() && (monitor.ended || !output_waits()); }

static void source_ended(int index) {
  if (monitor.sources[index] == monitor.master) {
    if (monitor.stdin_sink == monitor.master) monitor.stdin_sink = -1;
    monitor.master = -1;
  }
  close(monitor.sources[index]);
  monitor.sources[index] = -1;
}

static void deliver(int index, const char *bytes, size_t length) {
  log_bytes(index, bytes, length);
  for (size_t client = 0; client < monitor.client_count; client++) {
    struct client *to = monitor.clients[client];
    if (index == 0 ? to->out : to->err) send_output(to, index == 0 ? FRAME_STDOUT : FRAME_STDERR, bytes, length);
  }
}

/*
 * After PID 1 nobody writes any more: what can't be read now never comes. EIO is how a terminal's master ends, but also what it
 * gives while the program has yet to open its other end.
 */
static int has_ended(int error) {
  switch (error) {
  case EINTR: return 0;
  case EAGAIN: return monitor.ended;
  case EIO: return monitor.ended || monitor.started;
  default: return 1;
  }
}

/* How much was read. */
static size_t read_some(int index) {
  static char bytes[OUTPUT_CHUNK];
  ssize_t got = read(monitor.sources[index], bytes, log_file_chunk());
  if (got > 0) deliver(index, bytes, (size_t)got);
  else if (got == 0 || has_ended(errno)) source_ended(index);
  return got > 0 ? (size_t)got : 0;
}

void read_source(int index) { (void)read_some(index); }

/* What PID 1 left in its pipes, and no more: a process that outlived an exec's program may write for ever. */
void drain_sources(void) {
  for (int index = 0; index < 2; index++) {
    static size_t drained[2];
    while (monitor.sources[index] >= 0 && reads_output()) {
      drained[index] += read_some(index);
      if (drained[index] >= LEFTOVER_MOST && monitor.sources[index] >= 0) source_ended(index);
    }
  }
}

static int is_wanted(int index) {
  for (size_t client = 0; client < monitor.client_count; client++)
    if (index == 0 ? monitor.clients[client]->out : monitor.clients[client]->err) return 1;
  return 0;
}

/*
 * As in any pipeline, a program whose reader is gone is to hear of it: `run yes | head` must end. Where the client only
 * joined a container that others started, its reader is its own affair.
 */
void output_gone(struct client *client, uint32_t streams) {
  for (int index = 0; index < 2; index++) {
    if ((streams & (index == 0 ? ATTACH_STDOUT : ATTACH_STDERR)) == 0) continue;
    *(index == 0 ? &client->out : &client->err) = 0;
    if (client->claims && !is_terminal() && monitor.sources[index] >= 0 && !is_wanted(index)) source_ended(index);
  }
}
