// Namespaces of threads: confining one to a directory, trying unshare(2); device filters of cgroups.
#include "support.h"

#include <cerrno>
#include <cstring>
#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tsrun {

namespace {

struct Trial {
  int flags;
  int error;
};

void tryOnThread(void *raw) {
  auto *trial = static_cast<Trial *>(raw);
  trial->error = unshare(trial->flags) < 0 ? errno : 0;
}

Napi::Value tryUnshare(const Napi::CallbackInfo &info) {
  Trial trial = {intArgument(info, 0), 0};
  onThread(info.Env(), tryOnThread, &trial);
  if (trial.error != 0) throwErrno(info.Env(), trial.error, "unshare");
  return info.Env().Undefined();
}

Napi::Value confineThread(const Napi::CallbackInfo &info) {
  std::string path = pathArgument(info, 0);
  // The main thread's root is everybody's: only a worker, made for this, may give its own away.
  if (syscall(SYS_gettid) == getpid()) throw Napi::Error::New(info.Env(), "confineThread: never on the main thread");
  if (unshare(CLONE_FS) < 0) throwErrno(info.Env(), errno, "unshare");
  if (chroot(path.c_str()) < 0) throwErrno(info.Env(), errno, "chroot", path);
  if (chdir("/") < 0) throwErrno(info.Env(), errno, "chdir", "/");
  umask(0);
  return info.Env().Undefined();
}

// By a descriptor, whatever the thread's root is now: how a worker that is confined already goes on to the next directory.
Napi::Value confineThreadAt(const Napi::CallbackInfo &info) {
  if (syscall(SYS_gettid) == getpid()) throw Napi::Error::New(info.Env(), "confineThreadAt: never on the main thread");
  if (unshare(CLONE_FS) < 0) throwErrno(info.Env(), errno, "unshare");
  if (fchdir(intArgument(info, 0)) < 0) throwErrno(info.Env(), errno, "fchdir");
  if (chroot(".") < 0) throwErrno(info.Env(), errno, "chroot");
  umask(0);
  return info.Env().Undefined();
}

Napi::Value isolateMounts(const Napi::CallbackInfo &info) {
  if (syscall(SYS_gettid) == getpid()) throw Napi::Error::New(info.Env(), "isolateMounts: never on the main thread");
  if (unshare(CLONE_NEWNS | CLONE_FS) < 0) throwErrno(info.Env(), errno, "unshare");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) throwErrno(info.Env(), errno, "mount", "/");
  return info.Env().Undefined();
}

long bpf(enum bpf_cmd command, union bpf_attr *attributes) { return syscall(SYS_bpf, command, attributes, sizeof(*attributes)); }

Napi::Value attachDeviceFilter(const Napi::CallbackInfo &info) {
  int cgroup = intArgument(info, 0);
  Bytes program = bytesArgument(info, 1);
  static const char license[] = "Apache-2.0";
  union bpf_attr load = {};
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.expected_attach_type = BPF_CGROUP_DEVICE;
  load.insns = reinterpret_cast<uint64_t>(program.data);
  load.insn_cnt = static_cast<uint32_t>(program.length / sizeof(struct bpf_insn));
  load.license = reinterpret_cast<uint64_t>(license);
  Fd loaded(static_cast<int>(bpf(BPF_PROG_LOAD, &load)));
  if (loaded.get() < 0) throwErrno(info.Env(), errno, "bpf", "BPF_PROG_LOAD");
  union bpf_attr attach = {};
  attach.target_fd = static_cast<uint32_t>(cgroup);
  attach.attach_bpf_fd = static_cast<uint32_t>(loaded.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  if (bpf(BPF_PROG_ATTACH, &attach) < 0) throwErrno(info.Env(), errno, "bpf", "BPF_PROG_ATTACH");
  return info.Env().Undefined();
}

} // namespace

void exportNamespaces(Napi::Env env, Napi::Object exports) {
  define(env, exports, "tryUnshare", tryUnshare);
  define(env, exports, "confineThread", confineThread);
  define(env, exports, "confineThreadAt", confineThreadAt);
  define(env, exports, "isolateMounts", isolateMounts);
  define(env, exports, "attachDeviceFilter", attachDeviceFilter);
}

} // namespace tsrun
