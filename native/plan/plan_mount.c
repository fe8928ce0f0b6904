/* Operations on the mount tree. Targets are descriptors, so that nothing can swap a path between check and use. */
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "plan_parts.h"

int mount_onto(int target, const char *source, const char *type, unsigned long flags, const char *data) {
  if (fchdir(target) < 0) return -errno;
  return failure(mount(source, ".", type, flags, data));
}

int clone_mount(int fd, int recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  int tree = kernel_open_tree(fd, "", flags);
  return tree < 0 ? -errno : tree;
}

/* A bind onto a file: mount(2) has no "." for it, detached mounts do. */
static int bind_onto(int target, const char *source, unsigned long flags) {
  if ((flags & MS_BIND) == 0) return -ENOTDIR;
  unsigned recursive = (flags & MS_REC) != 0 ? AT_RECURSIVE : 0;
  int tree = kernel_open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
  if (tree < 0) return -errno;
  int result = failure(kernel_move_mount(tree, target));
  close(tree);
  return result;
}

/* Whether the last component of `path` is a symbolic link (CVE-2019-19921). */
static int refuse_last_link(const char *path) {
  struct stat status;
  return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) ? -ELOOP : 0;
}

/* What is meant to lie in /proc says so: which of it may be covered was decided before. */
static int is_named_in_proc(const char *path) { return strncmp(path, "/proc", 5) == 0 && (path[5] == '/' || path[5] == '\0'); }

/* Whether it lies in the container's /proc; another one that somebody bound into it is not ours to guard. */
static int is_in_proc(int fd) {
  struct statfs system;
  struct stat found, own;
  if (fstatfs(fd, &system) < 0) return -errno;
  if (system.f_type != PROC_SUPER_MAGIC) return 0;
  if (fstat(fd, &found) < 0 || lstat("/proc", &own) < 0) return -errno;
  return found.st_dev == own.st_dev;
}

/* A link of the image's must not lead a mount onto the kernel's own files, which we and the program rely on (CVE-2019-16884). */
static int open_mount_target(const char *path, enum plan_kind kind) {
  int fd = open_target(path, kind, kind == KIND_FILE ? 0644 : 0755, NULL);
  if (fd < 0 || is_named_in_proc(path)) return fd;
  int inside = is_in_proc(fd);
  if (inside == 0) return fd;
  close(fd);
  return inside < 0 ? inside : -EXDEV;
}

int op_mount(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  const char *source = op_text(op, 0), *target = op_text(op, 1), *type = op_text(op, 2), *data = op_text(op, 4);
  unsigned long flags = op->args[3];
  if (op->args[6] != 0 && refuse_last_link(target) < 0) return -ELOOP;
  if (op->args[5] == KIND_NONE) return failure(mount(source, target, *type == '\0' ? NULL : type, flags, *data == '\0' ? NULL : data));
  enum plan_kind kind = op->args[5] == KIND_FILE ? KIND_FILE : KIND_DIRECTORY;
  int fd = open_mount_target(target, kind);
  if (fd < 0) return fd;
  int result =
      kind == KIND_FILE ? bind_onto(fd, source, flags) : mount_onto(fd, source, *type == '\0' ? NULL : type, flags, *data == '\0' ? NULL : data);
  close(fd);
  return result;
}

int op_openTree(struct walk *walk, const struct plan_op *op) {
  unsigned recursive = op->args[1] != 0 ? AT_RECURSIVE : 0;
  return fill_slot(walk, op->args[2], kernel_open_tree(AT_FDCWD, op_text(op, 0), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive));
}

int op_mountSetattr(struct walk *walk, const struct plan_op *op) {
  struct kernel_mount_attr attributes = {.set = op->args[2], .clear = op->args[3], .propagation = op->args[4] & 0xffffffffu};
  unsigned recursive = op->args[5] != 0 ? AT_RECURSIVE : 0;
  int fd = op_fd(walk, op, 0);
  if (fd >= 0) return failure(kernel_mount_setattr(fd, "", AT_EMPTY_PATH | recursive, &attributes));
  if (op->args[1] == 0) return -EBADF;
  return failure(kernel_mount_setattr(AT_FDCWD, op_text(op, 1), recursive, &attributes));
}

int op_moveMount(struct walk *walk, const struct plan_op *op) {
  struct stat status;
  int tree = op_fd(walk, op, 0);
  enum plan_kind kind = (enum plan_kind)op->args[2];
  if (kind == KIND_SAME) {
    if (fstat(tree, &status) < 0) return -errno;
    kind = S_ISDIR(status.st_mode) ? KIND_DIRECTORY : KIND_FILE;
  }
  int target = open_mount_target(op_text(op, 1), kind);
  if (target < 0) return target;
  int result = failure(kernel_move_mount(tree, target));
  close(target);
  return result;
}

int op_pivotRoot(struct walk *walk, const struct plan_op *op) {
  walk->old_root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (walk->old_root < 0 || chdir(op_text(op, 0)) < 0) return -errno;
  return failure(syscall(SYS_pivot_root, ".", "."));
}

/* Slave first, so that a plan that left the host's mounts shared doesn't unmount them on the host. */
int op_detachOldRoot(struct walk *walk, const struct plan_op *op) {
  (void)op;
  if (fchdir(walk->old_root) < 0 || mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL) < 0) return -errno;
  if (umount2(".", MNT_DETACH) < 0) return -errno;
  close(walk->old_root);
  walk->old_root = -1;
  return failure(chdir("/"));
}

int op_remount(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(mount(NULL, op_text(op, 0), NULL, MS_REMOUNT | MS_BIND | op->args[1], NULL));
}
