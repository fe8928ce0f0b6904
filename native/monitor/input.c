/* Clients' stdin to the container's. What it doesn't take at once waits here, at most a window of every client's. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "monitor.h"

static void tell_taken(struct client *client, size_t length) {
  uint32_t taken = (uint32_t)length;
  if (taken > 0) send_frame(client, FRAME_STDIN_TAKEN, &taken, sizeof(taken));
}

static void close_stdin(void) {
  if (monitor.stdin_sink >= 0 && monitor.stdin_sink != monitor.master) close(monitor.stdin_sink);
  if (monitor.stdin_sink != monitor.master) monitor.stdin_sink = -1;
}

/* How much the container took. A stdin that nobody reads takes everything: nothing waits for it. */
static size_t write_stdin(const char *bytes, size_t length) {
  if (monitor.stdin_sink < 0) return monitor.started || (monitor.flags & MONITOR_OPEN_STDIN) == 0 ? length : 0;
  ssize_t written = write(monitor.stdin_sink, bytes, length);
  if (written >= 0) return (size_t)written;
  if (errno == EAGAIN || errno == EINTR) return 0;
  close_stdin();
  return length;
}

static void finish_input(struct client *client) {
  client->eof_pending = 0;
  client->in = 0;
  if ((monitor.flags & MONITOR_STDIN_ONCE) != 0) close_stdin();
}

void take_input(struct client *client, const char *bytes, size_t length) {
  size_t taken = client->input_end > client->input_at ? 0 : write_stdin(bytes, length);
  tell_taken(client, taken);
  if (taken == length) return;
  if (client->input == NULL) client->input = malloc(STDIN_WINDOW);
  if (client->input == NULL || client->input_end - client->input_at + length - taken > STDIN_WINDOW) {
    client->broken = 1; /* it sent more than its window */
    return;
  }
  memmove(client->input, client->input + client->input_at, client->input_end - client->input_at);
  client->input_end -= client->input_at;
  client->input_at = 0;
  memcpy(client->input + client->input_end, bytes + taken, length - taken);
  client->input_end += length - taken;
}

void take_input_end(struct client *client) {
  if (client->input_end > client->input_at) client->eof_pending = 1;
  else finish_input(client);
}

void flush_input(void) {
  for (size_t index = 0; index < monitor.client_count; index++) {
    struct client *client = monitor.clients[index];
    if (client->input_end == client->input_at) continue;
    size_t taken = write_stdin(client->input + client->input_at, client->input_end - client->input_at);
    client->input_at += taken;
    tell_taken(client, taken);
    if (client->input_at < client->input_end) return;
    client->input_at = client->input_end = 0;
    if (client->eof_pending) finish_input(client);
  }
}

int input_waits(void) {
  for (size_t index = 0; index < monitor.client_count; index++)
    if (monitor.clients[index]->input_end > monitor.clients[index]->input_at) return 1;
  return 0;
}

/* A client that went without saying goodbye has ended its stdin. What it sent before still counts. */
void input_gone(struct client *client) {
  if (client->input_end > client->input_at) write_stdin(client->input + client->input_at, client->input_end - client->input_at);
  if (client->in) finish_input(client);
}
