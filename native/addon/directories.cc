// Directories, made by a thread: a container has one in every cgroup hierarchy, and each takes the kernel some time.
#include "background.h"
#include "support.h"

#include <sys/stat.h>
#include <utility>

namespace tsrun {

namespace {

struct Directory {
  std::string path;
  bool isMade = false;
  double microseconds = 0;
};

double microsecondsSince(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

class DirectoriesInMaking : public Background {
 public:
  DirectoriesInMaking(const std::vector<std::string> &paths, mode_t mode) : mode_(mode) {
    for (const std::string &path : paths) directories_.push_back({path});
  }
  ~DirectoriesInMaking() override { join(); }

  const std::vector<Directory> &directories() const { return directories_; }

 protected:
  void work() override {
    for (Directory &each : directories_) {
      auto began = std::chrono::steady_clock::now();
      // The mode that was asked for, whatever the umask.
      each.isMade = mkdir(each.path.c_str(), mode_) == 0 && chmod(each.path.c_str(), mode_) == 0;
      each.microseconds = microsecondsSince(began);
    }
  }

 private:
  mode_t mode_;
  std::vector<Directory> directories_;
};

Napi::Value beginDirectories(const Napi::CallbackInfo &info) {
  auto mode = static_cast<mode_t>(intArgument(info, 1));
  return beginBackground(info.Env(), std::make_unique<DirectoriesInMaking>(stringsArgument(info, 0), mode));
}

Napi::Value finishDirectories(const Napi::CallbackInfo &info) {
  Napi::Array made = Napi::Array::New(info.Env());
  for (const Directory &each : awaitBackground<DirectoriesInMaking>(info, 0)->directories()) {
    if (!each.isMade) continue;
    Napi::Object one = Napi::Object::New(info.Env());
    one.Set("path", each.path);
    one.Set("microseconds", each.microseconds);
    made.Set(made.Length(), one);
  }
  return made;
}

} // namespace

void exportDirectories(Napi::Env env, Napi::Object exports) {
  define(env, exports, "beginDirectories", beginDirectories);
  define(env, exports, "finishDirectories", finishDirectories);
}

} // namespace tsrun
