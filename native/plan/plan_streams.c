/* Standard streams: a terminal of the container's own, or the monitor's pipes. */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>

#include "plan_parts.h"

#define DEVPTS_MAGIC 0x1cd1
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int become_streams(const int fds[3]) {
  for (int stream = 0; stream < 3; stream++)
    if (dup2(fds[stream], stream) < 0) return -errno;
  return 0;
}

/* The slave comes from the master itself, never from a path in the container. */
static int open_pair(int *slave) {
  struct statfs filesystem;
  int unlocked = 0, master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW);
  if (master < 0) return -errno;
  int result = failure(fstatfs(master, &filesystem));
  if (result == 0 && filesystem.f_type != DEVPTS_MAGIC) result = -ENODEV;
  if (result == 0) result = failure(ioctl(master, TIOCSPTLCK, &unlocked));
  if (result == 0) {
    *slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    result = failure(*slave);
  }
  if (result == 0) return master;
  close(master);
  return result;
}

/* Bind the slave on /dev/console by descriptors alone: CVE-2025-52565. */
static int bind_console(int slave) {
  int target = open_target("/dev/console", KIND_FILE, 0600, NULL);
  if (target < 0) return target;
  int tree = clone_mount(slave, 0), result = tree < 0 ? tree : failure(kernel_move_mount(tree, target));
  if (tree >= 0) close(tree);
  close(target);
  return result;
}

static int prepare_slave(int slave, const struct plan_op *op) {
  struct winsize size = {.ws_row = (unsigned short)op->args[1], .ws_col = (unsigned short)op->args[2]};
  if (ioctl(slave, TIOCSWINSZ, &size) < 0 || fchown(slave, (uid_t)op->args[3], (gid_t)-1) < 0) return -errno;
  int result = op->args[0] != 0 ? bind_console(slave) : 0;
  return result < 0 ? result : failure(ioctl(slave, TIOCSCTTY, 0));
}

int op_openTerminal(struct walk *walk, const struct plan_op *op) {
  int slave = -1, master = open_pair(&slave);
  if (master < 0) return master;
  struct walk_event event = {.type = EVENT_TERMINAL};
  int result = prepare_slave(slave, op);
  if (result == 0) result = walk_tell(walk, &event, master);
  if (result == 0) result = become_streams((const int[3]){slave, slave, slave});
  close(master);
  close(slave);
  return result;
}

/* Owned by the user, so that a program may open /dev/stdout again; in a user namespace the pipe isn't ours to give, and the
 * program can write to it all the same. The null device stays root's. */
int op_useStreams(struct walk *walk, const struct plan_op *op) {
  struct stat status;
  for (int stream = 0; stream < 3; stream++) {
    if (fstat(walk->streams[stream], &status) < 0) return -errno;
    if (!S_ISFIFO(status.st_mode)) continue;
    int result = failure(fchown(walk->streams[stream], (uid_t)op->args[0], (gid_t)op->args[1]));
    if (result < 0 && result != -EPERM && result != -EINVAL) return result;
  }
  return become_streams(walk->streams);
}
