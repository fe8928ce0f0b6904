/* The walk: one operation after the other, until the first that fails. */
#include "plan.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int failure(long result) { return result < 0 ? -errno : 0; }

uint64_t monotonic_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int walk_tell(struct walk *walk, const struct walk_event *event, int fd) {
  struct iovec data = {.iov_base = (void *)event, .iov_len = sizeof(*event)};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (fd >= 0) {
    memset(&control, 0, sizeof(control));
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof(control.bytes);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(walk->channel, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return failure(sent);
}

static int run_op(struct walk *walk, const struct plan_op *op) {
  switch (op->code) {
#define PLAN_OP(name, number, shape)                                                                                                                 \
  case number:                                                                                                                                       \
    return op_##name(walk, op);
#include "plan_ops.def"
#undef PLAN_OP
  default: return -ENOSYS;
  }
}

/* TSRUN_BREAK: say so, then wait for a byte that comes only when a client releases us. */
static void wait_at_break(struct walk *walk, uint32_t list, uint32_t index) {
  struct walk_event event = {.type = EVENT_BREAK, .list = list, .index = index};
  char released;
  if (walk->at_break != NULL) {
    walk->at_break(list, index);
    return;
  }
  (void)walk_tell(walk, &event, -1);
  while (read(walk->channel, &released, 1) < 0 && errno == EINTR) continue;
}

int plan_walk(struct walk *walk, enum plan_list list, uint32_t *failed) {
  struct plan_header *plan = walk->plan;
  uint32_t first = list == PLAN_CHILD ? plan->before : 0;
  uint32_t count = list == PLAN_CHILD ? plan->child : plan->before;
  for (uint32_t index = 0; index < count; index++) {
    walk->timings[plan_count(plan)] = index; /* what the monitor reads where we are killed on the way */
    if (plan->break_list == (uint32_t)list && plan->break_index == index) wait_at_break(walk, list, index);
    int result = run_op(walk, &plan->ops[first + index]);
    walk->timings[first + index] = monotonic_now();
    if (result >= 0) continue;
    *failed = index;
    return result;
  }
  return 0;
}
