#include "app/admin_channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace herald::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* socket_name = "admin.sock";

tl::unexpected<Error> failure(const std::string& what) {
  return fail(Code::failed, what + ": " + std::generic_category().message(errno));
}

// The path of a socket has 107 characters at most, that of a data directory may have more: it is
// reached through a descriptor of the directory.
struct Place {
  net::Descriptor folder;
  sockaddr_un address{};
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Result<Place> place_in(const fs::path& data) {
  Place place{net::Descriptor(::open(data.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))};
  if (!place.folder) return failure(data.string());
  place.address.sun_family = AF_UNIX;
  const std::string path =
      "/proc/self/fd/" + std::to_string(place.folder.get()) + '/' + socket_name;
  path.copy(place.address.sun_path, sizeof(place.address.sun_path) - 1);
  return place;
}

net::Descriptor new_socket() {
  return net::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

// The first descriptor that came along; there is room for no other.
net::Descriptor file_of(msghdr& message) {
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return {};
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return net::Descriptor(fd);
}

}  // namespace

Result<void> AdminChannel::send(const json::object& line, int file) {
  const std::string text = json::serialize(line) + '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    iovec part{const_cast<char*>(rest.data()), rest.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof file)> control{};
    if (file >= 0) {
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      cmsghdr* head = CMSG_FIRSTHDR(&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN(sizeof file);
      std::memcpy(CMSG_DATA(head), &file, sizeof file);
    }
    const ssize_t sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return failure(socket_name);
    file = -1;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::optional<json::object>> AdminChannel::receive() {
  std::size_t searched = 0;
  for (;;) {
    const auto end = received_.find('\n', searched);
    if (end != received_.npos) {
      json::error_code error;
      const json::value line = json::parse(std::string_view(received_).substr(0, end), error);
      received_.erase(0, end + 1);
      const auto* object = line.if_object();
      if (error || object == nullptr) return fail(Code::malformed, "a line is no JSON object");
      return *object;
    }
    searched = received_.size();
    if (searched > line_bytes_max_) return fail(Code::malformed, "a line is too long");
    std::array<char, 65'536> bytes;
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(socket_name);
    if (net::Descriptor file = file_of(message)) file_ = std::move(file);
    if (count == 0) return std::nullopt;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

bool AdminChannel::is_heard() const {
  char byte = 0;
  const ssize_t count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

void AdminChannel::hang_up() { ::shutdown(socket_.get(), SHUT_RD); }
void AdminChannel::end() { ::shutdown(socket_.get(), SHUT_RDWR); }

// Whoever calls has the store, so what is there was left by a process that ended.
Result<net::Descriptor> listen_for_admin(const fs::path& data) {
  auto place = place_in(data);
  if (!place) return tl::unexpected(std::move(place.error()));
  net::Descriptor socket = new_socket();
  ::unlink(place->address.sun_path);
  // The socket's file is made with the permissions that the socket has by then.
  if (!socket || ::fchmod(socket.get(), 0600) != 0 ||
      ::bind(socket.get(), place->get(), sizeof place->address) != 0 ||
      ::listen(socket.get(), 16) != 0) {
    return failure((data / socket_name).string());
  }
  return socket;
}

Result<net::Descriptor> connect_as_admin(const fs::path& data) {
  auto place = place_in(data);
  if (!place) return tl::unexpected(std::move(place.error()));
  net::Descriptor socket = new_socket();
  if (socket && ::connect(socket.get(), place->get(), sizeof place->address) == 0) return socket;
  if (errno == ENOENT || errno == ECONNREFUSED) return fail(Code::absent, "no server runs");
  return failure((data / socket_name).string());
}

void remove_admin_socket(const fs::path& data) { ::unlink((data / socket_name).c_str()); }

bool is_admin(const net::Descriptor& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace herald::app
