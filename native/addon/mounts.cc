// Mounts: an overlay, a tree or a container's root as a descriptor that no mount table shows; attaching those; umount.
#include "support.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../plan/overlay.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x4
#endif

namespace tsrun {

namespace {

struct Overlay {
  std::string directory;
  std::vector<std::string> lower;
  std::string upper;
  std::string work;
  std::string options;
  int fd;
  int error;
  const char *call;
};

void fail(Overlay *overlay, const char *call) {
  overlay->error = errno;
  overlay->call = call;
}

void cloneTree(Overlay *overlay, const char *path) {
  overlay->fd = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (overlay->fd < 0) fail(overlay, "open_tree");
}

// Any directory does, for nobody else sees what is mounted there.
constexpr const char *MOUNT_POINT = "/proc";

bool mountOverlay(const Overlay &wanted) {
  std::vector<const char *> lower;
  for (const std::string &name : wanted.lower) lower.push_back(name.c_str());
  struct overlay overlay = {};
  overlay.directory = wanted.directory.c_str();
  overlay.target = MOUNT_POINT;
  overlay.lower = lower.data();
  overlay.lower_count = lower.size();
  if (wanted.upper.empty()) {
    overlay.flags = MS_RDONLY;
  } else {
    overlay.upper = wanted.upper.c_str();
    overlay.work = wanted.work.c_str();
  }
  overlay.more = wanted.options.c_str();
  auto scratch = std::make_unique<struct overlay_scratch>();
  int result = overlay_mount(&overlay, scratch.get());
  errno = -result;
  return result == 0;
}

// On a thread with a mount table of its own: it ends with the thread, and the clone of the mount lives on in its descriptor.
void mountOnThread(void *raw) {
  auto *overlay = static_cast<Overlay *>(raw);
  if (unshare(CLONE_NEWNS | CLONE_FS) < 0) return fail(overlay, "unshare");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) return fail(overlay, "mount");
  if (chdir(overlay->directory.c_str()) < 0) return fail(overlay, "chdir");
  // Overlayfs wants two layers: a single one without an upper is what it is.
  if (overlay->lower.size() == 1 && overlay->upper.empty()) return cloneTree(overlay, overlay->lower[0].c_str());
  if (!mountOverlay(*overlay)) return fail(overlay, "mount");
  cloneTree(overlay, MOUNT_POINT);
}

Napi::Value overlayMount(const Napi::CallbackInfo &info) {
  Overlay overlay = {pathArgument(info, 0), stringsArgument(info, 1), "", "", "", -1, 0, nullptr};
  if (!info[2].IsUndefined()) overlay.upper = pathArgument(info, 2);
  if (!info[3].IsUndefined()) overlay.work = pathArgument(info, 3);
  if (!info[4].IsUndefined()) overlay.options = pathArgument(info, 4);
  onThread(info.Env(), mountOnThread, &overlay);
  if (overlay.call != nullptr) throwErrno(info.Env(), overlay.error, overlay.call, overlay.directory);
  return Napi::Number::New(info.Env(), overlay.fd);
}

Napi::Value openTree(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (boolArgument(info, 1) ? AT_RECURSIVE : 0);
  long fd = syscall(SYS_open_tree, AT_FDCWD, path.c_str(), flags);
  if (fd < 0) throwErrno(info.Env(), errno, "open_tree", path);
  return Napi::Number::New(info.Env(), static_cast<double>(fd));
}

struct MountClone {
  int process;
  std::string path;
  int fd;
  int error;
  const char *call;
};

void fail(MountClone *clone, const char *call) {
  clone->error = errno;
  clone->call = call;
}

// On a thread that enters the process's mount namespace: only from inside may its mounts be cloned. Links on the way are the
// container's, and are not followed.
void cloneMountOnThread(void *raw) {
  auto *clone = static_cast<MountClone *>(raw);
  if (unshare(CLONE_FS) < 0) return fail(clone, "unshare");
  // This sets the thread's root to the namespace's, whatever root the process itself has.
  if (setns(clone->process, CLONE_NEWNS) < 0) return fail(clone, "setns");
  struct open_how how = {};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_SYMLINKS;
  long found;
  do found = syscall(SYS_openat2, AT_FDCWD, clone->path.c_str(), &how, sizeof(how));
  while (found < 0 && errno == EINTR);
  if (found < 0) return fail(clone, "openat2");
  Fd directory(static_cast<int>(found));
  clone->fd = static_cast<int>(syscall(SYS_open_tree, directory.get(), "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH));
  if (clone->fd < 0) fail(clone, "open_tree");
}

Napi::Value cloneMount(const Napi::CallbackInfo &info) {
  MountClone clone = {intArgument(info, 0), pathArgument(info, 1), -1, 0, nullptr};
  onThread(info.Env(), cloneMountOnThread, &clone);
  if (clone.call != nullptr) throwErrno(info.Env(), clone.error, clone.call, clone.path);
  return Napi::Number::New(info.Env(), clone.fd);
}

Napi::Value moveMount(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 1);
  if (syscall(SYS_move_mount, intArgument(info, 0), "", AT_FDCWD, path.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    throwErrno(info.Env(), errno, "move_mount", path);
  }
  return info.Env().Undefined();
}

// struct mount_attr of <linux/mount.h>, which can't be included beside <sys/mount.h> everywhere.
struct MountAttributes {
  uint64_t set;
  uint64_t clear;
  uint64_t propagation;
  uint64_t userns;
};
constexpr uint64_t READ_ONLY = 1;

Napi::Value mountReadOnly(const Napi::CallbackInfo &info) {
  MountAttributes attributes = {READ_ONLY, 0, 0, 0};
  if (syscall(SYS_mount_setattr, intArgument(info, 0), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes)) < 0) {
    throwErrno(info.Env(), errno, "mount_setattr");
  }
  return info.Env().Undefined();
}

Napi::Value unmount(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  if (umount2(path.c_str(), intArgument(info, 1)) < 0) throwErrno(info.Env(), errno, "umount2", path);
  return info.Env().Undefined();
}

} // namespace

void exportMounts(Napi::Env env, Napi::Object exports) {
  define(env, exports, "overlayMount", overlayMount);
  define(env, exports, "openTree", openTree);
  define(env, exports, "cloneMount", cloneMount);
  define(env, exports, "moveMount", moveMount);
  define(env, exports, "mountReadOnly", mountReadOnly);
  define(env, exports, "umount", unmount);
}

} // namespace tsrun
