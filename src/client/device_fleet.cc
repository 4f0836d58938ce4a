#include "client/device_fleet.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

namespace herald::client {
namespace {

constexpr std::size_t connects_at_once = 64;
constexpr std::size_t packet_bytes_max = 1024 * 1024;

std::string connack_error(const mqtt::Connack& connack) {
  return "CONNACK with return code " + std::to_string(static_cast<int>(connack.code));
}

}  // namespace

struct DeviceFleet::Member {
  std::size_t index = 0;
  FleetDevice device;
  net::Descriptor socket;
  std::unique_ptr<SSL, decltype(&SSL_free)> tls{nullptr, &SSL_free};
  std::string partial;  // The beginning of a packet whose end is still to come.
  std::string answers;  // What this turn's packets are answered with.
  bool ready = false;
  bool lost = false;
};

DeviceFleet::DeviceFleet(net::Address broker, std::vector<FleetDevice> devices,
                         const FleetOptions& options)
    : broker_(std::move(broker)),
      options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(packet_bytes_max, '\0'),  // What has arrived as a whole is copied nowhere.
      next_ping_(std::chrono::steady_clock::now() + options.keep_alive / 2) {
  for (FleetDevice& device : devices) {
    auto member = std::make_unique<Member>();
    member->index = members_.size();
    member->device = std::move(device);
    members_.push_back(std::move(member));
  }
}

DeviceFleet::~DeviceFleet() = default;

Result<void> DeviceFleet::start(std::size_t index) {
  Member& member = *members_[index];
  auto socket = net::connect_to(broker_);
  if (!socket) return tl::unexpected(std::move(socket.error()));
  member.socket = std::move(*socket);
  if (options_.tls) {
    if (auto done = start_tls(member); !done) return done;
  }
  mqtt::Connect connect{.clean_session = options_.clean_session,
                        .keep_alive = static_cast<std::uint16_t>(options_.keep_alive.count()),
                        .client_id = member.device.client_id};
  if (!member.device.username.empty()) {
    connect.username = member.device.username;
    connect.password = member.device.password;
  }
  std::string bytes;
  mqtt::write_connect(connect, bytes);
  if (!send(member, bytes)) return fail(Code::failed, "the connection was closed at once");
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, member.socket.get(), &event);
  return {};
}

// The socket blocks until it is done: one handshake after the other is enough for devices that are
// simulated.
Result<void> DeviceFleet::start_tls(Member& member) {
  if (!tls_) {
    tls_.reset(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_set_mode(tls_.get(), SSL_MODE_RELEASE_BUFFERS);
  }
  member.tls.reset(SSL_new(tls_.get()));
  SSL_set_fd(member.tls.get(), member.socket.get());
  if (SSL_connect(member.tls.get()) != 1) return fail(Code::failed, "the TLS handshake failed");
  fcntl(member.socket.get(), F_SETFL, fcntl(member.socket.get(), F_GETFL) | O_NONBLOCK);
  return {};
}

bool DeviceFleet::send(Member& member, std::string_view bytes) {
  if (member.tls) {
    return SSL_write(member.tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  }
  return ::send(member.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
}

// As recv; also -1 with EAGAIN where TLS has read something of its own.
long DeviceFleet::receive(Member& member) {
  if (!member.tls) {
    return ::recv(member.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  }
  const int count = SSL_read(member.tls.get(), buffer_.data(), static_cast<int>(buffer_.size()));
  if (count > 0) return count;
  if (SSL_get_error(member.tls.get(), count) != SSL_ERROR_WANT_READ) return 0;
  errno = EAGAIN;
  return -1;
}

Result<void> DeviceFleet::connect(const std::function<void(std::size_t ready)>& progress) {
  std::size_t started = 0;
  std::size_t told = 0;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (ready_ < members_.size()) {
    while (started < members_.size() && started - ready_ < connects_at_once) {
      if (auto begun = start(started); !begun) return begun;
      ++started;
    }
    poll(100);
    if (lost_ > 0) return fail(Code::failed, first_loss_);
    if (std::chrono::steady_clock::now() > give_up)
      return fail(Code::failed, "no answer within a minute");
    if (progress && ready_ != std::exchange(told, ready_)) progress(ready_);
  }
  return {};
}

bool DeviceFleet::run(std::chrono::milliseconds at_most, const std::function<bool()>& until) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (!until()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return false;
    if (now >= next_ping_) {
      next_ping_ = now + options_.keep_alive / 2;
      std::string ping;
      mqtt::write_pingreq(ping);
      for (auto& member : members_) {
        if (!member->lost) send(*member, ping);
      }
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - now).count();
    poll(static_cast<int>(std::min<std::int64_t>(left, 50)));
  }
  return true;
}

void DeviceFleet::poll(int milliseconds) {
  std::array<epoll_event, 256> events;
  const int count = epoll_wait(epoll_.get(), events.data(), events.size(), milliseconds);
  const Instant now = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i)
    readable(*members_[events[static_cast<std::size_t>(i)].data.u64], now);
}

void DeviceFleet::readable(Member& member, Instant now) {
  const long count = receive(member);
  if (count <= 0) {
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    return lose(member, "the connection was closed");
  }
  std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
  // What is longer than one read grows where it is.
  const bool joined = !member.partial.empty();
  if (joined) {
    member.partial += bytes;
    bytes = member.partial;
  }
  handled_ = &member;
  while (true) {
    const auto frame = mqtt::next_frame(bytes, packet_bytes_max);
    if (!frame) return lose(member, "received what is not MQTT: " + frame.error().detail);
    if (!*frame) break;
    if (!handle(member, **frame, now)) return;
    bytes.remove_prefix((*frame)->size);
  }
  handled_ = nullptr;
  if (!joined || bytes.empty()) {
    member.partial = std::string(bytes);
  } else {
    member.partial.erase(0, member.partial.size() - bytes.size());
  }
  if (!member.answers.empty()) {
    const std::string answers = std::exchange(member.answers, {});
    if (!send(member, answers)) lose(member, "the connection was closed");
  }
}

bool DeviceFleet::handle(Member& member, const mqtt::Frame& frame, Instant now) {
  const auto lost = [&](std::string why) {
    lose(member, std::move(why));
    return false;
  };
  switch (frame.type) {
    case mqtt::PacketType::connack: {
      const auto connack = mqtt::read_connack(frame);
      if (!connack) return lost(connack.error().detail);
      if (connack->code != mqtt::ConnackCode::accepted) return lost(connack_error(*connack));
      if (member.device.filters.empty()) {
        member.ready = true;
        ++ready_;
        return true;
      }
      mqtt::Subscribe subscribe{.packet_id = 1, .entries = {}};
      for (const std::string& filter : member.device.filters) {
        subscribe.entries.push_back({.filter = filter, .qos = options_.subscribe_qos});
      }
      mqtt::write_subscribe(subscribe, member.answers);
      return true;
    }
    case mqtt::PacketType::suback: {
      const auto suback = mqtt::read_suback(frame);
      if (!suback) return lost(suback.error().detail);
      for (const char code : suback->codes) {
        if (static_cast<std::uint8_t>(code) == mqtt::suback_failure)
          return lost("a subscription was refused");
      }
      if (!std::exchange(member.ready, true)) ++ready_;
      return true;
    }
    case mqtt::PacketType::publish: {
      const auto publish = mqtt::read_publish(frame);
      if (!publish) return lost(publish.error().detail);
      if (publish->qos == 1) mqtt::write_puback({.packet_id = publish->packet_id}, member.answers);
      if (received_) received_(member.index, *publish, now);
      return true;
    }
    default:
      return true;
  }
}

void DeviceFleet::publish(std::size_t device, const mqtt::Publish& message) {
  Member& member = *members_[device];
  if (member.lost) return;
  std::string sent;
  std::string& out = handled_ == &member ? member.answers : sent;
  mqtt::write_publish_head(message, message.payload.size(), out);
  out += message.payload;
  if (!sent.empty() && !send(member, sent)) lose(member, "the connection was closed");
}

void DeviceFleet::lose(Member& member, std::string why) {
  if (std::exchange(member.lost, true)) return;
  ++lost_;
  if (first_loss_.empty()) first_loss_ = member.device.client_id + ": " + std::move(why);
  member.socket = net::Descriptor();
}

void DeviceFleet::disconnect() {
  std::string bytes;
  mqtt::write_disconnect({}, bytes);
  for (auto& member : members_) {
    if (!member->lost && member->socket) send(*member, bytes);
    member->tls.reset();
    member->socket = net::Descriptor();
  }
}

}  // namespace herald::client
