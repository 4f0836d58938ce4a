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

// Where what one socket has to say goes, and what became of it.
struct Receive {
  int socket = -1;
  std::span<char> room;
  int result = 0;  // How many bytes came, 0 at the end, or a negative errno: -EAGAIN when none did.
};

// One socket to close: nobody uses its descriptor any more.
struct Close {
  int socket = -1;
  int result = 0;  // 0, or a negative errno.
};

// Sends to many sockets at once, receives from them, or closes them. One thread, that of the first
// call.
//
// No socket is waited for. All results are there when a call returns, and what was lent to it is
// no longer needed.
class SocketIo {
 public:
  virtual ~SocketIo() = default;
  virtual void send(std::span<Send> sends) = 0;
  virtual void receive(std::span<Receive> receives) = 0;
  virtual void close(std::span<Close> closes) = 0;
};

// One system call for each socket.
std::unique_ptr<SocketIo> one_by_one_socket_io();
// One io_uring_enter(2) for many sockets. Null where the kernel is older than Linux 6.1, or whoever
// confines this process does not allow it.
std::unique_ptr<SocketIo> io_uring_socket_io();

enum class IoUring : unsigned char { where_allowed, off };
std::unique_ptr<SocketIo> make_socket_io(IoUring use);

}  // namespace herald::net
