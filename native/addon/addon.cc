// The addon: the native core's functions for TypeScript. See src/kernel/native.ts for what each does.
#include "support.h"

namespace {

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  tsrun::exportFiles(env, exports);
  tsrun::exportDirectories(env, exports);
  tsrun::exportMounts(env, exports);
  tsrun::exportNetlink(env, exports);
  tsrun::exportNamespaces(env, exports);
  tsrun::exportProcesses(env, exports);
  tsrun::exportTerminals(env, exports);
  tsrun::exportMonitor(env, exports);
  tsrun::exportAttach(env, exports);
  tsrun::exportMemory(env, exports);
  return exports;
}

} // namespace

NODE_API_MODULE(tsrun, initialize)
