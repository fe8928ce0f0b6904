/* One request, one answer; and the wait for the end. */
#include <errno.h>

#include "client.h"

int ask_monitor(int control, uint32_t type, const void *bytes, size_t length) {
  struct frame frame;
  int32_t error = 0;
  int result = send_request(control, type, bytes, length);
  if (result == -EPIPE) return -ESRCH;
  while (result == 0) {
    int got = peek_header(control, &frame);
    /* The end stays in the socket for whoever waits for it. */
    if (got == 0 || (got == 1 && frame.type == FRAME_EXIT)) return -ESRCH;
    if (got == 1) got = receive_header(control, &frame, -1);
    if (got == 1) got = receive_content(control, &frame, &error, sizeof(error));
    if (got < 0) result = got;
    else if (got == 0) result = -ESRCH;
    else if (frame.type == FRAME_ANSWER) return -error;
  }
  return result;
}

/* An answer says that all frames before it were obeyed. Signal 0 is none. */
int claim_cleanup(int control) {
  uint32_t claim = ATTACH_CLAIM, no_signal = 0;
  int result = send_request(control, FRAME_ATTACH, &claim, sizeof(claim));
  if (result == -EPIPE) return -ESRCH;
  return result < 0 ? result : ask_monitor(control, FRAME_SIGNAL, &no_signal, sizeof(no_signal));
}

int await_monitor_end(int control, int timeout) {
  int64_t deadline = monotonic_milliseconds() + timeout;
  struct frame frame;
  for (;;) {
    int got = receive_header(control, &frame, deadline);
    if (got == 1) got = receive_content(control, &frame, NULL, 0);
    if (got != 1) return got != -ETIMEDOUT;
  }
}

int await_exit(int control, int timeout, struct frame_exit *end) {
  int64_t deadline = timeout < 0 ? -1 : monotonic_milliseconds() + timeout;
  struct frame frame;
  /* It may have ended already: what it said before is still there to read. */
  int result = send_request(control, FRAME_WAIT, NULL, 0);
  if (result < 0 && result != -EPIPE && result != -ECONNRESET) return result;
  for (;;) {
    int got = receive_header(control, &frame, deadline);
    if (got == 1) got = receive_content(control, &frame, end, frame.type == FRAME_EXIT ? sizeof(*end) : 0);
    if (got < 0) return got;
    if (got == 0) return ATTACH_LOST;
    if (frame.type == FRAME_EXIT) return ATTACH_EXITED;
  }
}
