#include "support.h"

#include <cerrno>
#include <cstring>
#include <pthread.h>
#include <unistd.h>

namespace tsrun {

namespace {

// strerrorname_np needs glibc 2.32; Node's own names are what users know.
std::string errnoName(int error) {
  const char *name = strerrorname_np(error);
  return name == nullptr ? "E" + std::to_string(error) : name;
}

struct ThreadWork {
  void (*work)(void *);
  void *argument;
};

void *runWork(void *raw) {
  auto *job = static_cast<ThreadWork *>(raw);
  job->work(job->argument);
  return nullptr;
}

} // namespace

void throwErrno(Napi::Env env, int error, const char *syscall, const std::string &path, const std::string &dest) {
  std::string code = errnoName(error);
  std::string message = code + ": " + strerror(error) + ", " + syscall;
  if (!path.empty()) message += " '" + path + "'";
  if (!dest.empty()) message += " -> '" + dest + "'";
  Napi::Error thrown = Napi::Error::New(env, message);
  thrown.Set("code", Napi::String::New(env, code));
  thrown.Set("errno", Napi::Number::New(env, -error));
  thrown.Set("syscall", Napi::String::New(env, syscall));
  if (!path.empty()) thrown.Set("path", Napi::String::New(env, path));
  if (!dest.empty()) thrown.Set("dest", Napi::String::New(env, dest));
  throw thrown;
}

int intArgument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a number");
  return info[index].As<Napi::Number>().Int32Value();
}

int64_t int64Argument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a number");
  return info[index].As<Napi::Number>().Int64Value();
}

bool boolArgument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsBoolean()) throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a boolean");
  return info[index].As<Napi::Boolean>().Value();
}

std::string pathArgument(const Napi::CallbackInfo &info, size_t index) {
  std::string path;
  if (info[index].IsString()) {
    path = info[index].As<Napi::String>().Utf8Value();
  } else {
    Bytes bytes = bytesArgument(info, index);
    path.assign(reinterpret_cast<const char *>(bytes.data), bytes.length);
  }
  if (path.find('\0') != std::string::npos) throw Napi::TypeError::New(info.Env(), "a path with a NUL byte");
  return path;
}

Bytes bytesArgument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsTypedArray() || info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be a Uint8Array");
  }
  auto array = info[index].As<Napi::Uint8Array>();
  return {array.Data(), array.ByteLength()};
}

std::vector<std::string> stringsArgument(const Napi::CallbackInfo &info, size_t index) {
  if (!info[index].IsArray()) throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(index) + " must be an array");
  auto array = info[index].As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t each = 0; each < array.Length(); each++) {
    Napi::Value value = array.Get(each);
    strings.push_back(value.As<Napi::String>().Utf8Value());
  }
  return strings;
}

Napi::Value bytesResult(Napi::Env env, const void *data, size_t length) {
  auto result = Napi::Uint8Array::New(env, length);
  if (length > 0) memcpy(result.Data(), data, length);
  return result;
}

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

int Fd::release() {
  int fd = fd_;
  fd_ = -1;
  return fd;
}

void Fd::reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

void define(Napi::Env env, Napi::Object exports, const char *name, Napi::Value (*function)(const Napi::CallbackInfo &)) {
  exports.Set(name, Napi::Function::New(env, function, name));
}

void onThread(Napi::Env env, void (*work)(void *), void *argument) {
  ThreadWork job = {work, argument};
  pthread_t thread;
  int error = pthread_create(&thread, nullptr, runWork, &job);
  if (error != 0) throwErrno(env, error, "pthread_create");
  pthread_join(thread, nullptr);
}

} // namespace tsrun
