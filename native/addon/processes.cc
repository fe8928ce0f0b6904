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

// Wait until one of some descriptors can be read, at most `timeout` milliseconds (negative: for ever). Whether one can.
bool pollUntil(Napi::Env env, struct pollfd *wanted, size_t count, int64_t timeout) {
  int64_t deadline = nowMs() + timeout;
  for (;;) {
    int64_t left = timeout < 0 ? -1 : deadline - nowMs();
    if (timeout >= 0 && left < 0) left = 0;
    int ready = poll(wanted, count, static_cast<int>(left > 1000000 ? 1000000 : left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) throwErrno(env, errno, "poll");
    if (timeout >= 0 && nowMs() >= deadline) return false;
  }
}

Napi::Value waitForEnd(const Napi::CallbackInfo &info) {
  struct pollfd wanted = {intArgument(info, 0), POLLIN, 0};
  return Napi::Boolean::New(info.Env(), pollUntil(info.Env(), &wanted, 1, int64Argument(info, 1)));
}

Napi::Value pollReadable(const Napi::CallbackInfo &info) {
  Napi::Array fds = info[0].As<Napi::Array>();
  std::vector<struct pollfd> wanted;
  for (uint32_t index = 0; index < fds.Length(); index++) {
    wanted.push_back({fds.Get(index).As<Napi::Number>().Int32Value(), POLLIN, 0});
  }
  bool some = pollUntil(info.Env(), wanted.data(), wanted.size(), int64Argument(info, 1));
  Napi::Array readable = Napi::Array::New(info.Env(), wanted.size());
  for (uint32_t index = 0; index < wanted.size(); index++) readable.Set(index, some && wanted[index].revents != 0);
  return readable;
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
  define(env, exports, "pollReadable", pollReadable);
  define(env, exports, "isReadable", isReadable);
  define(env, exports, "hasChanged", hasChanged);
  define(env, exports, "exitNow", exitNow);
}

} // namespace tsrun
