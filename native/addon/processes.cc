// Processes by pidfd: a pid may be given to another process, a pidfd never is.
#include "support.h"

#include <cerrno>
#include <ctime>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tsrun {

namespace {

Napi::Value openPidfd(const Napi::CallbackInfo &info) {
  int pid = intArgument(info, 0);
  long fd = syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) throwErrno(info.Env(), errno, "pidfd_open", std::to_string(pid));
  return Napi::Number::New(info.Env(), static_cast<double>(fd));
}

Napi::Value sendSignal(const Napi::CallbackInfo &info) {
  if (syscall(SYS_pidfd_send_signal, intArgument(info, 0), intArgument(info, 1), nullptr, 0) < 0) {
    throwErrno(info.Env(), errno, "pidfd_send_signal");
  }
  return info.Env().Undefined();
}

int64_t nowMs() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

// Which of some events a descriptor has now.
short eventsNow(Napi::Env env, int fd, short events) {
  struct pollfd wanted = {fd, events, 0};
  int ready;
  do ready = poll(&wanted, 1, 0);
  while (ready < 0 && errno == EINTR);
  if (ready < 0) throwErrno(env, errno, "poll");
  return wanted.revents;
}

Napi::Value isReadable(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), eventsNow(info.Env(), intArgument(info, 0), POLLIN) != 0);
}

Napi::Value hasChanged(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), (eventsNow(info.Env(), intArgument(info, 0), POLLPRI) & (POLLPRI | POLLERR | POLLNVAL)) != 0);
}

Napi::Value waitForEnd(const Napi::CallbackInfo &info) {
  struct pollfd wanted = {intArgument(info, 0), POLLIN, 0};
  int64_t timeout = int64Argument(info, 1);
  int64_t deadline = nowMs() + timeout;
  for (;;) {
    int64_t left = timeout < 0 ? -1 : deadline - nowMs();
    if (timeout >= 0 && left < 0) left = 0;
    int ready = poll(&wanted, 1, static_cast<int>(left > 1000000 ? 1000000 : left));
    if (ready > 0) return Napi::Boolean::New(info.Env(), true);
    if (ready < 0 && errno != EINTR) throwErrno(info.Env(), errno, "poll");
    if (timeout >= 0 && nowMs() >= deadline) return Napi::Boolean::New(info.Env(), false);
  }
}

// Ends the process with all its threads, at once: no exit handlers, no joining of Node's idle workers.
Napi::Value exitNow(const Napi::CallbackInfo &info) {
  _exit(intArgument(info, 0));
}

} // namespace

void exportProcesses(Napi::Env env, Napi::Object exports) {
  define(env, exports, "pidfdOpen", openPidfd);
  define(env, exports, "pidfdSendSignal", sendSignal);
  define(env, exports, "pidfdWait", waitForEnd);
  define(env, exports, "isReadable", isReadable);
  define(env, exports, "hasChanged", hasChanged);
  define(env, exports, "exitNow", exitNow);
}

} // namespace tsrun
