// Sessions with a container, and the wait for its end.
#include "support.h"

#include <algorithm>
#include <cerrno>

#include "../client/client.h"

namespace tsrun {

namespace {

Napi::Object resultOf(Napi::Env env, int end, const frame_exit &exit) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("type", end == ATTACH_EXITED ? "exited" : end == ATTACH_DETACHED ? "detached" : "lost");
  if (end != ATTACH_EXITED) return result;
  result.Set("status", exit.status);
  result.Set("oomKilled", Napi::Boolean::New(env, exit.oom_killed != 0));
  return result;
}

int intOf(const Napi::Object &options, const char *name) { return options.Get(name).As<Napi::Number>().Int32Value(); }
int booleanOf(const Napi::Object &options, const char *name) { return options.Get(name).ToBoolean().Value() ? 1 : 0; }

/* The session blocks the thread that JavaScript runs on: so it may be called from within. What it throws is thrown by `attach`. */
void tellSize(void *context, frame_size size) {
  Napi::Function *resized = static_cast<Napi::Function *>(context);
  if (resized->Env().IsExceptionPending()) return;
  try {
    resized->Call({Napi::Number::New(resized->Env(), size.rows), Napi::Number::New(resized->Env(), size.columns)});
  } catch (const Napi::Error &error) {
    error.ThrowAsJavaScriptException();
  }
}

Napi::Value attach(const Napi::CallbackInfo &info) {
  Napi::Object given = info[0].As<Napi::Object>();
  attach_options options = {};
  options.control = intOf(given, "control");
  options.in = intOf(given, "stdin");
  options.out = intOf(given, "stdout");
  options.err = intOf(given, "stderr");
  options.terminal = booleanOf(given, "terminal");
  options.redraw = booleanOf(given, "redraw");
  options.signal_proxy = booleanOf(given, "signalProxy");
  options.claim = booleanOf(given, "claimCleanup");
  Napi::Uint8Array keys = given.Get("detachKeys").As<Napi::Uint8Array>();
  if (keys.ByteLength() > sizeof(options.keys.keys)) throwErrno(info.Env(), EINVAL, "attach");
  std::copy_n(keys.Data(), keys.ByteLength(), options.keys.keys);
  options.keys.length = keys.ByteLength();
  Napi::Function resized;
  if (given.Get("resized").IsFunction()) {
    resized = given.Get("resized").As<Napi::Function>();
    options.resized = tellSize;
    options.context = &resized;
  }
  attach_result outcome = {};
  int end = attach_session(&options, &outcome);
  if (info.Env().IsExceptionPending()) return {};
  if (end < 0) throwErrno(info.Env(), -end, "attach");
  Napi::Object result = resultOf(info.Env(), end, outcome.exit);
  if (outcome.skipped > 0) result.Set("skipped", static_cast<double>(outcome.skipped));
  return result;
}

Napi::Value awaitExit(const Napi::CallbackInfo &info) {
  frame_exit exit = {};
  int end = await_exit(intArgument(info, 0), intArgument(info, 1), &exit);
  if (end == -ETIMEDOUT) return info.Env().Undefined();
  if (end < 0) throwErrno(info.Env(), -end, "recv");
  return resultOf(info.Env(), end, exit);
}

} // namespace

void exportAttach(Napi::Env env, Napi::Object exports) {
  define(env, exports, "attach", attach);
  define(env, exports, "awaitExit", awaitExit);
}

} // namespace tsrun
