/* From a loaded plan to a child that walks its list. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../plan/text.h"
#include "monitor.h"

/* Timings and the index of the operation under way are the only memory shared with the child. */
static int share_timings(void) {
  size_t size = (plan_count(monitor.walk.plan) + 1) * sizeof(uint64_t);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return -errno;
  monitor.walk.timings = page;
  return 0;
}

static int open_channel(void) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return -errno;
  monitor.channel = ends[0];
  monitor.walk.channel = ends[1];
  return 0;
}

static int write_map(const char *name, const char *map) {
  char path[64];
  struct text text = text_in(path, sizeof(path));
  put_string(&text, "/proc/");
  put_number(&text, monitor.pid);
  put_byte(&text, '/');
  put_string(&text, name);
  if (text_finish(&text) < 0) return -ENAMETOOLONG;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int result = write(fd, map, strlen(map)) < 0 ? -errno : 0;
  close(fd);
  return result;
}

static int write_maps(void) {
  const struct plan_header *plan = monitor.walk.plan;
  int result = plan->gid_map == 0 ? 0 : write_map("gid_map", (const char *)(uintptr_t)plan->gid_map);
  if (result == 0 && plan->uid_map != 0) result = write_map("uid_map", (const char *)(uintptr_t)plan->uid_map);
  if (plan->uid_map != 0 || plan->gid_map != 0) release_break();
  return result;
}

/* One byte lets the child go on: after its id maps are written, and from a break point. */
void release_break(void) {
  monitor.at_break = 0;
  (void)send(monitor.channel, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What the child needs is its own now; only the ownership lock stays open here. */
static void close_slots(void) {
  const struct plan_header *plan = monitor.walk.plan;
  for (uint32_t slot = 0; slot < plan->slots; slot++) {
    if (slot == plan->lock || monitor.walk.slots[slot] < 0) continue;
    close(monitor.walk.slots[slot]);
    monitor.walk.slots[slot] = -1;
  }
}

static int prepare(void) {
  const struct plan_header *plan = monitor.walk.plan;
  int result = share_timings();
  if (result == 0) result = open_channel();
  if (result == 0) result = prepare_streams();
  if (result == 0) result = log_open();
  if (result == 0 && plan->socket_path != 0) {
    monitor.listener = listen_at((const char *)(uintptr_t)plan->socket_path);
    if (monitor.listener < 0) result = monitor.listener;
  }
  return result;
}

/*
 * What `before` joined was for the child alone. Left so, every later child of this process would be born there too: the
 * reclaiming Node could make no threads, which must not be in another PID namespace than their process.
 */
static void leave_joined(const char *own, int type) {
  int fd = open(own, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)setns(fd, type);
  close(fd);
}

/*
 * A break point of `before`: the loop doesn't run yet, so read the first client's frames here. When it is gone nobody will release us: what
 * was begun is left to whoever finds the lock free.
 */
static void wait_for_release(uint32_t list, uint32_t index) {
  struct frame_failed stop = {.list = list, .index = index};
  struct frame frame = {0};
  broadcast(FRAME_BREAK, &stop, sizeof(stop));
  while (frame.type != FRAME_RELEASE) {
    ssize_t got = recv(FIRST_CONTROL_FD, &frame, sizeof(frame), MSG_WAITALL);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof(frame)) _exit(1);
  }
}

/* Failures are reported by the loop, so that a slow client gets them too. */
int start_container(void) {
  uint32_t index = 0;
  int result = prepare();
  if (result == 0) {
    int channel = monitor.walk.channel;
    monitor.walk.channel = -1;
    monitor.walk.at_break = wait_for_release;
    result = plan_walk(&monitor.walk, PLAN_BEFORE, &index);
    monitor.walk.at_break = NULL;
    monitor.walk.channel = channel;
    if (result < 0) report_failure(PLAN_BEFORE, index, -result);
  } else {
    report_failure(PLAN_CLONE, 0, -result);
  }
  if (result < 0) return result;
  monitor.clone_at = monotonic_now();
  monitor.pid = clone_child();
  if (monitor.pid < 0) report_failure(PLAN_CLONE, 0, errno);
  monitor.cloned_at = monotonic_now();
  close(monitor.walk.channel);
  monitor.walk.channel = -1;
  leave_joined("/proc/self/ns/pid", CLONE_NEWPID);
  leave_joined("/proc/self/ns/time", CLONE_NEWTIME);
  if (monitor.pid < 0) return -1;
  result = write_maps();
  if (result < 0) report_failure(PLAN_CLONE, 0, -result);
  close_slots();
  after_clone();
  /* The child walks its list meanwhile. */
  reserve_exit_record();
  /* What the last monitor was killed over. */
  compress_start();
  return result;
}
