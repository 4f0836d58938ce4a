#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "bare_protocol.h"
#include "target.h"

namespace herald::bench {
namespace {

template <class T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

Result<net::Descriptor> greet(const net::Address& server, std::uint64_t number) {
  auto socket = net::connect_to(server);
  if (!socket) return socket;
  std::uint64_t echo = 0;
  ::send(socket->get(), &number, sizeof number, MSG_NOSIGNAL);
  const ssize_t count = ::recv(socket->get(), &echo, sizeof echo, MSG_WAITALL);
  if (count != sizeof echo || echo != number) return fail(Code::failed, "no answer to a hello");
  return socket;
}

class BarePublisher final : public Publisher {
 public:
  BarePublisher(net::Descriptor socket, const Work& work)
      : socket_(std::move(socket)), work_(work) {}

  void prepare(std::size_t first, std::string_view payload) override {
    bytes_.clear();
    append(bytes_, bare::CallHead{.devices = static_cast<std::uint32_t>(work_.batch),
                                  .payload_bytes = static_cast<std::uint32_t>(payload.size())});
    for (std::size_t i = 0; i < work_.batch; ++i) {
      append(bytes_, static_cast<std::uint32_t>(work_.first_device + first + i));
    }
    bytes_ += payload;
  }

  Result<void> send() override {
    char answer = 0;
    ::send(socket_.get(), bytes_.data(), bytes_.size(), MSG_NOSIGNAL);
    if (::recv(socket_.get(), &answer, 1, 0) != 1) {
      return fail(Code::failed, "the caller's connection was closed");
    }
    return {};
  }

 private:
  net::Descriptor socket_;
  Work work_;
  std::string bytes_;
};

class BareTarget final : public Target {
 public:
  BareTarget(net::Address server, const Work& work)
      : server_(std::move(server)),
        work_(work),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        buffer_(1024 * 1024, '\0') {}  // As that of the devices that speak MQTT.

  Result<void> connect_devices() override {
    for (std::size_t i = 0; i < work_.devices; ++i) {
      auto socket = greet(server_, work_.first_device + i);
      if (!socket) return tl::unexpected(std::move(socket.error()));
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket->get(), &event);
      devices_.push_back({.socket = std::move(*socket), .partial = {}});
    }
    return {};
  }

  void record_in(Ledger& ledger) override { ledger_ = &ledger; }

  bool run_devices(std::chrono::milliseconds at_most, const std::function<bool()>& until) override {
    const Instant end = Clock::now() + at_most;
    std::array<epoll_event, 256> events;
    while (!until()) {
      if (Clock::now() >= end) return false;
      const int count = epoll_wait(epoll_.get(), events.data(), events.size(), 50);
      for (int i = 0; i < count; ++i) readable(events[static_cast<std::size_t>(i)].data.u64);
    }
    return true;
  }

  std::size_t lost_connections() const override { return lost_; }
  void disconnect() override { devices_.clear(); }

  Result<std::unique_ptr<Publisher>> new_publisher(std::uint32_t) override {
    return greet(server_, bare::caller_hello)
        .map([&](net::Descriptor socket) -> std::unique_ptr<Publisher> {
          return std::make_unique<BarePublisher>(std::move(socket), work_);
        });
  }

 private:
  struct Device {
    net::Descriptor socket;
    std::string partial;  // The beginning of a payload whose end is still to come.
  };

  void readable(std::size_t index) {
    Device& device = devices_[index];
    const ssize_t count = ::recv(device.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count <= 0) {
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      device.socket = net::Descriptor();
      ++lost_;
      return;
    }
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
    const bool joined = !device.partial.empty();
    if (joined) {
      device.partial += bytes;
      bytes = device.partial;
    }
    std::size_t messages = 0;
    for (; bytes.size() >= work_.payload_bytes; bytes.remove_prefix(work_.payload_bytes)) {
      ledger_->received(index, bytes.substr(0, work_.payload_bytes));
      ++messages;
    }
    if (!joined || bytes.empty()) {
      device.partial = std::string(bytes);
    } else {
      device.partial.erase(0, device.partial.size() - bytes.size());
    }
    if (work_.qos == 0) return;
    const std::string replies(messages * bare::reply_bytes, '\0');
    ::send(device.socket.get(), replies.data(), replies.size(), MSG_NOSIGNAL);
  }

  net::Address server_;
  Work work_;
  net::Descriptor epoll_;
  std::string buffer_;
  std::vector<Device> devices_;
  Ledger* ledger_ = nullptr;
  std::size_t lost_ = 0;
};

}  // namespace

std::unique_ptr<Target> bare_target(net::Address server, const Work& work) {
  return std::make_unique<BareTarget>(std::move(server), work);
}

}  // namespace herald::bench
