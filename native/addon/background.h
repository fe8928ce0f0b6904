// Work that a native thread does while its caller sees to something else.
#pragma once

#include <napi.h>

#include <chrono>
#include <memory>
#include <pthread.h>

#include "support.h"

namespace tsrun {

// Work in the making. Whoever lets go of it unfinished waits for the thread: every class that derives from this calls join() in its destructor, before
// what the thread writes to is gone.
class Background {
 public:
  Background() = default;
  Background(const Background &) = delete;
  Background &operator=(const Background &) = delete;
  virtual ~Background() = default;

  // 0, or the errno of pthread_create(3).
  int begin() {
    int error = pthread_create(&thread_, nullptr, run, this);
    running_ = error == 0;
    return error;
  }

  void join() {
    if (running_) pthread_join(thread_, nullptr);
    running_ = false;
  }

  // How long it took; after join().
  double microseconds() const { return microseconds_; }

 protected:
  // On the thread: no JavaScript, no napi.
  virtual void work() = 0;

 private:
  static void *run(void *raw) {
    auto *self = static_cast<Background *>(raw);
    auto began = std::chrono::steady_clock::now();
    self->work();
    self->microseconds_ = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
    return nullptr;
  }

  pthread_t thread_ = {};
  bool running_ = false;
  double microseconds_ = 0;
};

// Begin it, and give it to JavaScript: `awaitBackground` finishes it; what is never finished goes when it is collected.
template <typename Work> Napi::Value beginBackground(Napi::Env env, std::unique_ptr<Work> work) {
  int error = work->begin();
  if (error != 0) throwErrno(env, error, "pthread_create");
  return Napi::External<Work>::New(env, work.release(), [](Napi::Env, Work *unused) { delete unused; });
}

// The work that an argument stands for, done.
template <typename Work> Work *awaitBackground(const Napi::CallbackInfo &info, size_t index) {
  auto *work = info[index].As<Napi::External<Work>>().Data();
  work->join();
  return work;
}

} // namespace tsrun
