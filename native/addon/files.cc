// Files: locks, confined opens, extended attributes, nodes, times, and removing whole trees.
#include "support.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "remove_tree.h"

namespace tsrun {

namespace {

Napi::Value flockFile(const Napi::CallbackInfo &info) {
  int fd = intArgument(info, 0);
  int operation = intArgument(info, 1);
  int result;
  do result = flock(fd, operation);
  while (result < 0 && errno == EINTR);
  if (result == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno == EWOULDBLOCK) return Napi::Boolean::New(info.Env(), false);
  throwErrno(info.Env(), errno, "flock");
}

Napi::Value openIn(const Napi::CallbackInfo &info) {
  int directory = intArgument(info, 0);
  std::string path = pathArgument(info, 1);
  struct open_how how = {};
  how.flags = static_cast<uint64_t>(int64Argument(info, 2)) | O_CLOEXEC;
  how.mode = static_cast<uint64_t>(int64Argument(info, 3));
  how.resolve = static_cast<uint64_t>(int64Argument(info, 4));
  long fd;
  // EAGAIN: a rename went on beside a confined walk; the kernel asks to try again.
  do fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how));
  while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  if (fd < 0) throwErrno(info.Env(), errno, "openat2", path);
  return Napi::Number::New(info.Env(), static_cast<double>(fd));
}

Napi::Value setAttribute(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  std::string name = pathArgument(info, 1);
  Bytes value = bytesArgument(info, 2);
  if (lsetxattr(path.c_str(), name.c_str(), value.data, value.length, 0) < 0) throwErrno(info.Env(), errno, "lsetxattr", path, name);
  return info.Env().Undefined();
}

Napi::Value getAttribute(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  std::string name = pathArgument(info, 1);
  for (;;) {
    ssize_t length = lgetxattr(path.c_str(), name.c_str(), nullptr, 0);
    if (length < 0 && errno == ENODATA) return info.Env().Undefined();
    if (length < 0) throwErrno(info.Env(), errno, "lgetxattr", path, name);
    std::vector<char> value(static_cast<size_t>(length));
    ssize_t got = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
    if (got >= 0) return bytesResult(info.Env(), value.data(), static_cast<size_t>(got));
    if (errno == ENODATA) return info.Env().Undefined();
    if (errno != ERANGE) throwErrno(info.Env(), errno, "lgetxattr", path, name);
  }
}

Napi::Value listAttributes(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  std::vector<char> names;
  for (;;) {
    ssize_t length = llistxattr(path.c_str(), nullptr, 0);
    if (length < 0) throwErrno(info.Env(), errno, "llistxattr", path);
    names.resize(static_cast<size_t>(length));
    ssize_t got = llistxattr(path.c_str(), names.data(), names.size());
    if (got >= 0) {
      names.resize(static_cast<size_t>(got));
      break;
    }
    if (errno != ERANGE) throwErrno(info.Env(), errno, "llistxattr", path);
  }
  Napi::Array result = Napi::Array::New(info.Env());
  uint32_t count = 0;
  for (size_t start = 0; start < names.size();) {
    std::string name(&names[start]);
    start += name.size() + 1;
    result.Set(count++, Napi::String::New(info.Env(), name));
  }
  return result;
}

Napi::Value makeNode(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  auto mode = static_cast<mode_t>(intArgument(info, 1));
  dev_t device = makedev(static_cast<unsigned>(intArgument(info, 2)), static_cast<unsigned>(intArgument(info, 3)));
  if (mknod(path.c_str(), mode, device) < 0) throwErrno(info.Env(), errno, "mknod", path);
  return info.Env().Undefined();
}

Napi::Value setTimes(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  struct timespec times[2] = {};
  times[0].tv_sec = int64Argument(info, 1);
  times[0].tv_nsec = static_cast<long>(int64Argument(info, 2));
  times[1].tv_sec = int64Argument(info, 3);
  times[1].tv_nsec = static_cast<long>(int64Argument(info, 4));
  if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0) throwErrno(info.Env(), errno, "utimensat", path);
  return info.Env().Undefined();
}

Napi::Value removeWhole(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  if (tsrun_remove_tree(path.c_str()) < 0) throwErrno(info.Env(), errno, "unlinkat", path);
  return info.Env().Undefined();
}

Napi::Value randomFill(const Napi::CallbackInfo &info) {
  auto length = static_cast<size_t>(intArgument(info, 0));
  std::vector<uint8_t> bytes(length);
  for (size_t filled = 0; filled < length;) {
    ssize_t got = getrandom(bytes.data() + filled, length - filled, 0);
    if (got < 0 && errno != EINTR) throwErrno(info.Env(), errno, "getrandom");
    if (got > 0) filled += static_cast<size_t>(got);
  }
  return bytesResult(info.Env(), bytes.data(), length);
}

Napi::Value duplicate(const Napi::CallbackInfo &info) {
  int fd = fcntl(intArgument(info, 0), F_DUPFD_CLOEXEC, 3);
  if (fd < 0) throwErrno(info.Env(), errno, "fcntl");
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value makePipe(const Napi::CallbackInfo &info) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) throwErrno(info.Env(), errno, "pipe2");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("read", Napi::Number::New(info.Env(), ends[0]));
  result.Set("write", Napi::Number::New(info.Env(), ends[1]));
  return result;
}

} // namespace

void exportFiles(Napi::Env env, Napi::Object exports) {
  define(env, exports, "flock", flockFile);
  define(env, exports, "openat2", openIn);
  define(env, exports, "lsetxattr", setAttribute);
  define(env, exports, "lgetxattr", getAttribute);
  define(env, exports, "llistxattr", listAttributes);
  define(env, exports, "mknod", makeNode);
  define(env, exports, "lutimens", setTimes);
  define(env, exports, "removeTree", removeWhole);
  define(env, exports, "randomBytes", randomFill);
  define(env, exports, "dup", duplicate);
  define(env, exports, "pipe", makePipe);
}

} // namespace tsrun
