// Memory: pages of files, which the process can have back at any time.
#include "support.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tsrun {

namespace {

struct Mapping {
  uintptr_t start = 0;
  uintptr_t end = 0;
  bool is_read_only_file = false;
};

// The first line of a mapping in /proc/self/smaps (proc_pid_smaps(5)). What is private and can't be written has no pages of ours, but
// such as were written before it was protected (a program's relocations).
bool parseMapping(const char *line, Mapping &mapping) {
  Mapping found;
  char permissions[5];
  unsigned long inode;
  // Other lines may begin with hexadecimal digits, as `Anonymous:` does.
  if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %lu", &found.start, &found.end, permissions, &inode) != 4) return false;
  found.is_read_only_file = inode != 0 && permissions[1] == '-' && permissions[3] == 'p';
  mapping = found;
  return true;
}

Napi::Value releaseFilePages(const Napi::CallbackInfo &info) {
  FILE *maps = fopen("/proc/self/smaps", "re");
  if (maps == nullptr) throwErrno(info.Env(), errno, "open", "/proc/self/smaps");
  std::vector<Mapping> unchanged;
  Mapping mapping;
  unsigned long anonymous;
  char line[4096 + 128];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    if (parseMapping(line, mapping)) continue;
    if (mapping.is_read_only_file && sscanf(line, "Anonymous: %lu kB", &anonymous) == 1 && anonymous == 0) unchanged.push_back(mapping);
  }
  fclose(maps);
  for (const Mapping &each : unchanged)
    if (madvise(reinterpret_cast<void *>(each.start), each.end - each.start, MADV_DONTNEED) < 0) throwErrno(info.Env(), errno, "madvise");
  return info.Env().Undefined();
}

int openRetrying(const char *path) {
  int fd;
  do fd = open(path, O_RDONLY | O_CLOEXEC);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// The bytes of a file where the page cache has them, mapped for as long as the process lives: nobody may write to them. `flags` are
// mmap(2)'s.
Bytes mapFile(Napi::Env env, const std::string &path, int flags) {
  Fd file(openRetrying(path.c_str()));
  if (file.get() < 0) throwErrno(env, errno, "open", path);
  struct stat status;
  if (fstat(file.get(), &status) < 0) throwErrno(env, errno, "fstat", path);
  size_t length = static_cast<size_t>(status.st_size);
  void *data = mmap(nullptr, length, PROT_READ, MAP_PRIVATE | flags, file.get(), 0);
  if (data == MAP_FAILED) throwErrno(env, errno, "mmap", path);
  return {static_cast<uint8_t *>(data), length};
}

Napi::Value mapLatin1(const Napi::CallbackInfo &info) {
  // Most of it is never looked at.
  Bytes text = mapFile(info.Env(), pathArgument(info, 0), 0);
  napi_value value;
  bool isCopied;
  napi_status status = node_api_create_external_string_latin1(info.Env(), reinterpret_cast<char *>(text.data), text.length, nullptr,
                                                              nullptr, &value, &isCopied);
  NAPI_THROW_IF_FAILED(info.Env(), status, Napi::Value());
  return Napi::Value(info.Env(), value);
}

Napi::Value mapBytes(const Napi::CallbackInfo &info) {
  Bytes bytes = mapFile(info.Env(), pathArgument(info, 0), MAP_POPULATE);
  return Napi::Buffer<uint8_t>::New(info.Env(), bytes.data, bytes.length);
}

} // namespace

void exportMemory(Napi::Env env, Napi::Object exports) {
  define(env, exports, "releaseFilePages", releaseFilePages);
  define(env, exports, "mapLatin1", mapLatin1);
  define(env, exports, "mapBytes", mapBytes);
}

} // namespace tsrun
