/* What the operations share among themselves. */
#ifndef TSRUN_PLAN_PARTS_H
#define TSRUN_PLAN_PARTS_H

#include <sys/types.h>

#include "kernel_calls.h"
#include "plan.h"

/* Keep `fd` (or -1 and errno) as `slot`; a descriptor that was there is closed. */
int fill_slot(struct walk *walk, uint64_t slot, int fd);
/* An O_PATH descriptor of `path` inside "/", made (0755, parents too) as `kind` where it is missing. Negative errno on failure. */
int open_target(const char *path, enum plan_kind kind, mode_t mode, int *made);
/* The same without making it, following no symbolic link at all. */
int open_plain(const char *path);
/* mount(2) onto the directory of an O_PATH descriptor, without a path that could be swapped. */
int mount_onto(int target, const char *source, const char *type, unsigned long flags, const char *data);
/* A detached copy of the mount that `fd` lies in, seen from `fd`. */
int clone_mount(int fd, int recursive);

#endif
