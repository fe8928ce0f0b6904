/* What a monitor waits for first: its plan, and the descriptors that this is about. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "monitor.h"

/* The descriptors that came with a message; none of them is to reach the container's program. Their number, or -1. */
static int take_descriptors(struct msghdr *message, int descriptors[HANDED_MOST]) {
  struct cmsghdr *rights = CMSG_FIRSTHDR(message);
  if (rights == NULL || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS || (message->msg_flags & MSG_CTRUNC) != 0) return -1;
  size_t size = rights->cmsg_len - CMSG_LEN(0);
  memcpy(descriptors, CMSG_DATA(rights), size);
  return (int)(size / sizeof(int));
}

/*
 * Wait for them: the command that started us is still finding out what the plan is. How many came; 0 where it went away, or gave up,
 * before it had one: nothing was begun then. -1 for anything else.
 */
int await_handover(int descriptors[HANDED_MOST]) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(HANDED_MOST * sizeof(int))];
  } rights;
  struct handover handover;
  struct iovec content = {.iov_base = &handover, .iov_len = sizeof(handover)};
  struct msghdr message = {.msg_iov = &content, .msg_iovlen = 1, .msg_control = rights.space, .msg_controllen = sizeof(rights.space)};
  if (fcntl(FIRST_CONTROL_FD, F_SETFD, FD_CLOEXEC) < 0) return -1;
  ssize_t got;
  do got = recvmsg(FIRST_CONTROL_FD, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got == 0) return 0;
  if (got != sizeof(handover)) return -1;
  int count = take_descriptors(&message, descriptors);
  return count == (int)handover.descriptors ? count : -1;
}
