#include "simulated_device.h"

#include <utility>

namespace herald::simulation {
namespace {

constexpr Micros retry_within{50'000};
constexpr Micros away_within{600'000};
// Who gives up before the answer to CONNECT waits until that has come to the server, or the next
// might come before it, and be taken over.
constexpr Micros after_giving_up{1'000'000};
constexpr Micros stay_usually{300'000};
constexpr Micros stay_at_most{3'000'000};
constexpr Micros acknowledge_usually{5'000};
constexpr Micros acknowledge_at_most{800'000};
constexpr std::size_t packet_bytes_max = 1024 * 1024;

}  // namespace

SimulatedDevice::SimulatedDevice(World& world, crash::Device number, const Identity& identity,
                                 Sessions sessions)
    : world_(world),
      number_(number),
      sessions_(sessions),
      topic_("/" + identity.product + "/" + identity.name + "/user/get"),
      credentials_(
          credentials_of(identity.product, identity.name, identity.secret, /*over_tls=*/false)) {
  world_.recorder.write(crash::Known{.device = number_, .topic = topic_});
}

SimulatedDevice::~SimulatedDevice() {
  for (const SharedTalk& talk : {talk_, former_}) {
    if (talk) talk->line.down->abandon();
  }
}

void SimulatedDevice::begin() { connect_within(away_within); }

void SimulatedDevice::calm_down() {
  if (!talk_) return connect_within(retry_within);
  talk_->manner = Manner::prompt;
  acknowledge_later(talk_);
}

bool SimulatedDevice::is_ready() const {
  return talk_ && talk_->subscribed && talk_->unacknowledged.empty() && !former_;
}

void SimulatedDevice::connect_within(Micros most, Micros least) {
  if (std::exchange(coming_, true)) return;
  world_.timeline.after(least + Micros(world_.chance.between(0, most.count())), [this] {
    coming_ = false;
    connect();
  });
}

void SimulatedDevice::connect() {
  if (world_.server == nullptr || !world_.takes_new) return connect_within(retry_within);
  Chance& chance = world_.chance;
  auto talk = std::make_shared<Talk>();
  talk->number = world_.connections++;
  talk->clean =
      sessions_ == Sessions::clean || (sessions_ == Sessions::either && chance.percent(30));
  const std::size_t manner = chance.below(10);
  talk->manner = manner < 6 || world_.calm ? Manner::prompt
                 : manner < 9              ? Manner::late
                                           : Manner::never;
  if (talk->clean) kept_subscribed_ = false;
  world_.recorder.write(
      crash::Connecting{.connection = talk->number, .device = number_, .clean = talk->clean});
  talk->line = world_.server->connect();
  talk->line.down->listen([this, talk] { hear(talk); });
  std::string bytes;
  mqtt::write_connect({.clean_session = talk->clean,
                       .keep_alive = 1200,
                       .client_id = credentials_.client_id,
                       .username = credentials_.username,
                       .password = credentials_.password},
                      bytes);
  talk->line.up->send(bytes);
  former_ = std::exchange(talk_, talk);
  world_.timeline.after(chance.up_to(stay_usually, stay_at_most), [this, talk] { part(talk); });
}

// It has had enough.
void SimulatedDevice::part(const SharedTalk& talk) {
  if (talk != talk_ || world_.calm) return;
  const bool may_take_over = talk->accepted && world_.server != nullptr && world_.takes_new;
  const std::size_t how = world_.chance.below(10);
  if (how < 3 && may_take_over) return connect();
  if (how < 6) {
    std::string bytes;
    mqtt::write_disconnect({}, bytes);
    talk->line.up->send(bytes);
  }
  if (how < 9) {
    talk->line.up->close();
  } else {
    talk->line.up->sever();
  }
  if (former_) end(std::exchange(former_, nullptr), /*by_server=*/false);
  end(std::exchange(talk_, nullptr), /*by_server=*/false);
  connect_within(away_within, talk->accepted ? Micros(0) : after_giving_up);
}

void SimulatedDevice::end(const SharedTalk& talk, bool by_server) {
  talk->ended = true;
  talk->line.down->abandon();
  talk->line.up->close();
  world_.recorder.write(crash::Ended{.connection = talk->number, .by_server = by_server});
}

void SimulatedDevice::lose(const SharedTalk& talk) {
  if (talk == former_) {
    former_.reset();
    return end(talk, /*by_server=*/true);
  }
  talk_.reset();
  end(talk, /*by_server=*/true);
  if (former_) end(std::exchange(former_, nullptr), /*by_server=*/false);
  connect_within(retry_within);
}

void SimulatedDevice::hear(const SharedTalk& talk) {
  Pipe& down = *talk->line.down;
  const std::string joined = std::exchange(talk->partial, {}) + down.take(down.arrived().size());
  std::string_view bytes = joined;
  while (!talk->ended) {
    const auto frame = mqtt::next_frame(bytes, packet_bytes_max);
    if (!frame) return lose(talk);
    if (!*frame) break;
    if (!handle(talk, **frame)) return lose(talk);
    bytes.remove_prefix((*frame)->size);
  }
  if (talk->ended) return;
  talk->partial = std::string(bytes);
  if (down.has_ended()) lose(talk);
}

bool SimulatedDevice::handle(const SharedTalk& talk, const mqtt::Frame& frame) {
  switch (frame.type) {
    case mqtt::PacketType::connack: {
      const auto connack = mqtt::read_connack(frame);
      if (connack) accepted(talk, *connack);
      return connack.has_value();
    }
    case mqtt::PacketType::suback:
      world_.recorder.write(crash::Subscribed{.connection = talk->number});
      talk->subscribed = true;
      if (!talk->clean) kept_subscribed_ = true;
      return true;
    case mqtt::PacketType::publish: {
      const auto publish = mqtt::read_publish(frame);
      if (publish) received(talk, *publish);
      return publish.has_value();
    }
    default:
      return false;
  }
}

void SimulatedDevice::accepted(const SharedTalk& talk, const mqtt::Connack& connack) {
  // Nothing more is read from the connection that this one has taken over.
  if (talk == talk_ && former_) end(std::exchange(former_, nullptr), /*by_server=*/false);
  world_.recorder.write(crash::Connected{.connection = talk->number,
                                         .code = static_cast<int>(connack.code),
                                         .session_present = connack.session_present});
  talk->accepted = true;
  if (!connack.session_present) kept_subscribed_ = false;
  talk->subscribed = kept_subscribed_;  // As the server has promised.
  if (talk->subscribed) return;
  std::string bytes;
  mqtt::write_subscribe({.packet_id = 1, .entries = {{.filter = topic_, .qos = 1}}}, bytes);
  world_.recorder.write(crash::Subscribing{.connection = talk->number});
  talk->line.up->send(bytes);
}

void SimulatedDevice::received(const SharedTalk& talk, const mqtt::Publish& publish) {
  world_.recorder.write(crash::Received{.connection = talk->number,
                                        .topic = std::string(publish.topic),
                                        .hash = crash::payload_hash(publish.payload),
                                        .qos = publish.qos,
                                        .duplicate = publish.duplicate,
                                        .packet_id = publish.packet_id});
  if (publish.qos == 0) return;
  talk->unacknowledged.push_back(publish.packet_id);
  if (talk->manner == Manner::prompt && talk->unacknowledged.size() == 1) {
    return acknowledge_first(talk);
  }
  acknowledge_later(talk);
}

void SimulatedDevice::acknowledge_later(const SharedTalk& talk) {
  if (talk->manner == Manner::never || talk->unacknowledged.empty()) return;
  if (std::exchange(talk->acknowledging, true)) return;
  const Micros delay = talk->manner == Manner::prompt
                           ? Micros(0)
                           : world_.chance.up_to(acknowledge_usually, acknowledge_at_most);
  world_.timeline.after(delay, [this, talk] {
    talk->acknowledging = false;
    if (!talk->ended && !talk->unacknowledged.empty()) acknowledge_first(talk);
  });
}

void SimulatedDevice::acknowledge_first(const SharedTalk& talk) {
  const mqtt::PacketId id = talk->unacknowledged.front();
  talk->unacknowledged.pop_front();
  world_.recorder.write(crash::Acknowledged{.connection = talk->number, .packet_id = id});
  std::string bytes;
  mqtt::write_puback({.packet_id = id}, bytes);
  talk->line.up->send(bytes);
  acknowledge_later(talk);
}

}  // namespace herald::simulation
