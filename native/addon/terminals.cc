// Terminals: what a descriptor is, its size, and pairs for tests.
#include "support.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace tsrun {

namespace {

Napi::Value isTerminal(const Napi::CallbackInfo &info) { return Napi::Boolean::New(info.Env(), isatty(intArgument(info, 0)) == 1); }

Napi::Value windowSize(const Napi::CallbackInfo &info) {
  struct winsize size = {};
  if (ioctl(intArgument(info, 0), TIOCGWINSZ, &size) < 0) throwErrno(info.Env(), errno, "ioctl", "TIOCGWINSZ");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rows", Napi::Number::New(info.Env(), size.ws_row));
  result.Set("columns", Napi::Number::New(info.Env(), size.ws_col));
  return result;
}

Napi::Value openPty(const Napi::CallbackInfo &info) {
  Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (master.get() < 0) throwErrno(info.Env(), errno, "posix_openpt");
  if (grantpt(master.get()) < 0 || unlockpt(master.get()) < 0) throwErrno(info.Env(), errno, "unlockpt");
  char name[64];
  int error = ptsname_r(master.get(), name, sizeof(name));
  if (error != 0) throwErrno(info.Env(), error, "ptsname_r");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("slave", Napi::String::New(info.Env(), name));
  result.Set("master", Napi::Number::New(info.Env(), master.release()));
  return result;
}

} // namespace

void exportTerminals(Napi::Env env, Napi::Object exports) {
  define(env, exports, "isTerminal", isTerminal);
  define(env, exports, "windowSize", windowSize);
  define(env, exports, "openPty", openPty);
}

} // namespace tsrun
