#include "net/sender.h"

#include <sys/socket.h>

#include <cerrno>

namespace herald::net {
namespace {

class OneByOne final : public Sender {
 public:
  void send(std::span<Send> sends) override {
    for (Send& each : sends) {
      const ssize_t count =
          ::send(each.socket, each.bytes.data(), each.bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      each.result = count < 0 ? -errno : static_cast<int>(count);
    }
  }
};

}  // namespace

std::unique_ptr<Sender> one_by_one_sender() { return std::make_unique<OneByOne>(); }

std::unique_ptr<Sender> make_sender(IoUring use) {
  auto sender = use == IoUring::off ? nullptr : io_uring_sender();
  return sender ? std::move(sender) : one_by_one_sender();
}

}  // namespace herald::net
