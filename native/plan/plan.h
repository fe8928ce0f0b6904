/*
 * A plan as bytes, and the walk over it. `src/kernel/plan-encoding.ts` writes the bytes; `plan_load` checks every offset
 * and turns them into addresses in place, once, before the clone; `plan_walk` then needs no memory of its own.
 */
#ifndef TSRUN_PLAN_H
#define TSRUN_PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PLAN_MAGIC 0x31525354u /* "TSR1" */
#define PLAN_VERSION 7u
#define PLAN_ARGUMENTS 8
#define PLAN_SLOTS 1024
#define PLAN_NONE UINT64_MAX

/* One operation: 72 bytes. */
struct plan_op {
  uint32_t code;
  uint32_t reserved;
  uint64_t args[PLAN_ARGUMENTS];
};

enum plan_list { PLAN_BEFORE = 0, PLAN_CLONE = 1, PLAN_CHILD = 2, PLAN_NO_LIST = 3 };
enum plan_kind { KIND_NONE = 0, KIND_DIRECTORY = 1, KIND_FILE = 2, KIND_SAME = 3 };

/* Flags of the monitor, from MonitorOptions. */
#define MONITOR_TERMINAL 1u
#define MONITOR_OPEN_STDIN 2u
#define MONITOR_STDIN_ONCE 4u
#define MONITOR_FOLLOWS_CLIENT 8u /* an exec: ends when the client that started it goes without detaching */

/* The encoding begins with this; every string is an offset from here, 0 for none, and an address once loaded. */
struct plan_header {
  uint32_t magic, version;
  uint32_t size, data; /* of all; where the data section begins (behind the operations) */
  uint32_t slots, handles;
  uint32_t before, child;
  uint32_t break_list, break_index;
  uint32_t monitor_flags;
  uint32_t log_max_files;
  uint32_t log_driver, reserved; /* enum log_driver of the monitor */
  uint64_t log_max_size;
  uint64_t clone_flags;
  uint64_t clone_cgroup; /* slots, PLAN_NONE where there is none */
  uint64_t lock;
  uint64_t uid_map, gid_map;
  uint64_t log_path, started_path, exit_path, socket_path, oom_path;
  uint64_t log_fields, log_fields_size; /* bytes */
  uint64_t reclaim, reclaim_count;      /* words of a command */
  uint64_t compress, compress_count;    /* the same */
  struct plan_op ops[];
};

/* What a walk needs. `timings` is shared with the monitor: nanoseconds, an entry an operation. */
struct walk {
  struct plan_header *plan;
  int slots[PLAN_SLOTS];
  int channel;       /* to the monitor, SOCK_SEQPACKET; -1 in the monitor itself */
  int streams[3];    /* what useStreams takes */
  int old_root;      /* between pivotRoot and detachOldRoot */
  int umask_was_set; /* whether setUmask was walked */
  char *arguments;   /* the memory of our own argv, which forkInit renames */
  size_t arguments_size;
  volatile uint64_t *timings;
  void (*at_break)(uint32_t list, uint32_t index); /* how the monitor itself waits at a break point */
};

/* What the child tells the monitor, one datagram each. */
enum event_type { EVENT_FAILED = 1, EVENT_BREAK = 2, EVENT_CREATED = 3, EVENT_TERMINAL = 4 };
struct walk_event {
  uint32_t type, list, index;
  int32_t error;
};

/* Check and relocate `size` bytes at `bytes` (8-aligned, writable). 0, or a negative errno where they can't be a plan. */
int plan_load(void *bytes, size_t size);
/* Walk a list. 0, or a negative errno with the operation's index in *failed. A child's walk doesn't return on success of `execute`. */
int plan_walk(struct walk *walk, enum plan_list list, uint32_t *failed);
/* Operations in all. */
static inline uint32_t plan_count(const struct plan_header *plan) { return plan->before + plan->child; }
/* The shape of an operation's arguments, NULL for a code that is none. */
const char *plan_shape(uint32_t code);
/* Send an event (and a file descriptor, or -1) to the monitor. */
int walk_tell(struct walk *walk, const struct walk_event *event, int fd);
/* Nanoseconds on the monotonic clock. */
uint64_t monotonic_now(void);

static inline const char *op_text(const struct plan_op *op, int index) { return (const char *)(uintptr_t)op->args[index]; }
static inline int op_int(const struct plan_op *op, int index) { return (int)op->args[index]; }
static inline int op_fd(const struct walk *walk, const struct plan_op *op, int index) {
  return op->args[index] == PLAN_NONE ? -1 : walk->slots[op->args[index]];
}
/* -1 with errno becomes a negative errno. */
int failure(long result);

/* Every operation: 0, or a negative errno. */
#define PLAN_OP(name, code, shape) int op_##name(struct walk *walk, const struct plan_op *op);
#include "plan_ops.def"
#undef PLAN_OP

#endif
