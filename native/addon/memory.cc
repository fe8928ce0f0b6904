// Memory: pages of files that the process can have back at any time.
#include "support.h"

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <sys/mman.h>

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

} // namespace

void exportMemory(Napi::Env env, Napi::Object exports) { define(env, exports, "releaseFilePages", releaseFilePages); }

} // namespace tsrun
