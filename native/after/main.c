/*
 * tsrun-after MILLISECONDS FILE PROGRAM [ARGUMENT...]: write our pid to FILE, wait, and become PROGRAM. It holds what it
 * inherited meanwhile (the lock of a container that waits to be restarted), in some tens of kilobytes where Node.js takes as
 * many megabytes. Killed at any instant it leaves nothing but FILE, and the lock free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int write_pid(const char *path) {
  char pid[32];
  int length = snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return -1;
  int whole = write(fd, pid, (size_t)length) == length;
  close(fd);
  return whole ? 0 : -1;
}

/* By a clock that nobody sets, and that goes on while the machine sleeps. */
static void wait_for(unsigned long milliseconds) {
  struct timespec left = {.tv_sec = (time_t)(milliseconds / 1000), .tv_nsec = (long)(milliseconds % 1000) * 1000000};
  while (clock_nanosleep(CLOCK_BOOTTIME, 0, &left, &left) == EINTR) continue;
}

int main(int argc, char **argv) {
  if (argc < 4) return 125;
  if (write_pid(argv[2]) < 0) return 125;
  wait_for(strtoul(argv[1], NULL, 10));
  execv(argv[3], argv + 3);
  return 127;
}
