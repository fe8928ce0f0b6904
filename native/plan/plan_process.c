/* What the process is and may do. Raw calls where the C library's own would synchronise threads we don't have. */
#include <linux/keyctl.h>
#include <poll.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "plan_parts.h"

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif
#define CAPABILITY_VERSION_3 0x20080522
#define SECCOMP_SET_MODE_FILTER 1

struct capability_header {
  uint32_t version;
  int pid;
};
struct capability_set {
  uint32_t effective, permitted, inheritable;
};
struct filter_program {
  unsigned short length;
  const void *filter;
};

int op_newSession(struct walk *walk, const struct plan_op *op) {
  (void)walk, (void)op;
  return failure(setsid());
}

/* keyctl(2): who possesses a keyring may do everything with it. Its owner may find it by its name, as a further process of the
 * container does, only where it is searchable, which a new one isn't. */
#define KEY_POS_ALL 0x3f000000
#define KEY_USR_VIEW 0x00010000
#define KEY_USR_READ 0x00020000
#define KEY_USR_SEARCH 0x00080000
#define KEY_USR_LINK 0x00100000
#define SESSION_KEYRING_PERMISSIONS (KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH | KEY_USR_LINK)

int op_joinSessionKeyring(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op_text(op, 0), 0, 0, 0);
  if (keyring < 0) return errno == ENOSYS ? 0 : -errno; /* a kernel without keys has nothing to hide */
  return failure(syscall(SYS_keyctl, KEYCTL_SETPERM, keyring, SESSION_KEYRING_PERMISSIONS, 0, 0));
}

struct limit {
  uint64_t soft, hard;
};

int op_setRlimit(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  struct limit limit = {op->args[1], op->args[2]};
  return failure(syscall(SYS_prlimit64, 0, op_int(op, 0), &limit, NULL));
}

int op_defaultRlimit(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  struct limit limit = {op->args[1], op->args[1]};
  if (syscall(SYS_prlimit64, 0, op_int(op, 0), &limit, NULL) == 0) return 0;
  if (errno != EPERM) return -errno;
  if (syscall(SYS_prlimit64, 0, op_int(op, 0), NULL, &limit) < 0) return -errno;
  limit.soft = limit.hard;
  return failure(syscall(SYS_prlimit64, 0, op_int(op, 0), &limit, NULL));
}

int op_setUmask(struct walk *walk, const struct plan_op *op) {
  umask((mode_t)op->args[0]);
  walk->umask_was_set = 1;
  return 0;
}

int op_setPersonality(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(personality((unsigned long)op->args[0]));
}

int op_limitBounding(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  for (int capability = 0; capability < 64; capability++) {
    if ((op->args[0] >> capability & 1) != 0) continue;
    if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) break; /* the kernel has no more */
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return -errno;
  }
  return 0;
}

int op_setUser(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  static gid_t groups[65536];
  const uint64_t *wanted = (const uint64_t *)(uintptr_t)op->args[2];
  if (op->args[3] > sizeof(groups) / sizeof(groups[0])) return -EINVAL;
  for (size_t index = 0; index < op->args[3]; index++) groups[index] = (gid_t)wanted[index];
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -errno;
  if (syscall(SYS_setgroups, op->args[3], groups) < 0) return -errno;
  gid_t gid = (gid_t)op->args[1];
  if (syscall(SYS_setresgid, gid, gid, gid) < 0) return -errno;
  uid_t uid = (uid_t)op->args[0];
  return failure(syscall(SYS_setresuid, uid, uid, uid));
}

int op_setCapabilities(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  struct capability_header header = {.version = CAPABILITY_VERSION_3};
  struct capability_set sets[2];
  for (int half = 0; half < 2; half++) {
    sets[half].effective = (uint32_t)(op->args[0] >> (32 * half));
    sets[half].permitted = (uint32_t)(op->args[1] >> (32 * half));
    sets[half].inheritable = (uint32_t)(op->args[2] >> (32 * half));
  }
  if (syscall(SYS_capset, &header, sets) < 0) return -errno;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -errno;
  for (unsigned long capability = 0; capability < 64; capability++)
    if ((op->args[3] >> capability & 1) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return -errno;
  return 0;
}

int op_noNewPrivileges(struct walk *walk, const struct plan_op *op) {
  (void)walk, (void)op;
  return failure(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int op_seccomp(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  struct filter_program program = {.length = (unsigned short)(op->args[1] / 8), .filter = op_text(op, 0)};
  return failure(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, op->args[2], &program));
}

/* The working directory must lie in the root: CVE-2024-21626 left it outside through an inherited descriptor. */
static int check_directory(void) {
  static char path[4096];
  if (syscall(SYS_getcwd, path, sizeof(path)) < 0) return -errno;
  return path[0] == '/' ? 0 : -EXDEV;
}

int op_changeDirectory(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  int result = failure(chdir(op_text(op, 0)));
  if (result == -ENOENT && op->args[1] != 0) {
    int fd = open_target(op_text(op, 0), KIND_DIRECTORY, 0755, NULL);
    if (fd < 0) return fd;
    result = failure(fchdir(fd));
    close(fd);
  }
  return result == 0 ? check_directory() : result;
}

/* In a new pid namespace getppid(2) can't tell whether the parent lives; the other end of the channel can. */
int op_parentDeathSignal(struct walk *walk, const struct plan_op *op) {
  struct pollfd channel = {.fd = walk->channel, .events = 0};
  if (prctl(PR_SET_PDEATHSIG, op->args[0], 0, 0, 0) < 0) return -errno;
  if (walk->channel >= 0 && poll(&channel, 1, 0) > 0 && (channel.revents & POLLHUP) != 0) _exit(137);
  return 0;
}

int op_setDumpable(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(prctl(PR_SET_DUMPABLE, op->args[0], 0, 0, 0));
}

int op_awaitStart(struct walk *walk, const struct plan_op *op) {
  struct walk_event event = {.type = EVENT_CREATED};
  char started;
  int result = walk_tell(walk, &event, -1);
  ssize_t got;
  do got = read(op_fd(walk, op, 0), &started, 1);
  while (got < 0 && errno == EINTR);
  return result < 0 ? result : failure(got);
}
