/* Clients and what they haven't taken yet: at most a chunk of output and a few short frames each, until the container ends. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "monitor.h"

struct client *add_client(int fd) {
  if (monitor.client_count == MOST_CLIENTS) return NULL;
  struct client *client = calloc(1, sizeof(*client));
  if (client == NULL) return NULL;
  client->fd = fd;
  monitor.clients[monitor.client_count++] = client;
  return client;
}

void accept_client(void) {
  int fd = accept4(monitor.listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0 && add_client(fd) == NULL) close(fd);
}

static void drop(size_t index) {
  struct client *client = monitor.clients[index];
  monitor.clients[index] = monitor.clients[--monitor.client_count];
  if (client->fd == FIRST_CONTROL_FD) {
    monitor.undecided = 0;
    /* At a break point nobody else would let the child go on. */
    if (monitor.at_break || ((monitor.flags & MONITOR_FOLLOWS_CLIENT) != 0 && !client->left)) end_with_client();
  }
  input_gone(client);
  close(client->fd);
  free(client->output);
  free(client->input);
  free(client);
}

void drop_broken_clients(void) {
  for (size_t index = monitor.client_count; index-- > 0;)
    if (monitor.clients[index]->broken) drop(index);
}

int64_t milliseconds_now(void) { return (int64_t)(monotonic_now() / 1000000); }

static int is_behind(const struct client *client) { return client->output_end > client->output_at; }

/* Space for `length` more: while the container runs output stops being read, so it fits; what its end leaves is bounded. */
static int make_space(struct client *client, size_t length) {
  size_t wanted = client->output_end + length, most = OUTPUT_SPACE + (monitor.ended ? (size_t)2 * LEFTOVER_MOST + 65536 : 0);
  if (client->output != NULL && wanted <= client->output_size) return 1;
  if (wanted > most) return 0;
  size_t size = wanted <= OUTPUT_SPACE ? OUTPUT_SPACE : most;
  char *space = realloc(client->output, size);
  if (space == NULL) return 0;
  client->output = space;
  client->output_size = size;
  return 1;
}

/* Keep what the socket didn't take. */
static void keep_output(struct client *client, const char *bytes, size_t length) {
  if (!make_space(client, length)) {
    client->broken = 1;
    return;
  }
  if (!is_behind(client)) client->stalled_at = milliseconds_now();
  memcpy(client->output + client->output_end, bytes, length);
  client->output_end += length;
}

void send_frame(struct client *client, uint32_t type, const void *bytes, size_t length) {
  struct frame frame = {.length = (uint32_t)length, .type = type};
  struct iovec parts[2] = {{.iov_base = &frame, .iov_len = sizeof(frame)}, {.iov_base = (void *)bytes, .iov_len = length}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  ssize_t sent = 0;
  if (client->broken) return;
  if (client->output_end == client->output_at) sent = sendmsg(client->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    client->broken = 1;
    return;
  }
  size_t done = sent < 0 ? 0 : (size_t)sent;
  if (done < sizeof(frame)) keep_output(client, (char *)&frame + done, sizeof(frame) - done);
  size_t of_bytes = done < sizeof(frame) ? 0 : done - sizeof(frame);
  if (of_bytes < length) keep_output(client, (const char *)bytes + of_bytes, length - of_bytes);
}

void broadcast(uint32_t type, const void *bytes, size_t length) {
  for (size_t index = 0; index < monitor.client_count; index++) send_frame(monitor.clients[index], type, bytes, length);
}

void flush_client(struct client *client) {
  ssize_t sent = send(client->fd, client->output + client->output_at, client->output_end - client->output_at, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) {
    client->output_at += (size_t)sent;
    client->stalled_at = milliseconds_now();
  } else if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    client->broken = 1;
  }
  if (client->output_at < client->output_end) return;
  free(client->output);
  client->output = NULL;
  client->output_at = client->output_end = client->output_size = 0;
}

/* Whether somebody is waited for before more output is read. */
int output_waits(void) {
  for (size_t index = 0; index < monitor.client_count; index++) {
    const struct client *client = monitor.clients[index];
    if (!client->broken && !client->skips && is_behind(client)) return 1;
  }
  return 0;
}

void tell_skipped(struct client *client) {
  if (!client->skips) return;
  uint64_t skipped = client->skipped;
  client->skips = 0;
  client->skipped = 0;
  send_frame(client, FRAME_SKIPPED, &skipped, sizeof(skipped));
}

void send_output(struct client *client, uint32_t type, const void *bytes, size_t length) {
  if (client->skips && is_behind(client)) {
    client->skipped += length;
    return;
  }
  tell_skipped(client);
  send_frame(client, type, bytes, length);
}

/* Others who could go on, but for those that are behind. */
static int others_wait(void) {
  for (size_t index = 0; index < monitor.client_count; index++) {
    const struct client *client = monitor.clients[index];
    if (!client->broken && (client->out || client->err) && !client->skips && !is_behind(client)) return 1;
  }
  return 0;
}

static int holds_up(const struct client *client) { return !client->broken && !client->skips && is_behind(client); }

int patience_left(void) {
  int64_t first = -1, now = milliseconds_now();
  if (monitor.ended || !others_wait()) return -1;
  for (size_t index = 0; index < monitor.client_count; index++) {
    const struct client *client = monitor.clients[index];
    if (!holds_up(client)) continue;
    int64_t left = client->stalled_at + PATIENCE - now;
    if (left < 0) left = 0;
    if (first < 0 || left < first) first = left;
  }
  return (int)first;
}

void skip_stalled(void) {
  int64_t now = milliseconds_now();
  if (monitor.ended || !others_wait()) return;
  for (size_t index = 0; index < monitor.client_count; index++) {
    struct client *client = monitor.clients[index];
    if (holds_up(client) && client->stalled_at + PATIENCE <= now) client->skips = 1;
  }
}
