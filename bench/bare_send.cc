// The limit of this machine: two threads that do nothing but one send() for each device of a call,
// and at QoS 1 read what the devices reply.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bare_protocol.h"
#include "net/sockets.h"

namespace herald::bench::bare {
namespace {

struct Peer {
  enum class Kind : std::uint8_t { unknown, device, caller };
  net::Descriptor socket;
  Kind kind = Kind::unknown;
  std::uint64_t number = 0;
  std::string unread;  // Of a hello or a call: its beginning, while the end is still to come.
};

class Server {
 public:
  Server() : devices_(devices_max) {
    for (std::atomic<int>& device : devices_) device = -1;
    for (net::Descriptor& epoll : epolls_) epoll = net::Descriptor(epoll_create1(EPOLL_CLOEXEC));
  }

  // Never returns. Connections go to the threads in turns.
  void serve(const net::Descriptor& listener) {
    std::vector<std::jthread> threads;
    threads.reserve(epolls_.size());
    for (const net::Descriptor& epoll : epolls_) {
      threads.emplace_back([this, fd = epoll.get()] { work(fd); });
    }
    pollfd waiting{.fd = listener.get(), .events = POLLIN, .revents = 0};
    for (std::size_t next = 0; ::poll(&waiting, 1, -1) > 0;) {
      const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto peer = std::make_unique<Peer>();
      peer->socket = net::Descriptor(fd);
      epoll_event event{.events = EPOLLIN, .data = {.ptr = peer.release()}};
      ::epoll_ctl(epolls_[next++ % epolls_.size()].get(), EPOLL_CTL_ADD, fd, &event);
    }
  }

 private:
  void work(int epoll) {
    std::string buffer(64 * 1024, '\0');
    std::array<epoll_event, 256> events;
    while (true) {
      const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        auto* peer = static_cast<Peer*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!readable(*peer, buffer)) close(std::unique_ptr<Peer>(peer));
      }
    }
  }

  bool readable(Peer& peer, std::string& buffer) {
    const ssize_t count = ::recv(peer.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) return false;
    if (peer.kind == Peer::Kind::device) return true;  // A reply asks for nothing.
    peer.unread.append(buffer, 0, static_cast<std::size_t>(count));
    if (peer.kind == Peer::Kind::unknown) greet(peer);
    if (peer.kind == Peer::Kind::caller) {
      while (const std::size_t size = send_call(peer)) peer.unread.erase(0, size);
    }
    return true;
  }

  void greet(Peer& peer) {
    if (peer.unread.size() < sizeof peer.number) return;
    std::memcpy(&peer.number, peer.unread.data(), sizeof peer.number);
    peer.unread = {};
    const bool is_device = peer.number < devices_.size();
    peer.kind = is_device ? Peer::Kind::device : Peer::Kind::caller;
    if (is_device) devices_[peer.number] = peer.socket.get();
    ::send(peer.socket.get(), &peer.number, sizeof peer.number, MSG_NOSIGNAL);
  }

  // The size of the call at the start of what is unread; 0: it is not complete. Sends are made by
  // whoever has read the call, also to devices of the other thread: handing over would be dearer.
  std::size_t send_call(Peer& peer) {
    CallHead head;
    if (peer.unread.size() < sizeof head) return 0;
    std::memcpy(&head, peer.unread.data(), sizeof head);
    const std::size_t payload_at = sizeof head + head.devices * sizeof(std::uint32_t);
    if (peer.unread.size() < payload_at + head.payload_bytes) return 0;
    const char* payload = peer.unread.data() + payload_at;
    for (std::size_t i = 0; i < head.devices; ++i) {
      std::uint32_t number = 0;
      std::memcpy(&number, peer.unread.data() + sizeof head + i * sizeof number, sizeof number);
      if (number >= devices_.size() || devices_[number] < 0) continue;
      // What does not fit is missed by the device, and reported by the load.
      ::send(devices_[number], payload, head.payload_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    ::send(peer.socket.get(), "", 1, MSG_NOSIGNAL);
    return payload_at + head.payload_bytes;
  }

  // Devices leave when no call is under way, so nobody sends to a descriptor that was used anew.
  void close(std::unique_ptr<Peer> peer) {
    if (peer->kind == Peer::Kind::device) devices_[peer->number] = -1;
  }

  std::array<net::Descriptor, 2> epolls_;  // One for each thread.
  std::vector<std::atomic<int>> devices_;  // The socket of each device, by its number.
};

int run(int argc, char** argv) {
  CLI::App app("One send() for each device, and no protocol");
  std::string listen = "127.0.0.1:0";
  app.add_option("--listen", listen, "HOST:PORT");
  CLI11_PARSE(app, argc, argv);
  const auto address = net::parse_address(listen);
  auto listener = address.and_then(&net::listen_on);
  if (!listener) {
    std::fprintf(stderr, "bare_send: %s\n", listener.error().detail.c_str());
    return 1;
  }
  Server().serve(*listener);
  return 1;
}

}  // namespace
}  // namespace herald::bench::bare

int main(int argc, char** argv) try {
  return herald::bench::bare::run(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "bare_send: %s\n", error.what());
  return 1;
}
