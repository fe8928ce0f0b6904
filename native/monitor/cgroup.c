/* Which cgroup the monitor itself lives in. */
#include <signal.h>
#include <unistd.h>

#include "../plan/kernel_calls.h"
#include "monitor.h"

/*
 * Leave the caller's cgroup: what ends a session or a service ends all that is in its cgroup, and a container must not end with
 * the shell that started it. A process that moves waits for an RCU grace period, some 10 ms; one that is made elsewhere doesn't.
 * Where that fails (an old kernel, a caller's limit of processes) we stay: no reason to fail a start.
 * As long as the descriptor is open its lock keeps `down` from removing the directory (src/kernel/cgroup/engine.ts).
 */
void leave_callers_cgroup(void) {
  uint64_t slot = monitor.walk.plan->monitor_cgroup;
  if (slot == PLAN_NONE) return;
  struct kernel_clone_args args = {
      .flags = TSRUN_CLONE_INTO_CGROUP,
      .exit_signal = SIGCHLD,
      .cgroup = (uint64_t)monitor.walk.slots[slot],
  };
  if (syscall(SYS_clone3, &args, sizeof(args)) > 0) _exit(0);
  close(monitor.walk.slots[slot]);
  monitor.walk.slots[slot] = -1;
}
