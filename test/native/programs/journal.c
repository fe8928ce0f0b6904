/* A journal for tests: `journal SOCKET` binds a datagram socket, waits for a line on stdin, and then writes each datagram to
 * stdout with its length (8 hex digits) before it. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char bytes[1 << 20];
  struct sockaddr_un here = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (argc < 2) return 2;
  strncpy(here.sun_path, argv[1], sizeof(here.sun_path) - 1);
  if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0) return 1;
  if (write(1, "bound\n", 6) != 6 || read(0, bytes, 1) < 0) return 1;
  for (;;) {
    ssize_t got = recv(fd, bytes, sizeof(bytes), 0);
    if (got < 0) return 1;
    printf("%08zx", (size_t)got);
    fwrite(bytes, 1, (size_t)got, stdout);
    fflush(stdout);
  }
}
