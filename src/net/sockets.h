#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "base/result.h"

// Plain POSIX sockets, as the device side uses them.
namespace herald::net {

struct Address {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};
// `host:port`, `[v6]:port`, or `:port` for all of this machine's addresses.
Result<Address> parse_address(std::string_view text);

// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A non-blocking listening socket that shares its port with those of the other shards
// (SO_REUSEPORT): the kernel spreads connections over them. Errors: failed.
Result<Descriptor> listen_on(const Address& address);
// Whether nobody listens there, not even one who would share: checked before the first of ours
// does. Errors: failed.
Result<void> check_free(const Address& address);
// The port that was given when 0 was asked for.
std::uint16_t port_of(const Descriptor& socket);
// Whether only this machine reaches it.
bool is_loopback(const Descriptor& socket);
// A connected blocking socket without delays for small writes. Errors: failed.
Result<Descriptor> connect_to(const Address& address);
// An IP address without its port.
std::string text_of(const sockaddr_storage& address);

}  // namespace herald::net
