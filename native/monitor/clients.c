/* Clients and what they haven't taken yet: at most a chunk of output and a few short frames each. */
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
  if (client->fd == FIRST_CONTROL_FD) monitor.undecided = 0;
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

/* Keep what the socket didn't take. Output stops being read meanwhile, so this fits. */
static void keep_output(struct client *client, const char *bytes, size_t length) {
  if (client->output == NULL) client->output = malloc(OUTPUT_SPACE);
  if (client->output == NULL || client->output_end + length > OUTPUT_SPACE) {
    client->broken = 1;
    return;
  }
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
  if (sent > 0) client->output_at += (size_t)sent;
  else if (sent < 0 && errno != EAGAIN && errno != EINTR) client->broken = 1;
  if (client->output_at < client->output_end) return;
  free(client->output);
  client->output = NULL;
  client->output_at = client->output_end = 0;
}

int output_waits(void) {
  for (size_t index = 0; index < monitor.client_count; index++)
    if (!monitor.clients[index]->broken && monitor.clients[index]->output_end > monitor.clients[index]->output_at) return 1;
  return 0;
}
