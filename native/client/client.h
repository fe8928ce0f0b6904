/* The other end of a monitor's sockets: what the addon does for the command that started or joined a container. */
#ifndef TSRUN_CLIENT_H
#define TSRUN_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "../protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/* spawn.c: our end of the control socket, or a negative errno with the call that failed in *call. `exec_id` may be NULL, `cgroup` -1. */
int spawn_monitor(const char *executable, const char *id, const char *exec_id, int cgroup, const char **call);
/* hand_over.c: give it its plan; 0, or a negative errno. One that is never given one ends when its control socket is closed. */
int hand_over(int control, const void *plan, size_t size, const int *handles, size_t count, const char **call);

/* connect.c */
int connect_monitor(const char *path);

/* frames.c: 0, or a negative errno. */
int send_request(int control, uint32_t type, const void *bytes, size_t length);
/* Receive a frame's header, at most until `deadline` (monotonic milliseconds; negative is never). 1, 0 at the end, -ETIMEDOUT, or another negative
 * errno. */
int receive_header(int control, struct frame *frame, int64_t deadline);
/* Receive a frame's content: as much as fits `size`; the rest is dropped. 1, 0 at the end, or a negative errno. */
int receive_content(int control, const struct frame *frame, void *bytes, size_t size);
/* What the next frame is, without taking it: as receive_header. */
int peek_header(int control, struct frame *frame);
int64_t monotonic_milliseconds(void);

/* requests.c: ask for one thing and wait for the answer. 0, or a negative errno; -ESRCH where the container has ended. */
int ask_monitor(int control, uint32_t type, const void *bytes, size_t length);

/* requests.c: become the client that reclaims when PID 1 ends, until `control` is closed. 0, or a negative errno; -ESRCH where it has ended. */
int claim_cleanup(int control);
/* requests.c: wait, `timeout` milliseconds at most, until the monitor is gone, and its lock free: then its client may reclaim. Whether it is. */
int await_monitor_end(int control, int timeout);

enum attach_end { ATTACH_EXITED, ATTACH_DETACHED, ATTACH_LOST };
/* Wait for EXIT: an attach_end, -ETIMEDOUT, or a negative errno. */
int await_exit(int control, int timeout, struct frame_exit *end);

/* detach_keys.c: looks for a sequence in what was typed; bytes that may begin it are held back. */
struct detach_keys {
  uint8_t keys[32];
  size_t length, matched;
};
/* Filter `length` bytes into `out` (room for length + 32). Returns how many to send; *detached when the sequence is complete. */
size_t filter_keys(struct detach_keys *keys, const uint8_t *bytes, size_t length, uint8_t *out, int *detached);

/* attach.c */
struct attach_options {
  int control, in, out, err;
  int terminal, redraw, signal_proxy, claim;
  struct detach_keys keys;
  /* Told of each size that the terminal is given; may be NULL. */
  void (*resized)(void *context, struct frame_size size);
  void *context;
};
struct attach_result {
  struct frame_exit exit;
  uint64_t skipped; /* bytes of output that we were too slow for, while others waited */
};
/* An attach_end, or a negative errno. */
int attach_session(const struct attach_options *options, struct attach_result *outcome);

/* terminal.c: raw mode of one terminal. */
int make_raw(int fd);
void restore_terminal(void);
int window_size(int fd, struct frame_size *size);

/* signals.c: signals become bytes in a pipe while a session lasts. */
int catch_signals(int proxy, int terminal);
void release_signals(void);
/* The number of a signal that came, or 0. */
int next_signal(void);
int signals_fd(void);
int is_proxied(int number);

#ifdef __cplusplus
}
#endif
#endif
