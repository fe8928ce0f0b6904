// Netlink sockets: opened here or inside another network namespace; a datagram out, a datagram in.
#include "background.h"
#include "support.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace tsrun {

namespace {

struct Opening {
  int protocol;
  int nspace; // -1: the caller's
  bool unshare;
  int socket;
  int made; // a new namespace's descriptor
  int error;
  const char *call;
  std::vector<std::string> settings; // path, value, path, value …
  std::string failed;
};

int openSocket(int protocol) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (fd < 0) return -1;
  int on = 1;
  // Errors then carry the kernel's own words; an old kernel that can't is no reason to fail.
  setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
  setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
  return fd;
}

void fail(Opening *opening, const char *call) {
  opening->error = errno;
  opening->call = call;
}

// Before there is an interface a setting costs nothing; afterwards each interface would be taken through the change.
bool applySettings(Opening *opening) {
  for (size_t each = 0; each + 1 < opening->settings.size(); each += 2) {
    const std::string &value = opening->settings[each + 1];
    Fd file(open(opening->settings[each].c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() >= 0 && write(file.get(), value.data(), value.size()) == static_cast<ssize_t>(value.size())) continue;
    fail(opening, file.get() < 0 ? "open" : "write");
    opening->failed = opening->settings[each];
    return false;
  }
  return true;
}

// Runs on a thread of its own: a socket belongs for ever to the namespace it was opened in.
void openInside(void *raw) {
  auto *opening = static_cast<Opening *>(raw);
  if (opening->unshare && unshare(CLONE_NEWNET) < 0) return fail(opening, "unshare");
  if (!applySettings(opening)) return;
  if (opening->nspace >= 0 && setns(opening->nspace, CLONE_NEWNET) < 0) return fail(opening, "setns");
  if (opening->unshare) {
    opening->made = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (opening->made < 0) return fail(opening, "open");
  }
  opening->socket = openSocket(opening->protocol);
  if (opening->socket < 0) fail(opening, "socket");
}

Napi::Value openNetlink(const Napi::CallbackInfo &info) {
  Opening opening = {intArgument(info, 0), info[1].IsNumber() ? intArgument(info, 1) : -1, false, -1, -1, 0, nullptr, {}, ""};
  if (opening.nspace < 0) {
    opening.socket = openSocket(opening.protocol);
    if (opening.socket < 0) fail(&opening, "socket");
  } else {
    onThread(info.Env(), openInside, &opening);
  }
  if (opening.call != nullptr) throwErrno(info.Env(), opening.error, opening.call);
  return Napi::Number::New(info.Env(), opening.socket);
}

// A namespace that a thread makes. What nobody takes of it is closed.
class NamespaceInMaking : public Background {
 public:
  explicit NamespaceInMaking(std::vector<std::string> settings) : opening_{NETLINK_ROUTE, -1, true, -1, -1, 0, nullptr, std::move(settings), ""} {}
  ~NamespaceInMaking() override {
    join();
    Fd made(opening_.made), socket(opening_.socket);
  }

  Opening *opening() { return &opening_; }

 protected:
  void work() override { openInside(&opening_); }

 private:
  Opening opening_;
};

Napi::Value beginNetworkNamespace(const Napi::CallbackInfo &info) {
  return beginBackground(info.Env(), std::make_unique<NamespaceInMaking>(stringsArgument(info, 0)));
}

Napi::Value finishNetworkNamespace(const Napi::CallbackInfo &info) {
  auto *making = awaitBackground<NamespaceInMaking>(info, 0);
  Opening *opening = making->opening();
  Fd made(std::exchange(opening->made, -1)), socket(std::exchange(opening->socket, -1));
  if (opening->call != nullptr) throwErrno(info.Env(), opening->error, opening->call, opening->failed);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("namespace", Napi::Number::New(info.Env(), made.release()));
  result.Set("route", Napi::Number::New(info.Env(), socket.release()));
  result.Set("microseconds", Napi::Number::New(info.Env(), making->microseconds()));
  return result;
}

ssize_t sendAll(int fd, const Bytes &request) {
  struct sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  ssize_t sent;
  do sent = sendto(fd, request.data, request.length, 0, reinterpret_cast<struct sockaddr *>(&kernel), sizeof(kernel));
  while (sent < 0 && errno == EINTR);
  return sent;
}

// A datagram must fit the socket's buffer; thousands of published ports don't fit the usual one.
bool makeRoom(int fd, size_t length) {
  int size = static_cast<int>(length) + 4096;
  return length < INT_MAX / 4 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == 0;
}

Napi::Value sendRequest(const Napi::CallbackInfo &info) {
  int fd = intArgument(info, 0);
  Bytes request = bytesArgument(info, 1);
  ssize_t sent = sendAll(fd, request);
  if (sent < 0 && errno == EMSGSIZE && makeRoom(fd, request.length)) sent = sendAll(fd, request);
  if (sent < 0) throwErrno(info.Env(), errno, "sendto");
  return info.Env().Undefined();
}

Napi::Value receiveAnswer(const Napi::CallbackInfo &info) {
  int fd = intArgument(info, 0);
  ssize_t length;
  do length = recv(fd, nullptr, 0, MSG_PEEK | MSG_TRUNC);
  while (length < 0 && errno == EINTR);
  if (length < 0) throwErrno(info.Env(), errno, "recv");
  auto answer = Napi::Uint8Array::New(info.Env(), static_cast<size_t>(length));
  do length = recv(fd, answer.Data(), answer.ByteLength(), 0);
  while (length < 0 && errno == EINTR);
  if (length < 0) throwErrno(info.Env(), errno, "recv");
  return answer;
}

} // namespace

void exportNetlink(Napi::Env env, Napi::Object exports) {
  define(env, exports, "openNetlink", openNetlink);
  define(env, exports, "beginNetworkNamespace", beginNetworkNamespace);
  define(env, exports, "finishNetworkNamespace", finishNetworkNamespace);
  define(env, exports, "netlinkSend", sendRequest);
  define(env, exports, "netlinkReceive", receiveAnswer);
}

} // namespace tsrun
