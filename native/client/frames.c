/* Frames over a control socket, whole and blocking. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

#include "client.h"

int64_t monotonic_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int send_request(int control, uint32_t type, const void *bytes, size_t length) {
  struct frame frame = {.length = (uint32_t)length, .type = type};
  struct iovec parts[2] = {{.iov_base = &frame, .iov_len = sizeof(frame)}, {.iov_base = (void *)bytes, .iov_len = length}};
  size_t left = sizeof(frame) + length;
  while (left > 0) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(control, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return -errno;
    left -= (size_t)sent;
    for (int part = 0; part < 2; part++) {
      size_t used = (size_t)sent < parts[part].iov_len ? (size_t)sent : parts[part].iov_len;
      parts[part].iov_base = (char *)parts[part].iov_base + used;
      parts[part].iov_len -= used;
      sent -= (ssize_t)used;
    }
  }
  return 0;
}

/* 1, 0 at the end of the stream, or a negative errno. A reset is an end too: the monitor was killed with our bytes unread. */
static int receive_all(int control, void *bytes, size_t length) {
  for (size_t at = 0; at < length;) {
    ssize_t got = recv(control, (char *)bytes + at, length - at, MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0 || (got < 0 && errno == ECONNRESET)) return 0;
    if (got < 0) return -errno;
    at += (size_t)got;
  }
  return 1;
}

int receive_header(int control, struct frame *frame, int64_t deadline) {
  while (deadline >= 0) {
    struct pollfd socket = {.fd = control, .events = POLLIN};
    int64_t left = deadline - monotonic_milliseconds();
    int ready = poll(&socket, 1, left < 0 ? 0 : (int)left);
    if (ready > 0) break;
    if (ready == 0 && left <= 0) return -ETIMEDOUT;
  }
  return receive_all(control, frame, sizeof(*frame));
}

int peek_header(int control, struct frame *frame) {
  for (int ended = 0;;) {
    ssize_t got = recv(control, frame, sizeof(*frame), MSG_PEEK);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != ECONNRESET) return -errno;
    if (got == sizeof(*frame)) return 1;
    if (got <= 0 || ended) return 0;
    /* A part of it. The rest is on its way, unless the monitor was killed in between; a wait for what can be read wouldn't wait. */
    struct pollfd socket = {.fd = control, .events = POLLRDHUP};
    ended = poll(&socket, 1, 1) > 0;
  }
}

int receive_content(int control, const struct frame *frame, void *bytes, size_t size) {
  char dropped[4096];
  size_t first = frame->length < size ? frame->length : size;
  if (frame->length > FRAME_LONGEST) return -EPROTO;
  int result = first == 0 ? 1 : receive_all(control, bytes, first);
  for (size_t left = frame->length - first; result == 1 && left > 0;) {
    size_t part = left < sizeof(dropped) ? left : sizeof(dropped);
    result = receive_all(control, dropped, part);
    left -= part;
  }
  return result;
}
