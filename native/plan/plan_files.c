/* Operations on files and descriptors. */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "plan_parts.h"
#include "text.h"

int fill_slot(struct walk *walk, uint64_t slot, int fd) {
  if (fd < 0) return -errno;
  if (walk->slots[slot] >= 0) close(walk->slots[slot]);
  walk->slots[slot] = fd;
  return 0;
}

int op_open(struct walk *walk, const struct plan_op *op) {
  int fd;
  do fd = open(op_text(op, 0), op_int(op, 1) | O_CLOEXEC | O_NOCTTY, 0600);
  while (fd < 0 && errno == EINTR);
  return fill_slot(walk, op->args[2], fd);
}

/* The kernel's own files take a value in one write. */
static int write_value(const char *path, int flags, const void *data, size_t length) {
  int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, 0600);
  if (fd < 0) return -errno;
  ssize_t written;
  do written = write(fd, data, length);
  while (written < 0 && errno == EINTR);
  int result = failure(written);
  if (result == 0 && (size_t)written != length) result = -EIO;
  close(fd);
  return result;
}

int op_writeFile(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return write_value(op_text(op, 0), op_int(op, 3), op_text(op, 1), op->args[2]);
}

int op_setOomScore(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  char score[16];
  struct text text = text_in(score, sizeof(score));
  put_number(&text, op_int(op, 0));
  return write_value("/proc/self/oom_score_adj", 0, score, (size_t)text_finish(&text));
}

static int give_to(const char *path, const struct plan_op *op, int uid, int gid) {
  if (op->args[uid] == PLAN_NONE && op->args[gid] == PLAN_NONE) return 0;
  return failure(lchown(path, (uid_t)op->args[uid], (gid_t)op->args[gid]));
}

int op_makeDirectory(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  const char *path = op_text(op, 0);
  if (op->args[2] == 0) {
    if (mkdir(path, (mode_t)op->args[1]) < 0) return -errno;
    return give_to(path, op, 3, 4);
  }
  int made, fd = open_target(path, KIND_DIRECTORY, (mode_t)op->args[1], &made);
  if (fd < 0) return fd;
  int result = 0;
  if (made && (op->args[3] != PLAN_NONE || op->args[4] != PLAN_NONE))
    result = failure(fchownat(fd, "", (uid_t)op->args[3], (gid_t)op->args[4], AT_EMPTY_PATH));
  close(fd);
  return result;
}

int op_makeNode(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  const char *path = op_text(op, 0);
  if (mknod(path, (mode_t)op->args[1], makedev((unsigned)op->args[2], (unsigned)op->args[3])) < 0) return -errno;
  return give_to(path, op, 4, 5);
}

/* A link that is there already is left: an image may bring its own. */
int op_makeSymlink(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return symlink(op_text(op, 1), op_text(op, 0)) < 0 && errno != EEXIST ? -errno : 0;
}

int op_openDevice(struct walk *walk, const struct plan_op *op) {
  struct stat status;
  int fd = open(op_text(op, 0), O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  int wanted = fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && major(status.st_rdev) == op->args[1] && minor(status.st_rdev) == op->args[2];
  if (wanted) return fill_slot(walk, op->args[3], fd);
  close(fd);
  return -ENODEV;
}
