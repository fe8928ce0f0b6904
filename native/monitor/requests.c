/* Frames from clients. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

static void decide(const struct client *client) {
  if (client->fd == FIRST_CONTROL_FD) monitor.undecided = 0;
}

static void attach(struct client *client, uint32_t wanted) {
  client->in = (wanted & ATTACH_STDIN) != 0;
  client->out = (wanted & ATTACH_STDOUT) != 0;
  client->err = (wanted & ATTACH_STDERR) != 0;
  client->claims = (wanted & ATTACH_CLAIM) != 0;
  decide(client);
}

static void answer(struct client *client, long result) {
  int32_t error = result < 0 ? errno : 0;
  send_frame(client, FRAME_ANSWER, &error, sizeof(error));
}

static void take_signal(struct client *client, uint32_t number) {
  errno = ESRCH;
  answer(client, monitor.pidfd < 0 || monitor.ended ? -1 : syscall(SYS_pidfd_send_signal, monitor.pidfd, number, NULL, 0));
}

static void take_size(struct client *client, struct frame_size size) {
  monitor.size = size;
  monitor.size_known = 1;
  resize_terminal();
  answer(client, 0);
}

static void detach(struct client *client) {
  client->in = client->out = client->err = client->claims = 0;
  client->left = 1;
  decide(client);
}

/* A small frame is complete. */
static void obey(struct client *client) {
  uint32_t number = 0;
  struct frame_size size = {0, 0};
  memcpy(&number, client->text, sizeof(number));
  memcpy(&size, client->text, sizeof(size));
  switch (client->frame.type) {
  case FRAME_ATTACH: attach(client, number); break;
  case FRAME_STDIN_EOF: take_input_end(client); break;
  case FRAME_RESIZE: take_size(client, size); break;
  case FRAME_SIGNAL: take_signal(client, number); break;
  case FRAME_WAIT: decide(client); break;
  case FRAME_DETACH: detach(client); break;
  case FRAME_RELEASE: release_break(); break;
  case FRAME_OUTPUT_GONE: output_gone(client, number); break;
  default: client->broken = 1; break;
  }
}

static int is_too_long(const struct frame *frame) {
  return frame->length > (frame->type == FRAME_STDIN ? STDIN_WINDOW : sizeof(((struct client *)0)->text));
}

/* Part of a frame's header; returns how much was used. */
static size_t take_header(struct client *client, const char *bytes, size_t length) {
  size_t part = sizeof(client->frame) - client->header_got;
  if (part > length) part = length;
  memcpy((char *)&client->frame + client->header_got, bytes, part);
  client->header_got += part;
  client->got = 0;
  if (client->header_got == sizeof(client->frame) && is_too_long(&client->frame)) client->broken = 1;
  return part;
}

/* Part of a frame's content; returns how much was used. */
static size_t take_content(struct client *client, const char *bytes, size_t length) {
  size_t part = client->frame.length - client->got;
  if (part > length) part = length;
  if (client->frame.type == FRAME_STDIN) take_input(client, bytes, part);
  else memcpy(client->text + client->got, bytes, part);
  client->got += part;
  return part;
}

static void take_bytes(struct client *client, const char *bytes, size_t length) {
  while (length > 0 && !client->broken) {
    size_t used = client->header_got < sizeof(client->frame) ? take_header(client, bytes, length) : take_content(client, bytes, length);
    bytes += used;
    length -= used;
    if (client->header_got < sizeof(client->frame) || client->got < client->frame.length) continue;
    if (client->frame.type != FRAME_STDIN && !client->broken) obey(client);
    client->header_got = 0;
    memset(client->text, 0, sizeof(client->text));
  }
}

void read_client(struct client *client) {
  static char bytes[INPUT_CHUNK];
  ssize_t got = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
  if (got > 0) take_bytes(client, bytes, (size_t)got);
  else if (got == 0 || (errno != EAGAIN && errno != EINTR)) client->broken = 1;
}
