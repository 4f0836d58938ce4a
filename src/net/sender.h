#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace herald::net {

// What one socket is to send, and what became of it.
struct Send {
  int socket = -1;
  std::string_view bytes;
  int result = 0;  // How many bytes it took, or a negative errno: -EAGAIN when it is full.
};

// Sends to many sockets at once. One thread, that of the first call.
class Sender {
 public:
  virtual ~Sender() = default;
  // Waits for no socket. All results are there when it returns, and the bytes are no longer needed.
  virtual void send(std::span<Send> sends) = 0;
};

// One system call for each socket.
std::unique_ptr<Sender> one_by_one_sender();
// One io_uring_enter(2) for many sockets. Null where the kernel is older than Linux 6.1, or whoever
// confines this process does not allow it.
std::unique_ptr<Sender> io_uring_sender();

enum class IoUring : unsigned char { where_allowed, off };
std::unique_ptr<Sender> make_sender(IoUring use);

}  // namespace herald::net
