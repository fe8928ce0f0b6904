/* The unix socket of later clients. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../plan/text.h"
#include "monitor.h"

/* An address holds 107 bytes; a directory's descriptor makes any path short. */
static int short_address(const char *path, struct sockaddr_un *address, int *directory) {
  char parent[4096];
  const char *slash = strrchr(path, '/');
  if (slash == NULL || (size_t)(slash - path) >= sizeof(parent)) return -EINVAL;
  memcpy(parent, path, (size_t)(slash - path));
  parent[slash - path] = '\0';
  *directory = open(slash == path ? "/" : parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*directory < 0) return -errno;
  memset(address, 0, sizeof(*address));
  address->sun_family = AF_UNIX;
  struct text text = text_in(address->sun_path, sizeof(address->sun_path));
  put_string(&text, "/proc/self/fd/");
  put_number(&text, *directory);
  put_string(&text, slash);
  int length = text_finish(&text);
  return length < 0 ? length : 0;
}

int listen_at(const char *path) {
  struct sockaddr_un address;
  int directory = -1, result = short_address(path, &address, &directory);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  mode_t mask = umask(0177);
  if (result == 0 && fd < 0) result = -errno;
  if (result == 0) unlink(address.sun_path); /* of the container's last life */
  if (result == 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) result = -errno;
  if (result == 0 && listen(fd, 16) < 0) result = -errno;
  umask(mask);
  if (directory >= 0) close(directory);
  if (result == 0) return fd;
  if (fd >= 0) close(fd);
  return result;
}
