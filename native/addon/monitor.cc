// Starting a monitor, and short conversations with one.
#include "background.h"
#include "support.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "../client/client.h"

namespace tsrun {

namespace {

// What a monitor is started with; `exec_id` is empty where it is for no exec.
struct Spawning {
  std::string executable, id, exec_id;
  int cgroup; // -1: ours
};

Spawning spawningOf(const Napi::CallbackInfo &info) {
  return {pathArgument(info, 0), pathArgument(info, 1), info[2].IsString() ? pathArgument(info, 2) : "", info[3].IsNumber() ? intArgument(info, 3) : -1};
}

// Our end of the control socket, or a negative errno.
int spawn(const Spawning &wish, const char **call) {
  return spawn_monitor(wish.executable.c_str(), wish.id.c_str(), wish.exec_id.empty() ? nullptr : wish.exec_id.c_str(), wish.cgroup, call);
}

Napi::Value spawnMonitor(const Napi::CallbackInfo &info) {
  Spawning wish = spawningOf(info);
  const char *call = "";
  int control = spawn(wish, &call);
  if (control < 0) throwErrno(info.Env(), -control, call, wish.executable);
  return Napi::Number::New(info.Env(), control);
}

// A monitor that a thread starts. One that nobody takes hears that its socket is closed, and ends.
class MonitorInMaking : public Background {
 public:
  explicit MonitorInMaking(Spawning wish) : wish_(std::move(wish)) {}
  ~MonitorInMaking() override {
    join();
    Fd unused(control_);
  }

  const std::string &executable() const { return wish_.executable; }
  const char *call() const { return call_; }
  int takeControl() { return std::exchange(control_, -1); }

 protected:
  void work() override { control_ = spawn(wish_, &call_); }

 private:
  Spawning wish_;
  const char *call_ = "";
  int control_ = -1;
};

Napi::Value beginMonitor(const Napi::CallbackInfo &info) {
  return beginBackground(info.Env(), std::make_unique<MonitorInMaking>(spawningOf(info)));
}

Napi::Value finishMonitor(const Napi::CallbackInfo &info) {
  auto *making = awaitBackground<MonitorInMaking>(info, 0);
  int control = making->takeControl();
  if (control < 0) throwErrno(info.Env(), -control, making->call(), making->executable());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("control", control);
  result.Set("microseconds", making->microseconds());
  return result;
}

Napi::Value handOver(const Napi::CallbackInfo &info) {
  int control = intArgument(info, 0);
  Bytes plan = bytesArgument(info, 1);
  Napi::Array handles = info[2].As<Napi::Array>();
  std::vector<int> fds(handles.Length());
  for (uint32_t index = 0; index < handles.Length(); index++) fds[index] = handles.Get(index).As<Napi::Number>().Int32Value();
  const char *call = "";
  int result = hand_over(control, plan.data, plan.length, fds.data(), fds.size(), &call);
  if (result < 0) throwErrno(info.Env(), -result, call);
  return info.Env().Undefined();
}

Napi::Object newReport(Napi::Env env, const char *type) {
  Napi::Object report = Napi::Object::New(env);
  report.Set("type", type);
  return report;
}

Napi::Array timingsOf(Napi::Env env, const uint32_t *from, uint32_t count) {
  Napi::Array timings = Napi::Array::New(env, count);
  for (uint32_t index = 0; index < count; index++) timings.Set(index, from[index]);
  return timings;
}

Napi::Value startedReport(Napi::Env env, const std::vector<char> &bytes) {
  const auto *frame = reinterpret_cast<const frame_started *>(bytes.data());
  const auto *timings = reinterpret_cast<const uint32_t *>(frame + 1);
  Napi::Object report = newReport(env, "started"), all = Napi::Object::New(env);
  report.Set("pid", frame->pid);
  report.Set("startTime", Napi::BigInt::New(env, frame->start_time));
  all.Set("before", timingsOf(env, timings, frame->before));
  all.Set("clone", timings[frame->before]);
  all.Set("child", timingsOf(env, timings + frame->before + 1, frame->child));
  report.Set("timings", all);
  return report;
}

Napi::Value failedReport(Napi::Env env, const std::vector<char> &bytes) {
  static const char *const lists[] = {"before", "clone", "child"};
  const auto *frame = reinterpret_cast<const frame_failed *>(bytes.data());
  Napi::Object report = newReport(env, "failed");
  report.Set("list", lists[frame->list % 3]);
  report.Set("index", frame->index);
  report.Set("errno", frame->error);
  return report;
}

bool isWhole(const frame &header, const std::vector<char> &bytes) {
  if (header.type == FRAME_FAILED) return bytes.size() >= sizeof(frame_failed);
  if (bytes.size() < sizeof(frame_started)) return false;
  const auto *started = reinterpret_cast<const frame_started *>(bytes.data());
  uint64_t timings = uint64_t{started->before} + 1 + started->child;
  return bytes.size() >= sizeof(frame_started) + timings * sizeof(uint32_t);
}

Napi::Value awaitStarted(const Napi::CallbackInfo &info) {
  int control = intArgument(info, 0);
  frame header;
  while (receive_header(control, &header, -1) == 1) {
    if (header.type != FRAME_STARTED && header.type != FRAME_FAILED) {
      if (receive_content(control, &header, nullptr, 0) != 1) break;
      continue;
    }
    std::vector<char> bytes(std::min(header.length, FRAME_LONGEST));
    if (receive_content(control, &header, bytes.data(), bytes.size()) != 1 || !isWhole(header, bytes)) break;
    return header.type == FRAME_STARTED ? startedReport(info.Env(), bytes) : failedReport(info.Env(), bytes);
  }
  return newReport(info.Env(), "lost");
}

Napi::Value connectMonitor(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  int control = connect_monitor(path.c_str());
  if (control < 0) throwErrno(info.Env(), -control, "connect", path);
  return Napi::Number::New(info.Env(), control);
}

Napi::Value signalContainer(const Napi::CallbackInfo &info) {
  uint32_t number = (uint32_t)intArgument(info, 1);
  int result = ask_monitor(intArgument(info, 0), FRAME_SIGNAL, &number, sizeof(number));
  if (result < 0) throwErrno(info.Env(), -result, "pidfd_send_signal");
  return info.Env().Undefined();
}

Napi::Value claimCleanup(const Napi::CallbackInfo &info) {
  int result = claim_cleanup(intArgument(info, 0));
  if (result == -ESRCH) return Napi::Boolean::New(info.Env(), false);
  if (result < 0) throwErrno(info.Env(), -result, "sendmsg");
  return Napi::Boolean::New(info.Env(), true);
}

Napi::Value awaitMonitorEnd(const Napi::CallbackInfo &info) {
  return Napi::Boolean::New(info.Env(), await_monitor_end(intArgument(info, 0), intArgument(info, 1)) != 0);
}

Napi::Value resizeTerminal(const Napi::CallbackInfo &info) {
  frame_size size = {.rows = (uint16_t)intArgument(info, 1), .columns = (uint16_t)intArgument(info, 2)};
  int result = ask_monitor(intArgument(info, 0), FRAME_RESIZE, &size, sizeof(size));
  if (result < 0) throwErrno(info.Env(), -result, "ioctl");
  return info.Env().Undefined();
}

Napi::Value releaseBreak(const Napi::CallbackInfo &info) {
  int result = send_request(intArgument(info, 0), FRAME_RELEASE, nullptr, 0);
  if (result < 0) throwErrno(info.Env(), -result, "sendmsg");
  return info.Env().Undefined();
}

} // namespace

void exportMonitor(Napi::Env env, Napi::Object exports) {
  define(env, exports, "spawnMonitor", spawnMonitor);
  define(env, exports, "beginMonitor", beginMonitor);
  define(env, exports, "finishMonitor", finishMonitor);
  define(env, exports, "handOver", handOver);
  define(env, exports, "awaitStarted", awaitStarted);
  define(env, exports, "connectMonitor", connectMonitor);
  define(env, exports, "signalContainer", signalContainer);
  define(env, exports, "claimCleanup", claimCleanup);
  define(env, exports, "awaitMonitorEnd", awaitMonitorEnd);
  define(env, exports, "resizeTerminal", resizeTerminal);
  define(env, exports, "releaseBreak", releaseBreak);
}

} // namespace tsrun
