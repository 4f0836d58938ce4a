#include "net/sockets.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

namespace herald::net {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> resolve(const Address& address, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const char* host = address.host.empty() ? nullptr : address.host.c_str();
  if (const int error = getaddrinfo(host, port.c_str(), &hints, &found); error != 0) {
    return fail(Code::failed, address.host + ": " + gai_strerror(error));
  }
  return AddressList(found, &freeaddrinfo);
}

tl::unexpected<Error> failed(const Address& address, const char* what) {
  return fail(Code::failed, std::string(what) + " " + address.host + ":" +
                                std::to_string(address.port) + ": " + std::strerror(errno));
}

void set(int fd, int level, int option) {
  const int on = 1;
  setsockopt(fd, level, option, &on, sizeof on);
}

}  // namespace

Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos)
    return fail(Code::malformed, "an address is HOST:PORT: " + std::string(text));
  Address address{.host = std::string(text.substr(0, colon))};
  if (address.host.size() >= 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) {
    return fail(Code::malformed, "not a port: " + std::string(text));
  }
  return address;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

Result<Descriptor> listen_on(const Address& address, bool shared) {
  auto list = resolve(address, AI_PASSIVE);
  if (!list) return tl::unexpected(std::move(list.error()));
  const addrinfo& first = **list;
  Descriptor socket(::socket(first.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return failed(address, "cannot make a socket for");
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (shared) set(socket.get(), SOL_SOCKET, SO_REUSEPORT);
  if (::bind(socket.get(), first.ai_addr, first.ai_addrlen) != 0 ||
      ::listen(socket.get(), 4096) != 0) {
    return failed(address, "cannot listen on");
  }
  return socket;
}

}  // namespace

Result<Descriptor> listen_on(const Address& address) { return listen_on(address, true); }

Result<void> check_free(const Address& address) {
  return listen_on(address, false).map([](const Descriptor&) {});
}

std::uint16_t port_of(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

bool is_loopback(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  if (storage.ss_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr);
  }
  return ntohl(reinterpret_cast<const sockaddr_in&>(storage).sin_addr.s_addr) >> 24U ==
         IN_LOOPBACKNET;
}

Result<Descriptor> connect_to(const Address& address) {
  auto list = resolve(address, 0);
  if (!list) return tl::unexpected(std::move(list.error()));
  for (const addrinfo* each = list->get(); each != nullptr; each = each->ai_next) {
    Descriptor socket(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket || ::connect(socket.get(), each->ai_addr, each->ai_addrlen) != 0) continue;
    set(socket.get(), IPPROTO_TCP, TCP_NODELAY);
    return socket;
  }
  return failed(address, "cannot connect to");
}

std::string text_of(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* at =
      address.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
          : static_cast<const void*>(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  return inet_ntop(address.ss_family, at, text.data(), text.size()) != nullptr ? text.data() : "";
}

}  // namespace herald::net
