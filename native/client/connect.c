/* Join a running container through its monitor's socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"

/* A path may be longer than an address: connect through a descriptor of the socket itself. */
int connect_monitor(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int file = open(path, O_PATH | O_CLOEXEC);
  if (file < 0) return -errno;
  snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", file);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int result = fd < 0 ? -errno : 0;
  if (result == 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) result = -errno;
  close(file);
  if (result == 0) return fd;
  if (fd >= 0) close(fd);
  return result;
}
