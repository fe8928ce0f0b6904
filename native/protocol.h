/*
 * What a monitor and its clients say to each other, over the socket pair it was started with and over the unix socket it
 * listens on. A stream of frames, each an eight byte header and `length` bytes; numbers in the machine's order.
 *
 * Before any frame the client that started the monitor hands it its plan: a struct handover with descriptors beside it (SCM_RIGHTS),
 * the plan's first, then those of the plan's handles in their order.
 *
 * That client, the first one, gets FRAME_STARTED or FRAME_FAILED. The monitor reads nothing of the
 * container's output until that client attaches, waits, detaches or goes away, so that it misses nothing.
 *
 * A client may have sent STDIN_WINDOW bytes of stdin that FRAME_STDIN_TAKEN has not yet named: signals and resizes sent after
 * them are never stuck behind a program that doesn't read. It sends nothing while less than half of the window is free, or
 * both would soon pass on a few bytes at a time (the silly window of RFC 1122, 4.2.3.4). Output needs no window: a client that doesn't read makes the
 * monitor stop reading from the container, and nothing is lost. Where several get output, one that takes nothing for ten
 * seconds no longer holds up the others: it misses output until it has caught up, and is told how much (FRAME_SKIPPED).
 */
#ifndef TSRUN_PROTOCOL_H
#define TSRUN_PROTOCOL_H

#include <stdint.h>

#define STDIN_WINDOW 32768u
#define FRAME_LONGEST 65536u

/* How many descriptors go in one message: the kernel's own limit, SCM_MAX_FD, is 253. */
#define HANDED_MOST 250

struct handover {
  uint32_t descriptors;
};

struct frame {
  uint32_t length; /* of what follows this header */
  uint32_t type;
};

enum frame_type {
  /* Monitor to client. */
  FRAME_STARTED = 1,     /* struct frame_started, then before, 1 and child numbers: uint32_t microseconds */
  FRAME_FAILED = 2,      /* struct frame_failed */
  FRAME_CREATED = 3,     /* struct frame_started without timings: waits to be started (OCI create) */
  FRAME_BREAK = 4,       /* struct frame_failed with errno 0: waits for FRAME_RELEASE before this operation */
  FRAME_STDOUT = 5,      /* bytes */
  FRAME_STDERR = 6,      /* bytes */
  FRAME_EXIT = 7,        /* struct frame_exit; nothing follows */
  FRAME_STDIN_TAKEN = 8, /* uint32_t: bytes of stdin that may be sent again */
  FRAME_ANSWER = 9,      /* int32_t: 0 or errno of the FRAME_SIGNAL or FRAME_RESIZE that was asked */
  FRAME_SKIPPED = 10,    /* uint64_t: bytes of output that this client missed here, because it held up others for too long */

  /* Client to monitor. */
  FRAME_ATTACH = 32,      /* uint32_t: ATTACH_* */
  FRAME_STDIN = 33,       /* bytes */
  FRAME_STDIN_EOF = 34,   /* nothing */
  FRAME_RESIZE = 35,      /* struct frame_size */
  FRAME_SIGNAL = 36,      /* uint32_t */
  FRAME_WAIT = 37,        /* nothing: wants FRAME_EXIT and no output */
  FRAME_DETACH = 38,      /* nothing: no more output, and stdin stays open */
  FRAME_RELEASE = 39,     /* nothing: go on after FRAME_BREAK */
  FRAME_OUTPUT_GONE = 40, /* uint32_t: ATTACH_STDOUT or ATTACH_STDERR: whoever read it from this client is gone */
};

#define ATTACH_STDIN 1u
#define ATTACH_STDOUT 2u
#define ATTACH_STDERR 4u
#define ATTACH_CLAIM 8u /* this client reclaims when PID 1 ends, if it is still there */

struct frame_started {
  uint64_t start_time; /* of PID 1, clock ticks since boot, as in /proc/PID/stat */
  uint32_t pid;
  uint32_t before, child; /* how many timings of each list follow */
  uint32_t reserved;
};
struct frame_failed {
  uint32_t list, index; /* 0 before, 1 clone, 2 child */
  int32_t error;
};
struct frame_exit {
  uint32_t status; /* exit code, or 128 + signal */
  uint32_t oom_killed;
};
struct frame_size {
  uint16_t rows, columns;
};

#endif
