/* The container's log: lines of at most 16 KiB, as Docker splits them, and rotation by size. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../plan/text.h"
#include "monitor.h"

#define LONGEST_LINE 16384
#define GATHERED 32768

/* What has no newline yet, of stdout and of stderr. */
static char unfinished[2][LONGEST_LINE];
static size_t unfinished_length[2];
/* Records to be written at once; room behind for one more of the longest. */
static char gathered[GATHERED + 6 * LONGEST_LINE + 128];
static size_t gathered_length;
static uint64_t file_size;

static int open_file(int flags) {
  monitor.log = open(monitor.log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | flags, 0640);
  if (monitor.log < 0) return -errno;
  struct stat status;
  file_size = fstat(monitor.log, &status) == 0 ? (uint64_t)status.st_size : 0;
  return 0;
}

int log_open(void) { return monitor.log_path == NULL ? 0 : open_file(0); }

/* The log's path itself is number 0. */
static int numbered_path(char *path, size_t size, uint32_t number) {
  struct text text = text_in(path, size);
  put_string(&text, monitor.log_path);
  if (number > 0) {
    put_byte(&text, '.');
    put_number(&text, number);
  }
  return text_finish(&text);
}

/* path.2 becomes path.3, path.1 path.2, path path.1. One file alone starts again from nothing. */
static void rotate(void) {
  char from[4096], to[4096];
  close(monitor.log);
  for (uint32_t number = monitor.log_max_files; number-- > 1;) {
    if (numbered_path(from, sizeof(from), number - 1) > 0 && numbered_path(to, sizeof(to), number) > 0) rename(from, to);
  }
  (void)open_file(O_TRUNC);
}

/* A full disk loses records, not the container. */
static void write_gathered(void) {
  for (size_t at = 0; at < gathered_length && monitor.log >= 0;) {
    ssize_t written = write(monitor.log, gathered + at, gathered_length - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    at += (size_t)written;
  }
  gathered_length = 0;
}

static void add_record(int stream, const char *bytes, size_t length, int whole) {
  if (monitor.log_max_size > 0 && file_size >= monitor.log_max_size) {
    write_gathered();
    rotate();
  }
  size_t added = log_encode(gathered + gathered_length, bytes, length, stream, whole);
  gathered_length += added;
  file_size += added;
  if (gathered_length >= GATHERED) write_gathered();
}

/* Keep the start of a line; it is a record of its own where it grows too long. */
static size_t keep_start(int stream, const char *bytes, size_t length) {
  size_t room = LONGEST_LINE - unfinished_length[stream], part = length < room ? length : room;
  memcpy(unfinished[stream] + unfinished_length[stream], bytes, part);
  unfinished_length[stream] += part;
  if (unfinished_length[stream] < LONGEST_LINE) return part;
  add_record(stream, unfinished[stream], LONGEST_LINE, 0);
  unfinished_length[stream] = 0;
  return part;
}

static void end_line(int stream, const char *bytes, size_t length) {
  if (unfinished_length[stream] == 0) {
    add_record(stream, bytes, length, 1);
    return;
  }
  memcpy(unfinished[stream] + unfinished_length[stream], bytes, length);
  add_record(stream, unfinished[stream], unfinished_length[stream] + length, 1);
  unfinished_length[stream] = 0;
}

void log_bytes(int stream, const char *bytes, size_t length) {
  if (monitor.log < 0) return;
  while (length > 0) {
    size_t room = LONGEST_LINE - unfinished_length[stream], seen = length < room ? length : room;
    const char *newline = memchr(bytes, '\n', seen);
    size_t used;
    if (newline == NULL) {
      used = keep_start(stream, bytes, length);
    } else {
      end_line(stream, bytes, (size_t)(newline - bytes));
      used = (size_t)(newline - bytes) + 1;
    }
    bytes += used;
    length -= used;
  }
  write_gathered();
}

void log_close(void) {
  for (int stream = 0; stream < 2 && monitor.log >= 0; stream++) {
    if (unfinished_length[stream] > 0) add_record(stream, unfinished[stream], unfinished_length[stream], 0);
    unfinished_length[stream] = 0;
  }
  write_gathered();
}
