/*
 * tsrun-monitor ID [EXEC-ID]: started from a sealed memfd with its control socket as descriptor 3, over which it is handed its plan
 * (handover.c). One loop, no threads, and memory only where a client needs it.
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitor.h"

struct monitor monitor;

static void forget_descriptors(void) {
  monitor.channel = monitor.pidfd = monitor.listener = monitor.stdin_sink = monitor.master = monitor.log = -1;
  monitor.sources[0] = monitor.sources[1] = -1;
  monitor.walk.channel = monitor.walk.old_root = -1;
  for (int slot = 0; slot < PLAN_SLOTS; slot++) monitor.walk.slots[slot] = -1;
}

/* Map the plan privately, so that its addresses can be put into it. */
static int load_plan(int fd) {
  struct stat status;
  if (fstat(fd, &status) < 0 || status.st_size <= 0) return -1;
  monitor.plan_size = (size_t)status.st_size;
  void *bytes = mmap(NULL, monitor.plan_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  if (bytes == MAP_FAILED) return -1;
  close(fd);
  monitor.walk.plan = bytes;
  return plan_load(bytes, monitor.plan_size);
}

static int take_plan(const int *descriptors, int count) {
  if (load_plan(descriptors[0]) < 0 || (uint32_t)count != monitor.walk.plan->handles + 1) return -1;
  for (int slot = 0; slot < count - 1; slot++) monitor.walk.slots[slot] = descriptors[slot + 1];
  return 0;
}

static char *keep_bytes(uint64_t bytes, size_t length) {
  char *copy = bytes == 0 || length == 0 ? NULL : malloc(length);
  return copy == NULL ? NULL : memcpy(copy, (const char *)(uintptr_t)bytes, length);
}

static char *keep(uint64_t text) { return text == 0 ? NULL : strdup((const char *)(uintptr_t)text); }

static char **keep_words(uint64_t words, uint64_t count) {
  const uint64_t *texts = (const uint64_t *)(uintptr_t)words;
  char **copy = words == 0 || count == 0 ? NULL : calloc(count + 1, sizeof(char *));
  for (uint64_t index = 0; copy != NULL && index < count; index++) copy[index] = keep(texts[index]);
  return copy;
}

/* The plan is unmapped once the container runs; what we need longer is copied. */
static void keep_options(void) {
  const struct plan_header *plan = monitor.walk.plan;
  monitor.flags = plan->monitor_flags;
  monitor.log_driver = plan->log_path == 0 ? LOG_NONE : plan->log_driver;
  monitor.log_max_files = plan->log_max_files;
  monitor.log_max_size = plan->log_max_size;
  monitor.log_path = keep(plan->log_path);
  monitor.log_fields.bytes = keep_bytes(plan->log_fields, plan->log_fields_size);
  monitor.log_fields.length = monitor.log_fields.bytes == NULL ? 0 : plan->log_fields_size;
  monitor.started_path = keep(plan->started_path);
  monitor.exit_path = keep(plan->exit_path);
  monitor.oom_path = keep(plan->oom_path);
  monitor.reclaim = keep_words(plan->reclaim, plan->reclaim_count);
  monitor.compress = plan->log_max_files > 1 ? keep_words(plan->compress, plan->compress_count) : NULL;
}

/*
 * No real-time process, though our caller may be one: a cgroup has no time for those unless it was given some, and lets none in.
 * System calls, since musl has none of these functions.
 */
static void be_ordinary(void) {
  const struct sched_param ordinary = {0};
  long policy = syscall(SYS_sched_getscheduler, 0);
  if (policy < 0) return;
  policy &= ~SCHED_RESET_ON_FORK;
  if (policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE) syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &ordinary);
}

static void prepare_process(int argc, char **argv) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
  prctl(PR_SET_NAME, "tsrun-monitor", 0, 0, 0);
  umask(0);
  be_ordinary();
  if (chdir("/") < 0) _exit(1);
  monitor.walk.arguments = argv[0];
  monitor.walk.arguments_size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]);
}

int main(int argc, char **argv) {
  int descriptors[HANDED_MOST];
  forget_descriptors();
  prepare_process(argc, argv);
  int count = await_handover(descriptors);
  if (count <= 0) return count == 0 ? 0 : 1;
  monitor.started_at = monotonic_now();
  if (take_plan(descriptors, count) < 0) return 1;
  keep_options();
  monitor.undecided = 1;
  if (add_client(FIRST_CONTROL_FD) == NULL) return 1;
  start_container();
  run_loop();
}
