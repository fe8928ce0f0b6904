// What every file of the addon needs: arguments, and errors like Node's own.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace tsrun {

// Throw {code, errno, syscall, path, dest} for the errno of a failed call; call it before anything can change errno.
[[noreturn]] void throwErrno(Napi::Env env, int error, const char *syscall, const std::string &path = "", const std::string &dest = "");

// The argument at `index`; a wrong type is a TypeError (a bug of the caller's in TypeScript).
int intArgument(const Napi::CallbackInfo &info, size_t index);
int64_t int64Argument(const Napi::CallbackInfo &info, size_t index);
bool boolArgument(const Napi::CallbackInfo &info, size_t index);
// A string, or a Buffer for paths that aren't UTF-8. NUL bytes are refused.
std::string pathArgument(const Napi::CallbackInfo &info, size_t index);
// Bytes of a Uint8Array, where they are: valid for the call.
struct Bytes {
  uint8_t *data;
  size_t length;
};
Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index);
std::vector<std::string> stringsArgument(const Napi::CallbackInfo &info, size_t index);
Napi::Value bytesResult(Napi::Env env, const void *data, size_t length);

// A file descriptor that closes itself unless it is released.
class Fd {
public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(const Fd &) = delete;
  Fd &operator=(const Fd &) = delete;
  ~Fd();
  int get() const { return fd_; }
  int release();
  void reset(int fd);

private:
  int fd_;
};

// One of these in each themed file: adds its functions to the exports.
void exportFiles(Napi::Env env, Napi::Object exports);
void exportDirectories(Napi::Env env, Napi::Object exports);
void exportMounts(Napi::Env env, Napi::Object exports);
void exportNetlink(Napi::Env env, Napi::Object exports);
void exportNamespaces(Napi::Env env, Napi::Object exports);
void exportProcesses(Napi::Env env, Napi::Object exports);
void exportTerminals(Napi::Env env, Napi::Object exports);
void exportMonitor(Napi::Env env, Napi::Object exports);
void exportAttach(Napi::Env env, Napi::Object exports);
void exportMemory(Napi::Env env, Napi::Object exports);

void define(Napi::Env env, Napi::Object exports, const char *name, Napi::Value (*function)(const Napi::CallbackInfo &));

// Run `work` on a native thread made for it, which may change its own namespaces; wait for it to end. Throws where there can be no
// thread: on the caller's own, its namespaces would change.
void onThread(Napi::Env env, void (*work)(void *), void *argument);

} // namespace tsrun
