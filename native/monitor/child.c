/* clone3(2) and what the new process does until its program is executed. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "../plan/kernel_calls.h"
#include "monitor.h"

/* Die with the monitor, also where it died before we could ask for that. */
static void tie_to_monitor(void) {
  struct pollfd channel = {.fd = monitor.walk.channel, .events = 0};
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  close(monitor.channel);
  if (poll(&channel, 1, 0) > 0 && (channel.revents & POLLHUP) != 0) _exit(137);
}

static _Noreturn void be_child(void) {
  struct walk_event event = {.type = EVENT_FAILED, .list = PLAN_CHILD};
  tie_to_monitor();
  event.error = -plan_walk(&monitor.walk, PLAN_CHILD, &event.index);
  /* A plan without `execute` ends well, with nothing run. */
  if (event.error != 0) (void)walk_tell(&monitor.walk, &event, -1);
  _exit(event.error == 0 ? 0 : 127);
}

pid_t clone_child(void) {
  const struct plan_header *plan = monitor.walk.plan;
  int pidfd = -1;
  struct kernel_clone_args args = {
      .flags = plan->clone_flags | CLONE_PIDFD,
      .pidfd = (uint64_t)(uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
  };
  if (plan->clone_cgroup != PLAN_NONE) {
    args.flags |= TSRUN_CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)monitor.walk.slots[plan->clone_cgroup];
  }
  long pid = syscall(SYS_clone3, &args, sizeof(args));
  if (pid == 0) be_child();
  if (pid > 0) monitor.pidfd = pidfd;
  return (pid_t)pid;
}
