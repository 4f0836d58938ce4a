#include "devices.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "model/device_signature.h"

namespace herald::crash {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds turn{2};
constexpr std::size_t packet_bytes_max = 1024 * 1024;
constexpr int away_ms_max = 600;
constexpr int stay_ms_max = 3000;
constexpr int acknowledge_ms_max = 800;

}  // namespace

// One connection.
struct Devices::Line {
  Connection number = 0;
  net::Descriptor socket;
  bool clean = false;
  bool accepted = false;
  bool subscribed = false;
  Manner manner = Manner::prompt;
  Instant until;        // When the device has enough of it.
  std::string partial;  // The beginning of a packet.
  struct Due {
    Instant at;
    mqtt::PacketId id = 0;
  };
  std::deque<Due> unacknowledged;  // Of a late one in the order of their times.
};

struct Devices::Member {
  Device device = 0;
  std::string name;
  std::string topic;
  DeviceCredentials credentials;
  bool kept_subscribed = false;  // The kept session has the subscription.
  Instant connect_at;
  std::unique_ptr<Line> line;
  std::unique_ptr<Line> former;  // Taken over by `line`, whose CONNACK is still to come.
};

Devices::Devices(net::Address broker, std::string product, std::vector<KnownDevice> devices,
                 std::uint64_t seed, Writer& history, Outstanding& outstanding)
    : broker_(std::move(broker)),
      product_(std::move(product)),
      history_(history),
      outstanding_(outstanding),
      random_(seed),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(256 * 1024, '\0') {
  for (const auto& [name, secret] : devices) {
    auto member = std::make_unique<Member>();
    member->device = static_cast<Device>(devices_.size());
    member->name = name;
    member->topic = "/" + product_ + "/" + name + "/user/get";
    member->credentials = credentials_of(product_, name, secret, /*over_tls=*/false);
    history_.write(Known{.device = member->device, .topic = member->topic});
    devices_.push_back(std::move(member));
  }
  thread_ = std::thread([this] { run(); });
}

Devices::~Devices() {
  stopping_ = true;
  thread_.join();
}

void Devices::run() {
  while (!stopping_) {
    poll();
    const Instant now = std::chrono::steady_clock::now();
    std::size_t ready = 0;
    for (auto& member : devices_) {
      look_after(*member, now);
      const Line* line = member->line.get();
      if (line != nullptr && line->subscribed && line->unacknowledged.empty()) ++ready;
    }
    ready_ = ready;
  }
}

bool Devices::chance(double probability) {
  return std::uniform_real_distribution<>()(random_) < probability;
}

Devices::Instant Devices::within(Instant now, int milliseconds_max) {
  return now + milliseconds(std::uniform_int_distribution<>(0, milliseconds_max)(random_));
}

void Devices::look_after(Member& member, Instant now) {
  if (member.line == nullptr) {
    if (now >= member.connect_at || calm_) connect(member, now);
    return;
  }
  Line& line = *member.line;
  if (calm_ && line.accepted) line.manner = Manner::prompt;
  acknowledge_due(line, now);
  if (member.line && line.accepted && !calm_ && now >= line.until) part(member, now);
}

void Devices::connect(Member& member, Instant now) {
  auto socket = net::connect_to(broker_);
  if (!socket) {  // The server is away.
    member.connect_at = within(now, 50);
    return;
  }
  auto line = std::make_unique<Line>();
  line->number = connections_++;
  line->socket = std::move(*socket);
  line->clean = !is_steady(member.device) && chance(member.device % 8 == 0 ? 1 : 0.3);
  const double manner = std::uniform_real_distribution<>()(random_);
  line->manner = manner < 0.6 ? Manner::prompt : manner < 0.9 ? Manner::late : Manner::never;
  line->until = within(now, stay_ms_max);
  if (line->clean) member.kept_subscribed = false;
  std::string bytes;
  mqtt::write_connect({.clean_session = line->clean,
                       .keep_alive = 1200,
                       .client_id = member.credentials.client_id,
                       .username = member.credentials.username,
                       .password = member.credentials.password},
                      bytes);
  history_.write(
      Connecting{.connection = line->number, .device = member.device, .clean = line->clean});
  epoll_event event{.events = EPOLLIN, .data = {.u64 = member.device}};
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, line->socket.get(), &event);
  send(*line, bytes);  // That it failed shows when it is read.
  member.former = std::exchange(member.line, std::move(line));
}

void Devices::part(Member& member, Instant now) {
  const double how = std::uniform_real_distribution<>()(random_);
  if (how < 0.3) return connect(member, now);  // Takes over its own connection.
  if (how < 0.6) {
    std::string bytes;
    mqtt::write_disconnect({}, bytes);
    send(*member.line, bytes);
  }
  end(member.line, /*by_server=*/false);
  member.connect_at = within(now, away_ms_max);
}

void Devices::end(std::unique_ptr<Line>& line, bool by_server) {
  history_.write(Ended{.connection = line->number, .by_server = by_server});
  line.reset();
}

bool Devices::send(const Line& line, std::string_view bytes) {
  return ::send(line.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0;
}

void Devices::poll() {
  std::array<epoll_event, 256> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), events.size(), static_cast<int>(turn.count()));
  const Instant now = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    Member& member = *devices_[events[static_cast<std::size_t>(i)].data.u64];
    // Whichever of the two it is: what the former has is read before the other's CONNACK ends it.
    if (member.former) readable(member, *member.former, now);
    if (member.line) readable(member, *member.line, now);
  }
}

void Devices::readable(Member& member, Line& line, Instant now) {
  const bool is_former = member.former.get() == &line;
  const auto lose = [&] {
    end(is_former ? member.former : member.line, /*by_server=*/true);
    if (is_former) return;
    if (member.former) end(member.former, /*by_server=*/false);
    member.connect_at = within(now, 50);
  };
  const long count = ::recv(line.socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (count <= 0) {
    if (count == 0 || (errno != EAGAIN && errno != EINTR)) lose();
    return;
  }
  std::string joined = std::exchange(line.partial, {});
  joined.append(buffer_, 0, static_cast<std::size_t>(count));
  std::string_view bytes = joined;
  while (true) {
    const auto frame = mqtt::next_frame(bytes, packet_bytes_max);
    if (!frame) return lose();
    if (!*frame) break;
    if (!handle(member, line, **frame, now)) return lose();
    bytes.remove_prefix((*frame)->size);
  }
  line.partial = std::string(bytes);
}

bool Devices::handle(Member& member, Line& line, const mqtt::Frame& frame, Instant now) {
  switch (frame.type) {
    case mqtt::PacketType::connack: {
      const auto connack = mqtt::read_connack(frame);
      if (!connack) return false;
      accepted(member, line, *connack);
      return true;
    }
    case mqtt::PacketType::suback:
      history_.write(Subscribed{.connection = line.number});
      line.subscribed = true;
      if (!line.clean) member.kept_subscribed = true;
      return true;
    case mqtt::PacketType::publish: {
      const auto publish = mqtt::read_publish(frame);
      if (!publish) return false;
      received(member, line, *publish, now);
      return true;
    }
    default:
      return true;
  }
}

void Devices::accepted(Member& member, Line& line, const mqtt::Connack& connack) {
  // Nothing more is read from the connection that this one has taken over.
  if (member.former) end(member.former, /*by_server=*/false);
  history_.write(Connected{.connection = line.number,
                           .code = static_cast<int>(connack.code),
                           .session_present = connack.session_present});
  line.accepted = true;
  if (!connack.session_present) member.kept_subscribed = false;
  line.subscribed = member.kept_subscribed;  // As the server has promised.
  if (line.subscribed) return;
  std::string bytes;
  mqtt::Subscribe subscribe{.packet_id = 1, .entries = {{.filter = member.topic, .qos = 1}}};
  mqtt::write_subscribe(subscribe, bytes);
  history_.write(Subscribing{.connection = line.number});
  send(line, bytes);
}

void Devices::received(Member& member, Line& line, const mqtt::Publish& publish, Instant now) {
  const std::uint64_t hash = payload_hash(publish.payload);
  history_.write(Received{.connection = line.number,
                          .topic = std::string(publish.topic),
                          .hash = hash,
                          .qos = publish.qos,
                          .duplicate = publish.duplicate,
                          .packet_id = publish.packet_id});
  outstanding_.arrived(hash, member.device);
  if (publish.qos == 0) return;
  if (line.manner == Manner::prompt && line.unacknowledged.empty()) {
    return acknowledge(line, publish.packet_id);
  }
  Instant due = now;
  if (line.manner == Manner::late) due = within(now, acknowledge_ms_max);
  if (line.manner == Manner::never) due = Instant::max();
  if (!line.unacknowledged.empty()) due = std::max(due, line.unacknowledged.back().at);
  line.unacknowledged.push_back({due, publish.packet_id});
}

void Devices::acknowledge_due(Line& line, Instant now) {
  while (!line.unacknowledged.empty() &&
         (line.manner == Manner::prompt || line.unacknowledged.front().at <= now)) {
    acknowledge(line, line.unacknowledged.front().id);
    line.unacknowledged.pop_front();
  }
}

void Devices::acknowledge(Line& line, mqtt::PacketId id) {
  history_.write(Acknowledged{.connection = line.number, .packet_id = id});
  std::string bytes;
  mqtt::write_puback({.packet_id = id}, bytes);
  send(line, bytes);
}

}  // namespace herald::crash
