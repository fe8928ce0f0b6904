/* What is written down: that PID 1 runs, and how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../plan/text.h"
#include "monitor.h"

#define LONGEST_RECORD 256

/* Where a record is written before it gets its name. */
static int open_temporary(const char *path, char *temporary, size_t size) {
  if (path == NULL) return -1;
  struct text text = text_in(temporary, size);
  put_string(&text, path);
  put_string(&text, ".tmp");
  if (text_finish(&text) < 0) return -1;
  return open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* A record is there as a whole or not at all. `durable`: it must outlive a power cut too. */
static void write_record(const char *path, struct text *record, int durable) {
  char temporary[4096];
  int length = text_finish(record);
  if (length < 0) return;
  int fd = open_temporary(path, temporary, sizeof(temporary));
  if (fd < 0) return;
  /* Over what is there, which has its place on the disk: cut off only afterwards. */
  int whole = write(fd, record->start, (size_t)length) == length && ftruncate(fd, length) == 0;
  if (whole && durable) whole = fsync(fd) == 0;
  close(fd);
  if (whole) rename(temporary, path);
  else unlink(temporary);
}

static void put_time(struct text *text, const char *name) {
  char now[TIME_SIZE];
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  format_time(now, &time);
  put_string(text, name);
  put_string(text, now);
  put_string(text, "\"}\n");
}

void write_started_record(uint64_t start_time) {
  char record[LONGEST_RECORD];
  struct text text = text_in(record, sizeof(record));
  put_string(&text, "{\"pid\":");
  put_number(&text, monitor.pid);
  put_string(&text, ",\"startTime\":");
  put_digits(&text, start_time, 1);
  put_string(&text, ",\"monitorPid\":");
  put_number(&text, getpid());
  put_time(&text, ",\"startedAt\":\"");
  write_record(monitor.started_path, &text, 0);
}

/* The disk may be full by then: how the container ended must not be lost for want of a block. */
void reserve_exit_record(void) {
  static const char blank[LONGEST_RECORD];
  char temporary[4096];
  int fd = open_temporary(monitor.exit_path, temporary, sizeof(temporary));
  if (fd < 0) return;
  (void)!write(fd, blank, sizeof(blank));
  close(fd);
}

/* It never ran. */
void forget_exit_record(void) {
  char temporary[4096];
  int fd = open_temporary(monitor.exit_path, temporary, sizeof(temporary));
  if (fd < 0) return;
  close(fd);
  unlink(temporary);
}

void write_exit_record(int status, int signal, int oom_killed, int durable) {
  char record[LONGEST_RECORD];
  struct text text = text_in(record, sizeof(record));
  put_string(&text, "{\"status\":");
  put_number(&text, status);
  put_string(&text, ",\"signal\":");
  put_number(&text, signal);
  put_string(&text, oom_killed ? ",\"oomKilled\":true" : ",\"oomKilled\":false");
  put_time(&text, ",\"finishedAt\":\"");
  write_record(monitor.exit_path, &text, durable);
}

static ssize_t read_file(const char *path, char *bytes, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t got = read(fd, bytes, size - 1);
  close(fd);
  if (got >= 0) bytes[got] = '\0';
  return got;
}

static uint64_t read_number(const char *digits) {
  uint64_t number = 0;
  for (; *digits >= '0' && *digits <= '9'; digits++) number = number * 10 + (uint64_t)(*digits - '0');
  return number;
}

/* The 22nd field of /proc/PID/stat; the name in the second may hold anything, but ends at the last parenthesis. */
uint64_t read_start_time(pid_t pid) {
  char path[32], stat[1024];
  struct text text = text_in(path, sizeof(path));
  put_string(&text, "/proc/");
  put_number(&text, pid);
  put_string(&text, "/stat");
  if (text_finish(&text) < 0 || read_file(path, stat, sizeof(stat)) <= 0) return 0;
  char *at = strrchr(stat, ')');
  for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
  return at == NULL ? 0 : read_number(at + 1);
}

/* `oom_kill N`, in memory.events of v2 and memory.oom_control of v1 alike. */
int read_oom_kills(void) {
  char counts[1024];
  if (monitor.oom_path == NULL || read_file(monitor.oom_path, counts, sizeof(counts)) <= 0) return 0;
  for (char *line = counts; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, "oom_kill ", 9) == 0) return read_number(line + 9) > 0;
  }
  return 0;
}
