/* Hand a monitor that waits for it its plan, in memory of its own, and the descriptors that the plan is about. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client.h"

static int open_plan(const void *plan, size_t size) {
  int fd = memfd_create("tsrun-plan", MFD_CLOEXEC);
  if (fd < 0) return -1;
  for (size_t at = 0; at < size;) {
    ssize_t written = write(fd, (const char *)plan + at, size - at);
    if (written < 0 && errno != EINTR) {
      int error = errno;
      close(fd);
      errno = error;
      return -1;
    }
    if (written > 0) at += (size_t)written;
  }
  return fd;
}

/* unix(7), SCM_RIGHTS: they go with one message, whole or not at all. */
static int send_descriptors(int control, const int *descriptors, size_t count) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(HANDED_MOST * sizeof(int))];
  } rights = {0};
  struct handover handover = {.descriptors = (uint32_t)count};
  struct iovec content = {.iov_base = &handover, .iov_len = sizeof(handover)};
  struct msghdr message = {
      .msg_iov = &content, .msg_iovlen = 1, .msg_control = rights.space, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  rights.header.cmsg_level = SOL_SOCKET;
  rights.header.cmsg_type = SCM_RIGHTS;
  rights.header.cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(&rights.header), descriptors, count * sizeof(int));
  ssize_t sent;
  do sent = sendmsg(control, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

int hand_over(int control, const void *plan, size_t size, const int *handles, size_t count, const char **call) {
  int descriptors[HANDED_MOST];
  *call = "hand over";
  if (count > HANDED_MOST - 1) return -E2BIG;
  *call = "memfd_create";
  if ((descriptors[0] = open_plan(plan, size)) < 0) return -errno;
  if (count > 0) memcpy(descriptors + 1, handles, count * sizeof(int));
  *call = "sendmsg";
  int result = send_descriptors(control, descriptors, count + 1);
  close(descriptors[0]);
  return result;
}
