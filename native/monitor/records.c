/* What is written down: that PID 1 runs, and how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "monitor.h"

/* RFC 3339 with nanoseconds, without trailing zeros: how Go, and so Docker, writes a time. Needs 40 bytes. */
size_t format_time(char *text) {
  struct timespec now;
  struct tm parts;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &parts);
  size_t length = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &parts);
  if (now.tv_nsec != 0) {
    length += (size_t)snprintf(text + length, 40 - length, ".%09ld", now.tv_nsec);
    while (text[length - 1] == '0') length--;
  }
  text[length++] = 'Z';
  text[length] = '\0';
  return length;
}

/* A record is there as a whole or not at all. `durable`: it must outlive a power cut too. */
static void write_record(const char *path, const char *text, size_t length, int durable) {
  char temporary[4096];
  if (path == NULL || snprintf(temporary, sizeof(temporary), "%s.tmp", path) >= (int)sizeof(temporary)) return;
  int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return;
  int whole = write(fd, text, length) == (ssize_t)length;
  if (whole && durable) whole = fsync(fd) == 0;
  close(fd);
  if (whole) rename(temporary, path);
  else unlink(temporary);
}

void write_started_record(uint64_t start_time) {
  char text[256], now[40];
  format_time(now);
  int length = snprintf(text, sizeof(text), "{\"pid\":%d,\"startTime\":%llu,\"monitorPid\":%d,\"startedAt\":\"%s\"}\n", (int)monitor.pid,
                        (unsigned long long)start_time, (int)getpid(), now);
  write_record(monitor.started_path, text, (size_t)length, 0);
}

void write_exit_record(int status, int signal, int oom_killed, int durable) {
  char text[256], now[40];
  format_time(now);
  int length = snprintf(text, sizeof(text), "{\"status\":%d,\"signal\":%d,\"oomKilled\":%s,\"finishedAt\":\"%s\"}\n", status, signal,
                        oom_killed ? "true" : "false", now);
  write_record(monitor.exit_path, text, (size_t)length, durable);
}

static ssize_t read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t got = read(fd, text, size - 1);
  close(fd);
  if (got >= 0) text[got] = '\0';
  return got;
}

/* The 22nd field of /proc/PID/stat; names in the second may hold anything but end at the last parenthesis. */
uint64_t read_start_time(pid_t pid) {
  char path[32], text[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
  if (read_file(path, text, sizeof(text)) <= 0) return 0;
  char *at = strrchr(text, ')');
  for (int field = 2; at != NULL && field < 22; field++) at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at + 1, NULL, 10);
}

/* `oom_kill N`, in memory.events of v2 and memory.oom_control of v1 alike. */
int read_oom_kills(void) {
  char text[1024];
  if (monitor.oom_path == NULL || read_file(monitor.oom_path, text, sizeof(text)) <= 0) return 0;
  for (char *line = text; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') line++;
    if (strncmp(line, "oom_kill ", 9) == 0) return strtoull(line + 9, NULL, 10) > 0;
  }
  return 0;
}
