/* What the child says while it walks its list, and what of that the first client hears. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

/* Only the first failure counts: a second is its consequence. */
void report_failure(enum plan_list list, uint32_t index, int error) {
  if (monitor.failed) return;
  monitor.failed = 1;
  monitor.undecided = 0;
  monitor.failure = (struct frame_failed){.list = list, .index = index, .error = error};
  broadcast(FRAME_FAILED, &monitor.failure, sizeof(monitor.failure));
  if (monitor.pidfd >= 0) syscall(SYS_pidfd_send_signal, monitor.pidfd, SIGKILL, NULL, 0);
}

static uint32_t microseconds(uint64_t from, uint64_t until) { return until <= from ? 0 : (uint32_t)((until - from) / 1000); }

/* STARTED with a timing for every operation: before's since we began, the clone's own, the child's since the clone. */
static void tell_started(uint64_t start_time) {
  const struct plan_header *plan = monitor.walk.plan;
  size_t count = plan_count(plan) + 1, size = sizeof(struct frame_started) + count * sizeof(uint32_t);
  struct frame_started *frame = calloc(1, size);
  if (frame == NULL) return;
  *frame = (struct frame_started){.start_time = start_time, .pid = (uint32_t)monitor.pid, .before = plan->before, .child = plan->child};
  uint32_t *timings = (uint32_t *)(frame + 1);
  for (uint32_t index = 0; index < plan->before; index++) timings[index] = microseconds(monitor.started_at, monitor.walk.timings[index]);
  timings[plan->before] = microseconds(monitor.clone_at, monitor.cloned_at);
  for (uint32_t index = plan->before; index < plan_count(plan); index++)
    timings[index + 1] = microseconds(monitor.clone_at, monitor.walk.timings[index]);
  broadcast(FRAME_STARTED, frame, size);
  free(frame);
}

/* The channel's end: the program is executed, or the child was killed on its way there. */
static void channel_ended(void) {
  struct plan_header *plan = monitor.walk.plan;
  close(monitor.channel);
  monitor.channel = -1;
  uint64_t reached = monitor.walk.timings[plan_count(plan)];
  if (!monitor.failed && plan->child > 0 && reached != plan->child - 1) report_failure(PLAN_CHILD, (uint32_t)reached, ECANCELED);
  if (!monitor.failed) {
    uint64_t start_time = read_start_time(monitor.pid);
    monitor.walk.timings[plan_count(plan) - (plan->child > 0 ? 1 : 0)] = monotonic_now();
    write_started_record(start_time);
    monitor.started = 1;
    tell_started(start_time);
  }
  munmap((void *)monitor.walk.timings, (plan_count(plan) + 1) * sizeof(uint64_t));
  munmap(plan, monitor.plan_size);
  monitor.walk.plan = NULL;
}

static void take_event(const struct walk_event *event, int fd) {
  struct frame_failed stop = {.list = event->list, .index = event->index};
  struct frame_started created = {.pid = (uint32_t)monitor.pid};
  switch (event->type) {
  case EVENT_FAILED: report_failure((enum plan_list)event->list, event->index, event->error); break;
  case EVENT_BREAK:
    monitor.at_break = 1;
    broadcast(FRAME_BREAK, &stop, sizeof(stop));
    if (monitor.client_count == 0) end_with_client();
    break;
  case EVENT_CREATED:
    created.start_time = read_start_time(monitor.pid);
    broadcast(FRAME_CREATED, &created, sizeof(created));
    break;
  case EVENT_TERMINAL: take_terminal(fd); return;
  default: break;
  }
  if (fd >= 0) close(fd);
}

void handle_channel(void) {
  struct walk_event event;
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec data = {.iov_base = &event, .iov_len = sizeof(event)};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
  ssize_t got = recvmsg(monitor.channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    channel_ended();
    return;
  }
  int fd = -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header != NULL && header->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(header), sizeof(fd));
  if (got == sizeof(event)) take_event(&event, fd);
}
