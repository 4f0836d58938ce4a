// One byte n, n bytes that steer, and a stream of bytes from a device. The stream has the same
// effects however it is split; and whatever an owner does, the session keeps its promises.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>

#include "check.h"
#include "mqtt/recorded_effects.h"
#include "mqtt/session.h"

namespace herald::mqtt {
namespace {

using fuzz::check;
using namespace std::chrono_literals;

const Time start = time_of(1'700'000'000'000);

constexpr SessionLimits limits{.packet_bytes_max = 2048,
                               .connect_bytes_max = 512,
                               .window = 4,
                               .filters_per_subscribe = 2,
                               .filters_per_unsubscribe = 2,
                               .unacknowledged_inbound_max = 2};

Delivery delivery(std::uint64_t message, std::uint8_t qos, PacketId packet_id) {
  return {.key = {.message = message, .recipient = 1},
          .topic = "a/b",
          .qos = qos,
          .packet_id = packet_id,
          .payload = SharedBytes::copy_of("payload")};
}

// Answers at once, from within the effects.
class Prompt final : public Recorded {
 public:
  explicit Prompt(Session& session) : session_(session) {}

  void connect(const Connect& request) override {
    if (request.client_id == "no") {
      session_.refuse(ReasonCode::not_authorized, "no", *this);
    } else {
      session_.accept({.session_present = !request.clean_session}, start, *this);
    }
    Recorded::connect(request);
  }
  void subscribe(const Subscribe& request) override {
    session_.suback(request.packet_id, std::string(request.entries.size(), '\1'), *this);
    if (session_.free_slots() > 0) session_.deliver(delivery(++message_, 1, 0), *this);
    Recorded::subscribe(request);
  }
  void unsubscribe(const Unsubscribe& request) override {
    session_.unsuback(request.packet_id, {}, *this);
    Recorded::unsubscribe(request);
  }
  void publish(const Publish& message) override {
    if (message.qos == 1) session_.puback(message.packet_id, start, *this);
    if (message.topic == "end") session_.close(CloseReason::device_gone, *this);
    Recorded::publish(message);
  }
  void acknowledged(DeliveryKey key) override {
    Recorded::acknowledged(key);
    session_.deliver(delivery(++message_, 1, 0), *this);
  }

 private:
  Session& session_;
  std::uint64_t message_ = 0;
};

// The story of `stream` in pieces of the sizes that `piece_size(i)` names.
template <class PieceSize>
Recorded::Story story_of(std::string_view stream, PieceSize piece_size) {
  Session session(start, limits);
  Prompt effects(session);
  for (std::size_t i = 0; !stream.empty(); ++i) {
    const std::string_view piece = stream.substr(0, piece_size(i));
    stream.remove_prefix(piece.size());
    // A copy, so that reading beyond a piece is found.
    session.receive(std::string(piece), start, effects);
  }
  return effects.take();
}

void split(std::string_view steering, std::string_view stream) {
  const auto whole = story_of(stream, [](std::size_t) { return std::string_view::npos; });
  const auto bytes = story_of(stream, [](std::size_t) { return std::size_t{1}; });
  check(whole == bytes, "single bytes have the same effects");
  if (steering.empty()) return;
  const auto pieces = story_of(stream, [&](std::size_t i) {
    return std::size_t{1} + static_cast<std::uint8_t>(steering[i % steering.size()]);
  });
  check(whole == pieces, "any split has the same effects");
}

// Answers later, or never, and watches.
class Watched final : public Effects {
 public:
  void write(std::string_view head, const SharedBytes&) override {
    open();
    check(!head.empty(), "something is written");
  }
  void connect(const Connect&) override {
    open();
    check(!asked_, "a device asks once");
    asked_ = true;
  }
  void subscribe(const Subscribe& request) override {
    open();
    check(request.entries.size() <= limits.filters_per_subscribe, "filters are counted");
    ask(request.packet_id);
  }
  void unsubscribe(const Unsubscribe& request) override {
    open();
    check(request.filters.size() <= limits.filters_per_unsubscribe, "filters are counted");
    ask(request.packet_id);
  }
  void publish(const Publish& message) override {
    open();
    if (message.qos == 1) inbound_.push_back(message.packet_id);
    check(inbound_.size() <= limits.unacknowledged_inbound_max, "uplink messages are counted");
  }
  void acknowledged(DeliveryKey key) override {
    open();
    check(in_flight_.erase(key.message) == 1, "each delivery is acknowledged once");
  }
  void close(CloseReason, std::string_view) override {
    open();
    closed_ = true;
  }

  PacketId next_inbound() { return next(inbound_); }
  PacketId next_subscribe() { return next(subscribes_); }
  bool has_inbound() const { return !inbound_.empty(); }
  bool has_subscribes() const { return !subscribes_.empty(); }
  void sent(std::uint64_t message) { in_flight_.insert(message); }

  void compare(const Session& session) const {
    check(session.closed() == closed_, "closed is what was said");
    std::set<std::uint64_t> messages;
    std::set<PacketId> ids;
    for (const auto& [key, packet_id] : session.unacknowledged()) {
      messages.insert(key.message);
      check(packet_id != 0 && ids.insert(packet_id).second, "packet ids in flight differ");
    }
    check(messages == in_flight_, "what is in flight is known");
    check(in_flight_.size() <= limits.window, "the window is kept");
  }

 private:
  void open() const { check(!closed_, "no effect after close"); }
  void ask(PacketId packet_id) {
    check(subscribes_.empty(), "one answer is asked for at a time");
    subscribes_.push_back(packet_id);
  }
  static PacketId next(std::deque<PacketId>& ids) {
    const PacketId id = ids.front();
    ids.pop_front();
    return id;
  }

  bool asked_ = false;
  bool closed_ = false;
  std::deque<PacketId> inbound_, subscribes_;
  std::set<std::uint64_t> in_flight_;
};

void steer(std::string_view steering, std::string_view stream) {
  Session session(start, limits);
  Watched effects;
  Time now = start;
  std::uint64_t message = 0;
  const auto feed = [&](std::size_t size) {
    const std::string piece(stream.substr(0, size));
    stream.remove_prefix(piece.size());
    session.receive(piece, now, effects);
    check(session.held_bytes() <= std::max(limits.packet_bytes_max, piece.size()),
          "what is held is bounded");
  };
  for (const char byte : steering) {
    const unsigned act = static_cast<std::uint8_t>(byte) & 0x0Fu;
    const unsigned how = static_cast<std::uint8_t>(byte) >> 4;
    switch (act) {
      case 0:
        session.accept({.session_present = how % 2 == 0}, now, effects);
        break;
      case 1:
        session.refuse(ReasonCode::server_unavailable, "steered", effects);
        break;
      case 2:
      case 3:
        if (effects.has_inbound()) session.puback(effects.next_inbound(), now, effects);
        break;
      case 4:
        if (effects.has_subscribes()) session.suback(effects.next_subscribe(), "\1", effects);
        break;
      case 5:
        if (effects.has_subscribes()) session.unsuback(effects.next_subscribe(), {}, effects);
        break;
      case 6:
      case 7:
        if (session.free_slots() == 0) break;
        effects.sent(++message);
        session.deliver(delivery(message, 1, static_cast<PacketId>(how % 4)), effects);
        break;
      case 8:
        session.deliver(delivery(++message, 0, 0), effects);
        break;
      case 9:
        now += std::chrono::seconds(how * how);
        session.tick(now, effects);
        break;
      case 10:
        if (how == 0) session.close(CloseReason::too_slow, effects);
        break;
      default:
        feed(how * 40 + act - 10);
    }
    effects.compare(session);
  }
  feed(stream.size());
  effects.compare(session);
  now += 1h;
  session.tick(now, effects);
  check(session.closed() || !session.wants_bytes() || session.deadline() > now,
        "silence ends a session");
}

}  // namespace
}  // namespace herald::mqtt

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t steering_size = std::min<std::size_t>(data[0], bytes.size());
  const std::string_view steering = bytes.substr(0, steering_size);
  const std::string_view stream = bytes.substr(steering_size);
  herald::mqtt::split(steering, stream);
  herald::mqtt::steer(steering, stream);
  return 0;
}
