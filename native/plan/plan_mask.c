/* Paths that the container must not see, or not write. A link in the path is refused: CVE-2025-31133. */
#include <sys/mount.h>
#include <sys/stat.h>

#include "plan_parts.h"

/* A missing path is nothing to hide. */
static int open_or_skip(const char *path, int *skipped) {
  int fd = open_plain(path);
  *skipped = fd == -ENOENT || fd == -ENOTDIR;
  return fd;
}

static int cover_file(int cover, int target) {
  int tree = clone_mount(cover, 0);
  if (tree < 0) return tree;
  int result = failure(kernel_move_mount(tree, target));
  close(tree);
  return result;
}

static int is_null(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == ((1u << 8) | 3u);
}

int op_maskPath(struct walk *walk, const struct plan_op *op) {
  struct stat status;
  int skipped, cover = op_fd(walk, op, 1);
  int target = open_or_skip(op_text(op, 0), &skipped);
  if (target < 0) return skipped ? 0 : target;
  int result = failure(fstat(target, &status));
  if (result == 0 && S_ISDIR(status.st_mode)) result = mount_onto(target, "tmpfs", "tmpfs", MS_RDONLY, "nr_inodes=2,mode=755");
  else if (result == 0) result = is_null(cover) ? cover_file(cover, target) : -ENODEV;
  close(target);
  return result;
}

int op_readonlyPath(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  struct kernel_mount_attr attributes = {.set = MOUNT_ATTR_RDONLY};
  int skipped, target = open_or_skip(op_text(op, 0), &skipped);
  if (target < 0) return skipped ? 0 : target;
  int tree = clone_mount(target, 1), result = tree < 0 ? tree : 0;
  if (result == 0) result = failure(kernel_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes));
  if (result == 0) result = failure(kernel_move_mount(tree, target));
  if (tree >= 0) close(tree);
  close(target);
  return result;
}
