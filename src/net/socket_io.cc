#include "net/socket_io.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace herald::net {
namespace {

class OneByOne final : public SocketIo {
 public:
  void send(std::span<Send> sends) override {
    for (Send& each : sends) {
      each.result = result_of(
          ::send(each.socket, each.bytes.data(), each.bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    }
  }
  void receive(std::span<Receive> receives) override {
    for (Receive& each : receives) {
      each.result =
          result_of(::recv(each.socket, each.room.data(), each.room.size(), MSG_DONTWAIT));
    }
  }
  void close(std::span<Close> closes) override {
    for (Close& each : closes) each.result = result_of(::close(each.socket));
  }

 private:
  static int result_of(ssize_t count) { return count < 0 ? -errno : static_cast<int>(count); }
};

}  // namespace

std::unique_ptr<SocketIo> one_by_one_socket_io() { return std::make_unique<OneByOne>(); }

std::unique_ptr<SocketIo> make_socket_io(IoUring use) {
  auto with_ring = use == IoUring::off ? nullptr : io_uring_socket_io();
  return with_ring ? std::move(with_ring) : one_by_one_socket_io();
}

}  // namespace herald::net
