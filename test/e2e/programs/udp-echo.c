/* Answers every datagram to port 53 with itself. */
#include <arpa/inet.h>
#include <sys/socket.h>

int main(void) {
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(53)}, there;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0) return 1;
  for (;;) {
    char bytes[1500];
    socklen_t size = sizeof(there);
    ssize_t got = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&there, &size);
    if (got >= 0) sendto(fd, bytes, (size_t)got, 0, (struct sockaddr *)&there, size);
  }
}
