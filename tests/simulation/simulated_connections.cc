#include "simulated_connections.h"

#include <utility>

namespace herald::simulation {

class SimulatedConnections::Connection final : public mqtt::Effects {
 public:
  Connection(SimulatedConnections& owner, Line line, Time now)
      : owner_(&owner), line_(std::move(line)), session_(now, owner.limits_.session) {}

  bool is_readable() const {
    return !closing_ && session_.wants_bytes() &&
           unsent_.size() <= owner_->limits_.unsent_bytes_max &&
           (!line_.up->arrived().empty() || line_.up->has_ended());
  }
  bool is_writable() const { return !unsent_.empty() && line_.down->has_room(); }

  void write(std::string_view head, const SharedBytes& body) override {
    unsent_ += head;
    unsent_ += body.view();
    owner_->touch(*this);
  }
  void connect(const mqtt::Connect& request) override {
    owner_->service_.connect(owner_->ref_of(*this), request, {.address = "192.0.2.1"});
  }
  void subscribe(const mqtt::Subscribe& request) override {
    owner_->service_.subscribe(owner_->ref_of(*this), request);
  }
  void unsubscribe(const mqtt::Unsubscribe& request) override {
    owner_->service_.unsubscribe(owner_->ref_of(*this), request);
  }
  void publish(const mqtt::Publish& message) override {
    owner_->service_.publish(owner_->ref_of(*this), message);
  }
  void acknowledged(mqtt::DeliveryKey key) override {
    owner_->service_.acknowledged(owner_->ref_of(*this), key);
  }
  void close(mqtt::CloseReason reason, std::string_view /*detail*/) override {
    reason_ = reason;
    closing_ = true;
    owner_->touch(*this);
  }

 private:
  friend class SimulatedConnections;

  SimulatedConnections* owner_;  // The shard's that it is on.
  std::uint32_t slot_ = 0;
  Line line_;
  mqtt::Session session_;
  std::string unsent_;
  mqtt::CloseReason reason_ = mqtt::CloseReason::none;
  bool touched_ = false;
  bool closing_ = false;
};

SimulatedConnections::SimulatedConnections(ShardIndex shard, SimulatedShards& shards,
                                           net::DeviceService& service, const Clock& clock,
                                           Chance& chance, const Limits& limits)
    : shard_(shard),
      shards_(shards),
      service_(service),
      clock_(clock),
      chance_(chance),
      limits_(limits) {}

SimulatedConnections::~SimulatedConnections() = default;

// The turn.

bool SimulatedConnections::has_work() const {
  if (!knocking_.empty()) return true;
  for (const Slot& slot : slots_) {
    if (!slot.connection) continue;
    if (slot.connection->is_readable() || slot.connection->is_writable()) return true;
  }
  return false;
}

void SimulatedConnections::turn() {
  in_turn_ = true;
  for (Line& line : std::exchange(knocking_, {})) add(std::move(line));
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].connection || chance_.one_in(3)) continue;  // Its event comes later.
    Connection& connection = *slots_[i].connection;
    if (connection.is_writable()) touch(connection);
    if (connection.is_readable()) read(connection);
  }
  end_turn();
  in_turn_ = false;
}

void SimulatedConnections::add(Line line) {
  settle_in(std::make_unique<Connection>(*this, std::move(line), clock_.now()));
}

ConnectionRef SimulatedConnections::settle_in(std::unique_ptr<Connection> connection) {
  std::uint32_t index = 0;
  while (index < slots_.size() && slots_[index].connection) ++index;
  if (index == slots_.size()) slots_.emplace_back();
  ++slots_[index].generation;
  connection->owner_ = this;
  connection->slot_ = index;
  connection->touched_ = false;
  slots_[index].connection = std::move(connection);
  return ref_of(*slots_[index].connection);
}

// Some of what has come: packets arrive in any pieces.
void SimulatedConnections::read(Connection& connection) {
  Pipe& up = *connection.line_.up;
  if (up.has_ended()) {
    return connection.session_.close(mqtt::CloseReason::connection_lost, connection);
  }
  const std::size_t all = up.arrived().size();
  const std::string bytes = up.take(chance_.one_in(4) ? 1 + chance_.below(all) : all);
  connection.session_.receive(bytes, clock_.now(), connection);
}

void SimulatedConnections::touch(Connection& connection) {
  if (std::exchange(connection.touched_, true)) return;
  touched_.push_back(connection.slot_);
  if (in_turn_ || std::exchange(end_posted_, true)) return;
  shards_.post(shard_, [this] {
    end_posted_ = false;
    end_turn();
  });
}

void SimulatedConnections::end_turn() {
  const bool was_in_turn = std::exchange(in_turn_, true);
  // A connection that ends here can touch others, which are then sent to in the same turn.
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    Slot& slot = slots_[touched_[i]];
    if (!slot.connection) continue;
    Connection& connection = *slot.connection;
    connection.touched_ = false;
    connection.unsent_.erase(0, connection.line_.down->send(connection.unsent_));
    if (!connection.closing_) continue;
    connection.line_.down->close();
    connection.line_.up->abandon();
    service_.ended(ref_of(connection), connection.session_, connection.reason_);
    slots_[connection.slot_].connection.reset();
  }
  touched_.clear();
  service_.turn_ended();
  in_turn_ = was_in_turn;
}

void SimulatedConnections::tick() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Connection* connection = slots_[i].connection.get();
    if (connection == nullptr || connection->closing_) continue;
    if (clock_.now() >= connection->session_.deadline()) {
      connection->session_.tick(clock_.now(), *connection);
    }
  }
  end_turn();
}

void SimulatedConnections::stop() {
  stopped_ = true;
  for (const Line& line : std::exchange(knocking_, {})) {
    line.down->sever();
    line.up->abandon();
  }
  for (const Slot& slot : slots_) {
    if (!slot.connection) continue;
    slot.connection->session_.close(mqtt::CloseReason::server_shutdown, *slot.connection);
  }
  end_turn();
}

void SimulatedConnections::sever() {
  for (const Slot& slot : slots_) {
    if (slot.connection) knocking_.push_back(slot.connection->line_);
  }
  for (const Line& line : std::exchange(knocking_, {})) {
    line.down->sever();
    line.up->abandon();
  }
}

// What the service asks for.

ConnectionRef SimulatedConnections::ref_of(const Connection& connection) const {
  return {shard_, connection.slot_, slots_[connection.slot_].generation};
}

SimulatedConnections::Connection* SimulatedConnections::find(
    const ConnectionRef& connection) const {
  const Slot& slot = slots_[connection.slot];
  const bool same = slot.connection && slot.generation == connection.generation;
  return same && !slot.connection->closing_ ? slot.connection.get() : nullptr;
}

const mqtt::Session* SimulatedConnections::session(const ConnectionRef& connection) const {
  const Connection* same = find(connection);
  return same != nullptr ? &same->session_ : nullptr;
}

void SimulatedConnections::accept(const ConnectionRef& connection,
                                  const mqtt::Acceptance& acceptance) {
  if (Connection* same = find(connection)) {
    same->session_.accept(acceptance, clock_.now(), *same);
    touch(*same);
  }
}

void SimulatedConnections::refuse(const ConnectionRef& connection, mqtt::ReasonCode reason,
                                  std::string_view why) {
  if (Connection* same = find(connection)) {
    same->session_.refuse(reason, why, *same);
    touch(*same);
  }
}

void SimulatedConnections::suback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                                  std::string_view codes) {
  if (Connection* same = find(connection)) same->session_.suback(packet_id, codes, *same);
}

void SimulatedConnections::unsuback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                                    std::string_view codes) {
  if (Connection* same = find(connection)) same->session_.unsuback(packet_id, codes, *same);
}

void SimulatedConnections::puback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                                  mqtt::ReasonCode reason) {
  if (Connection* same = find(connection)) {
    same->session_.puback(packet_id, clock_.now(), *same, reason);
    touch(*same);
  }
}

void SimulatedConnections::close(const ConnectionRef& connection, mqtt::CloseReason reason) {
  if (Connection* same = find(connection)) same->session_.close(reason, *same);
}

void SimulatedConnections::move(const ConnectionRef& connection, ShardIndex to, Moved moved) {
  shards_.post(to, [this, connection, there = all_[to], moved = std::move(moved)]() mutable {
    if (find(connection) == nullptr) return;
    const ConnectionRef settled = there->settle_in(std::move(slots_[connection.slot].connection));
    if (there->stopped_) return there->close(settled, mqtt::CloseReason::server_shutdown);
    moved(settled);
  });
}

net::Handed SimulatedConnections::deliver(const ConnectionRef& connection,
                                          const mqtt::Delivery& delivery) {
  Connection* same = find(connection);
  if (same == nullptr || !same->session_.connected()) return net::Handed::gone;
  if (delivery.qos == 0 && same->unsent_.size() > limits_.unsent_bytes_max) {
    return net::Handed::too_slow;
  }
  return same->session_.deliver(delivery, *same) ? net::Handed::over : net::Handed::too_large;
}

}  // namespace herald::simulation
