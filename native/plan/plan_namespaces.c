/* Namespaces, and what belongs to them. */
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "plan_parts.h"

int op_setns(struct walk *walk, const struct plan_op *op) { return failure(syscall(SYS_setns, op_fd(walk, op, 0), op_int(op, 1))); }

int op_unshare(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(syscall(SYS_unshare, op_int(op, 0)));
}

int op_openPidfd(struct walk *walk, const struct plan_op *op) { return fill_slot(walk, op->args[1], (int)syscall(SYS_pidfd_open, op_int(op, 0), 0)); }

/* The monitor writes the maps as soon as the clone is done, then sends a byte. */
int op_awaitIdMaps(struct walk *walk, const struct plan_op *op) {
  (void)op;
  char released;
  ssize_t got;
  do got = read(walk->channel, &released, 1);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return got < 0 ? -errno : -ECANCELED;
  if (syscall(SYS_setresgid, 0, 0, 0) < 0) return -errno;
  return failure(syscall(SYS_setresuid, 0, 0, 0));
}

int op_setHostname(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(sethostname(op_text(op, 0), strlen(op_text(op, 0))));
}

int op_setDomainname(struct walk *walk, const struct plan_op *op) {
  (void)walk;
  return failure(setdomainname(op_text(op, 0), strlen(op_text(op, 0))));
}

int op_loopbackUp(struct walk *walk, const struct plan_op *op) {
  (void)walk, (void)op;
  struct ifreq request;
  memset(&request, 0, sizeof(request));
  memcpy(request.ifr_name, "lo", sizeof("lo"));
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int result = failure(ioctl(fd, SIOCGIFFLAGS, &request));
  request.ifr_flags |= IFF_UP;
  if (result == 0) result = failure(ioctl(fd, SIOCSIFFLAGS, &request));
  close(fd);
  return result;
}
