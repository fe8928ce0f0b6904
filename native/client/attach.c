/* A session: our streams and a container's, copied in one loop until it ends or the user detaches. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "client.h"

enum { CONTROL, SIGNALS, STDIN, OUTPUT, WATCHED };

struct session {
  const struct attach_options *options;
  struct detach_keys keys;
  struct attach_result *result;
  int in, streams[2]; /* -1 once they ended */
  int pipes[2];       /* which of them may only be written what fits */
  size_t window;      /* bytes of stdin that may be sent now */
  /* What was received, and which frame of it is being looked at. */
  char received[4 * FRAME_LONGEST];
  size_t at, until;
  struct frame frame;
  size_t header_got, left;
  char text[64];
  int done; /* 0, or 1 + an attach_end */
};

static void finish(struct session *session, enum attach_end end) {
  if (session->done == 0) session->done = 1 + (int)end;
}

static void request(struct session *session, uint32_t type, const void *bytes, size_t length) {
  /* A monitor that is gone is found out by reading; what it said before counts. */
  (void)send_request(session->options->control, type, bytes, length);
}

static void tell_size(struct session *session, uint16_t more) {
  struct frame_size size;
  if (window_size(session->options->in, &size) < 0 && window_size(session->options->out, &size) < 0) return;
  size.rows = (uint16_t)(size.rows + more);
  size.columns = (uint16_t)(size.columns + more);
  request(session, FRAME_RESIZE, &size, sizeof(size));
  if (session->options->resized != NULL) session->options->resized(session->options->context, size);
}

/* Not ours to hand on: end as if we had never caught it. */
static void behave_default(int number) {
  restore_terminal();
  release_signals();
  (void)raise(number);
}

static void take_signals(struct session *session) {
  for (int number = next_signal(); number != 0; number = signals_fd() < 0 ? 0 : next_signal()) {
    uint32_t wanted = (uint32_t)number;
    if (number == SIGWINCH) tell_size(session, 0);
    else if (session->options->signal_proxy && is_proxied(number)) request(session, FRAME_SIGNAL, &wanted, sizeof(wanted));
    else behave_default(number);
  }
}

static void stdin_ended(struct session *session) {
  session->in = -1;
  request(session, FRAME_STDIN_EOF, NULL, 0);
}

static void read_stdin(struct session *session) {
  uint8_t bytes[STDIN_WINDOW], filtered[STDIN_WINDOW + sizeof(session->keys.keys)];
  int detached = 0;
  /* Bytes held back by the detach keys are sent later, out of a window they don't count in now. */
  ssize_t got = read(session->in, bytes, session->window - sizeof(session->keys.keys));
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (got <= 0) {
    stdin_ended(session);
    return;
  }
  const uint8_t *out = bytes;
  size_t length = (size_t)got;
  if (session->options->terminal) {
    length = filter_keys(&session->keys, bytes, length, filtered, &detached);
    out = filtered;
  }
  if (length > 0) request(session, FRAME_STDIN, out, length);
  session->window -= length < session->window ? length : session->window;
  if (!detached) return;
  request(session, FRAME_DETACH, NULL, 0);
  finish(session, ATTACH_DETACHED);
}

static int output_of(const struct session *session) { return session->streams[session->frame.type == FRAME_STDERR ? 1 : 0]; }
static int is_output(const struct session *session) { return session->frame.type == FRAME_STDOUT || session->frame.type == FRAME_STDERR; }

static int is_pipe(int fd) {
  struct stat status;
  return fd >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* A full pipe must not keep us from signals. Kernels before 6.4, and named pipes, know no other way than what poll promises: a page. */
static ssize_t write_pipe(int fd, const char *bytes, size_t length) {
  struct iovec part = {.iov_base = (void *)bytes, .iov_len = length};
  ssize_t written = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (written >= 0 || errno != EOPNOTSUPP) return written;
  return write(fd, bytes, length < 4096 ? length : 4096);
}

/* Nobody reads this stream any more. What is on its way is dropped; the monitor decides whether the program is to know. */
static void output_gone(struct session *session) {
  uint32_t stream = session->frame.type == FRAME_STDERR ? ATTACH_STDERR : ATTACH_STDOUT;
  session->streams[session->frame.type == FRAME_STDERR ? 1 : 0] = -1;
  request(session, FRAME_OUTPUT_GONE, &stream, sizeof(stream));
}

/* Write what is here of an output frame. */
static void write_output(struct session *session) {
  size_t length = session->until - session->at < session->left ? session->until - session->at : session->left;
  const char *bytes = session->received + session->at;
  int fd = output_of(session), pipe = session->pipes[session->frame.type == FRAME_STDERR ? 1 : 0];
  ssize_t written = fd < 0 ? (ssize_t)length : pipe ? write_pipe(fd, bytes, length) : write(fd, bytes, length);
  if (written < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (written < 0) {
    output_gone(session);
    written = (ssize_t)length;
  }
  session->at += (size_t)written;
  session->left -= (size_t)written;
}

static void take_frame(struct session *session) {
  uint32_t taken;
  uint64_t skipped;
  switch (session->frame.type) {
  case FRAME_EXIT:
    memcpy(&session->result->exit, session->text, sizeof(session->result->exit));
    finish(session, ATTACH_EXITED);
    break;
  case FRAME_STDIN_TAKEN:
    memcpy(&taken, session->text, sizeof(taken));
    session->window = session->window + taken < STDIN_WINDOW ? session->window + taken : STDIN_WINDOW;
    break;
  case FRAME_SKIPPED:
    memcpy(&skipped, session->text, sizeof(skipped));
    session->result->skipped += skipped;
    break;
  default: break; /* answers, and what was told before we came */
  }
}

/* Copy towards a header or a short content; more than fits is dropped. */
static void gather(struct session *session, char *to, size_t size, size_t have, size_t wanted) {
  size_t here = session->until - session->at, part = wanted < here ? wanted : here;
  if (have < size) memcpy(to + have, session->received + session->at, part < size - have ? part : size - have);
  session->at += part;
}

/* Go through what was received until it is used up, or an output would block. */
static void take_received(struct session *session) {
  while (session->at < session->until && session->done == 0) {
    size_t before = session->at;
    if (session->header_got < sizeof(session->frame)) {
      gather(session, (char *)&session->frame, sizeof(session->frame), session->header_got, sizeof(session->frame) - session->header_got);
      session->header_got += session->at - before;
      session->left = session->frame.length;
    } else if (is_output(session) && session->left > 0) {
      if (output_of(session) >= 0) return;
      write_output(session);
    } else {
      gather(session, session->text, sizeof(session->text), session->frame.length - session->left, session->left);
      session->left -= session->at - before;
    }
    if (session->header_got < sizeof(session->frame) || session->left > 0) continue;
    take_frame(session);
    session->header_got = 0;
  }
}

static void read_control(struct session *session) {
  ssize_t got = recv(session->options->control, session->received, sizeof(session->received), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    finish(session, ATTACH_LOST);
    return;
  }
  session->at = 0;
  session->until = (size_t)got;
}

/* Whether an output frame's bytes wait for their stream. */
static int waits_for_output(const struct session *session) {
  return session->at < session->until && session->header_got == sizeof(session->frame) && is_output(session) && session->left > 0;
}

static void finish_written_frame(struct session *session) {
  if (session->header_got == sizeof(session->frame) && session->left == 0) session->header_got = 0;
}

static void run_session(struct session *session) {
  while (session->done == 0) {
    int output = waits_for_output(session);
    struct pollfd watched[WATCHED] = {
        [CONTROL] = {.fd = session->at < session->until ? -1 : session->options->control, .events = POLLIN},
        [SIGNALS] = {.fd = signals_fd(), .events = POLLIN},
        [STDIN] = {.fd = session->window >= STDIN_WINDOW / 2 ? session->in : -1, .events = POLLIN},
        [OUTPUT] = {.fd = output ? output_of(session) : -1, .events = POLLOUT},
    };
    if (poll(watched, WATCHED, -1) < 0 && errno != EINTR) break;
    if (watched[SIGNALS].revents != 0) take_signals(session);
    if (watched[OUTPUT].revents != 0) {
      write_output(session);
      finish_written_frame(session);
    }
    if (watched[STDIN].revents != 0) read_stdin(session);
    if (session->done == 0 && watched[CONTROL].revents != 0) read_control(session);
    take_received(session);
  }
}

static int run_prepared(struct session *session) {
  const struct attach_options *options = session->options;
  uint32_t wanted = (options->in >= 0 ? ATTACH_STDIN : 0) | (options->out >= 0 ? ATTACH_STDOUT : 0) | (options->err >= 0 ? ATTACH_STDERR : 0) |
                    (options->claim ? ATTACH_CLAIM : 0);
  if (options->terminal && !options->redraw) tell_size(session, 0);
  request(session, FRAME_ATTACH, &wanted, sizeof(wanted));
  /* A program draws its screen anew when its terminal's size changes: now that we see it, make it change. */
  if (options->terminal && options->redraw) {
    tell_size(session, 1);
    tell_size(session, 0);
  }
  run_session(session);
  restore_terminal();
  if (session->done == 1 + ATTACH_EXITED && options->claim) await_monitor_end(options->control, 2000);
  return session->done == 0 ? -EIO : session->done - 1;
}

int attach_session(const struct attach_options *options, struct attach_result *outcome) {
  static struct session session; /* one at a time: it blocks its thread, and signals are the process's */
  memset(&session, 0, offsetof(struct session, received));
  session.options = options;
  session.keys = options->keys;
  session.result = outcome;
  session.in = options->in;
  session.streams[0] = options->out;
  session.streams[1] = options->err;
  for (int stream = 0; stream < 2; stream++) session.pipes[stream] = is_pipe(session.streams[stream]);
  session.window = STDIN_WINDOW;
  session.at = session.until = session.header_got = session.left = 0;
  session.done = 0;
  int result = catch_signals(options->signal_proxy, options->terminal);
  if (result == 0 && options->terminal && options->in >= 0 && isatty(options->in)) result = make_raw(options->in);
  if (result == 0) result = run_prepared(&session);
  restore_terminal();
  release_signals();
  return result;
}
