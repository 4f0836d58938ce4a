#include "net/device_sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "net/device_connection.h"

namespace herald::net {
namespace {

constexpr int events_per_turn = 256;
// Of each socket in a turn. Most have an acknowledgement or a report to say; what has more is read
// again at once, so much of it.
constexpr std::size_t slice_bytes = 1 * limits::KiB;
constexpr std::size_t read_bytes = 64 * limits::KiB;
constexpr int accepts_per_turn = 64;
constexpr Milliseconds accept_pause{100};
constexpr std::size_t spare_outputs_max = 1024;
// In the epoll data: this bit, and the listener's place, instead of a connection's.
constexpr std::uint64_t listener_bit = 1ULL << 63U;

std::int64_t second_of(Time time) { return millis(time) / 1000; }

std::uint64_t data_of(std::uint32_t slot, std::uint32_t generation) {
  return static_cast<std::uint64_t>(generation & 0x7fffffffU) << 32U | slot;
}

}  // namespace

DeviceSockets::DeviceSockets(ShardIndex shard, boost::asio::io_context& loop,
                             DeviceService& service, const Clock& clock,
                             std::shared_ptr<const TlsContexts> tls,
                             std::shared_ptr<AddressLimits> addresses, std::unique_ptr<SocketIo> io,
                             const DeviceLimits& limits)
    : shard_(shard),
      loop_(loop),
      service_(service),
      clock_(clock),
      tls_(std::move(tls)),
      addresses_(std::move(addresses)),
      io_(std::move(io)),
      limits_(limits),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      waiter_(loop, epoll_),
      timer_(loop),
      wheel_second_(second_of(clock.now())),
      slices_(events_per_turn * slice_bytes, '\0'),
      buffer_(read_bytes, '\0') {
  wait();
  tick();
}

DeviceSockets::~DeviceSockets() = default;

void DeviceSockets::listen(Descriptor socket) {
  // For the sockets that come of it, too: they inherit it.
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  listeners_.push_back(std::move(socket));
  watch_listener(listeners_.size() - 1);
}

void DeviceSockets::stop() {
  stopped_ = true;
  listeners_.clear();
  timer_.cancel();
  for (Slot& slot : slots_) {
    if (slot.connection)
      slot.connection->session_.close(mqtt::CloseReason::server_shutdown, *slot.connection);
  }
  end_turn();
}

// The turn.

void DeviceSockets::wait() {
  waiter_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (error || stopped_) return;
                       guard_turn(&DeviceSockets::turn);
                       wait();
                     });
}

// What was touched and not yet sent or removed is so at the end of the next turn, at latest when
// the time is looked at: at once it could fail again, without end.
void DeviceSockets::guard_turn(void (DeviceSockets::*work)()) {
  try {
    (this->*work)();
  } catch (const std::exception& error) {
    static log::Limited failed;
    failed.error("a turn of the device sockets failed: {}", log::printable(error.what()));
    receives_.clear();
    receivers_.clear();
    sends_.clear();
    senders_.clear();
    senders_of_pieces_.clear();
    in_turn_ = false;
    for (const std::uint32_t slot : touched_) {
      if (slots_[slot].connection) slots_[slot].connection->touched_ = true;
    }
  }
}

template <class Work>
void DeviceSockets::guard(DeviceConnection& connection, Work work) {
  try {
    work();
  } catch (const std::exception& error) {
    static log::Limited failed;
    // Nothing more is sent: an acknowledgement could be among it, of what was not kept.
    connection.failed_ = true;
    connection.session_.close(mqtt::CloseReason::connection_lost, connection);
    failed.error("connection from {} failed: {}", connection.address_,
                 log::printable(error.what()));
  }
}

void DeviceSockets::turn() {
  in_turn_ = true;
  std::array<epoll_event, events_per_turn> events;
  const int count = epoll_wait(epoll_, events.data(), events_per_turn, 0);
  const Time now = clock_.now();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
    if ((data & listener_bit) != 0) {
      accept(data & 0xffffU);
      continue;
    }
    Slot& slot = slots_[data & 0xffffffffU];
    const bool same = slot.connection && (slot.generation & 0x7fffffffU) == data >> 32U;
    if (!same || slot.connection->closing_) continue;
    const std::uint32_t ready = events[static_cast<std::size_t>(i)].events;
    if ((ready & EPOLLOUT) != 0) touch(*slot.connection);
    if ((ready & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) continue;
    receives_.push_back({slot.connection->socket_.get(),
                         std::span(slices_).subspan(receives_.size() * slice_bytes, slice_bytes)});
    receivers_.push_back(slot.connection.get());
  }
  receive(now);
  end_turn();
  in_turn_ = false;
}

void DeviceSockets::accept(std::size_t listener) {
  for (int i = 0; i < accepts_per_turn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Descriptor socket(accept4(listeners_[listener].get(), reinterpret_cast<sockaddr*>(&peer), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        static log::Limited full;
        full.warning("cannot accept a device: {}", std::strerror(errno));
        pause(listener);
      }
      return;
    }
    // One too many is closed again at once.
    if (connections_.value() >= static_cast<std::int64_t>(limits_.connections_max)) {
      turned_away_.add();
      continue;
    }
    std::string address = text_of(peer);
    if (!addresses_->opened(address)) {
      turned_away_.add();
      static log::Limited refused;
      refused.warning("connection from {} refused: too many have not signed in, or it failed",
                      address);
      continue;
    }
    add(std::move(socket), std::move(address));
  }
}

// Those who wait would be reported again at once, and there is no place for them yet.
void DeviceSockets::pause(std::size_t listener) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listeners_[listener].get(), nullptr);
  auto timer = std::make_unique<boost::asio::steady_timer>(loop_, accept_pause);
  auto& waiting = *timer;
  waiting.async_wait(
      [this, listener, timer = std::move(timer)](const boost::system::error_code& error) {
        if (!error && listener < listeners_.size()) watch_listener(listener);
      });
}

void DeviceSockets::watch_listener(std::size_t listener) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = listener_bit | listener}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listeners_[listener].get(), &event);
}

void DeviceSockets::add(Descriptor socket, std::string address) {
  place(std::make_unique<DeviceConnection>(std::move(socket), std::move(address), clock_.now(),
                                           limits_.session));
}

// One that is new, or comes from another shard.
DeviceConnection& DeviceSockets::place(std::unique_ptr<DeviceConnection> connection) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t at = free_slots_.back();
  free_slots_.pop_back();
  Slot& slot = slots_[at];
  ++slot.generation;
  slot.connection = std::move(connection);
  DeviceConnection& own = *slot.connection;
  own.owner_ = this;
  own.slot_ = at;
  own.due_second_ = 0;
  own.touched_ = false;
  own.reading_ = own.session_.wants_bytes();
  own.writing_ = false;
  connections_.add();
  epoll_event event{.events = own.reading_ ? EPOLLIN : 0U,
                    .data = {.u64 = data_of(at, slot.generation)}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, own.socket_.get(), &event);
  schedule(own);
  return own;
}

// From one shard to another.

void DeviceSockets::move(const ConnectionRef& connection, ShardIndex to, Moved moved) {
  moves_.push_back({connection, to, std::move(moved)});
  end_turn_later();
}

// What the connection has not sent yet goes with it.
void DeviceSockets::send_off(Move asked) {
  if (find(asked.connection) == nullptr) return;
  Slot& slot = slots_[asked.connection.slot];
  epoll_ctl(epoll_, EPOLL_CTL_DEL, slot.connection->socket_.get(), nullptr);
  free_slots_.push_back(asked.connection.slot);
  connections_.add(-1);
  DeviceSockets& to = *all_[asked.to];
  boost::asio::post(to.loop_, [&to, connection = std::move(slot.connection),
                               moved = std::move(asked.moved)]() mutable {
    to.take_over(std::move(connection), std::move(moved));
  });
}

void DeviceSockets::take_over(std::unique_ptr<DeviceConnection> connection, Moved moved) {
  DeviceConnection& own = place(std::move(connection));
  touch(own);
  if (stopped_) return own.session_.close(mqtt::CloseReason::server_shutdown, own);
  moved(ref_of(own));
}

// What one says can close another, whose bytes are then of no interest.
void DeviceSockets::receive(Time now) {
  io_->receive(receives_);
  for (std::size_t i = 0; i < receives_.size(); ++i) {
    const auto& [socket, room, count] = receives_[i];
    DeviceConnection& connection = *receivers_[i];
    if (connection.closing_) continue;
    if (count <= 0) {
      ended(connection, -count);
      continue;
    }
    received(connection, {room.data(), static_cast<std::size_t>(count)}, now);
    if (static_cast<std::size_t>(count) == room.size()) receive_rest(connection, now);
  }
  receives_.clear();
  receivers_.clear();
}

void DeviceSockets::receive_rest(DeviceConnection& connection, Time now) {
  if (connection.closing_ || !connection.session_.wants_bytes()) return;
  const ssize_t count = recv(connection.socket_.get(), buffer_.data(), buffer_.size(), 0);
  if (count <= 0) return ended(connection, count == 0 ? 0 : errno);
  received(connection, {buffer_.data(), static_cast<std::size_t>(count)}, now);
}

void DeviceSockets::received(DeviceConnection& connection, std::string_view bytes, Time now) {
  guard(connection, [&] { connection.receive(bytes, now); });
  if (!connection.session_.wants_bytes()) touch(connection);
}

// `error`: an errno; 0: the other end has closed.
void DeviceSockets::ended(DeviceConnection& connection, int error) {
  if (error == EAGAIN || error == EWOULDBLOCK || error == EINTR) return;
  connection.failed_ = error != 0;
  connection.session_.close(mqtt::CloseReason::connection_lost, connection);
}

void DeviceSockets::touch(DeviceConnection& connection) {
  if (std::exchange(connection.touched_, true)) return;
  touched_.push_back(connection.slot_);
  end_turn_later();
}

// Words of other shards come outside of turn(); what they cause is sent when all of them were
// heard.
void DeviceSockets::end_turn_later() {
  if (in_turn_ || std::exchange(end_posted_, true)) return;
  boost::asio::post(loop_, [this] {
    end_posted_ = false;
    guard_turn(&DeviceSockets::end_turn);
  });
}

void DeviceSockets::end_turn() {
  const bool was_in_turn = std::exchange(in_turn_, true);
  // Asked for while sockets were read, or between turns: never from here on.
  for (Move& each : std::exchange(moves_, {})) send_off(std::move(each));
  // A connection that ends here can touch others, which are then sent to in the same turn.
  for (std::size_t from = 0; from < touched_.size();) {
    const std::size_t to = touched_.size();
    send(from, to);
    for (; from < to; ++from) {
      if (!slots_[touched_[from]].connection) continue;
      DeviceConnection& connection = *slots_[touched_[from]].connection;
      if (connection.touched_) continue;  // Once more: it may have a last word to send.
      if (connection.closing_) {
        remove(connection);
      } else {
        watch(connection);
      }
    }
  }
  touched_.clear();
  io_->close(closes_);  // Their results ask for nothing: the connections have ended.
  closes_.clear();
  service_.turn_ended();
  in_turn_ = was_in_turn;
}

// What those touched have to send. One that fails closes, which may write to others: no bytes are
// being sent then.
void DeviceSockets::send(std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    DeviceConnection* const connection = slots_[touched_[i]].connection.get();
    // One of a turn that failed may be there twice.
    if (connection == nullptr || !std::exchange(connection->touched_, false)) continue;
    if (!connection->output_ || connection->failed_) continue;
    if (const auto bytes = connection->output_->whole()) {
      sends_.push_back({connection->socket_.get(), *bytes});
      senders_.push_back(connection);
    } else {
      senders_of_pieces_.push_back(connection);
    }
  }
  io_->send(sends_);
  for (std::size_t i = 0; i < sends_.size(); ++i) {
    sent(*senders_[i], senders_[i]->output_->sent(sends_[i].result));
  }
  for (DeviceConnection* each : senders_of_pieces_) {
    sent(*each, each->output_->send(each->socket_.get()));
  }
  sends_.clear();
  senders_.clear();
  senders_of_pieces_.clear();
}

void DeviceSockets::sent(DeviceConnection& connection, Output::Sent sent) {
  switch (sent) {
    case Output::Sent::all:
      if (spare_outputs_.size() < spare_outputs_max) {
        spare_outputs_.push_back(std::move(connection.output_));
      }
      connection.output_.reset();
      return;
    case Output::Sent::some:
      return;
    case Output::Sent::failed:
      connection.failed_ = true;
      if (!connection.closing_) {
        connection.session_.close(mqtt::CloseReason::connection_lost, connection);
        connection.closing_ = true;
      }
      return;
  }
}

// Has epoll look for what can be used: no bytes that the session does not want now, and none of a
// device that does not read what it is sent.
void DeviceSockets::watch(DeviceConnection& connection) {
  const bool writing = connection.output_ != nullptr;
  const bool reading = connection.session_.wants_bytes() &&
                       (!writing || connection.output_->size() <= limits_.unsent_bytes_max);
  if (reading == connection.reading_ && writing == connection.writing_) return;
  connection.reading_ = reading;
  connection.writing_ = writing;
  epoll_event event{
      .events = (reading ? EPOLLIN : 0U) | (writing ? EPOLLOUT : 0U),
      .data = {.u64 = data_of(connection.slot_, slots_[connection.slot_].generation)}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket_.get(), &event);
}

void DeviceSockets::remove(DeviceConnection& connection) {
  settle(connection);
  service_.ended(ref_of(connection), connection.session_, connection.reason_);
  const std::uint32_t slot = connection.slot_;
  closes_.push_back({connection.socket_.release()});
  slots_[slot].connection.reset();
  free_slots_.push_back(slot);
  connections_.add(-1);
}

// It has signed in, or never will.
void DeviceSockets::settle(DeviceConnection& connection) {
  if (std::exchange(connection.half_open_, false)) {
    addresses_->settled(connection.address_);
  }
}

// What the service asks for.

ConnectionRef DeviceSockets::ref_of(const DeviceConnection& connection) const {
  return {shard_, connection.slot_, slots_[connection.slot_].generation};
}

DeviceConnection* DeviceSockets::find(const ConnectionRef& connection) const {
  const Slot& slot = slots_[connection.slot];
  const bool same = slot.connection && slot.generation == connection.generation;
  return same && !slot.connection->closing_ ? slot.connection.get() : nullptr;
}

const mqtt::Session* DeviceSockets::session(const ConnectionRef& connection) const {
  const DeviceConnection* same = find(connection);
  return same != nullptr ? &same->session_ : nullptr;
}

void DeviceSockets::accept(const ConnectionRef& connection, const mqtt::Acceptance& acceptance) {
  DeviceConnection* same = find(connection);
  if (same == nullptr) return;
  settle(*same);
  guard(*same, [&] { same->session_.accept(acceptance, clock_.now(), *same); });
  schedule(*same);
  touch(*same);
}

void DeviceSockets::refuse(const ConnectionRef& connection, mqtt::ReasonCode reason,
                           std::string_view why) {
  DeviceConnection* same = find(connection);
  if (same == nullptr) return;
  if (reason == mqtt::ReasonCode::bad_user_name_or_password) {
    addresses_->failed(same->address_);
  }
  same->session_.refuse(reason, why, *same);
  touch(*same);
}

void DeviceSockets::suback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                           std::string_view codes) {
  if (DeviceConnection* same = find(connection)) {
    guard(*same, [&] { same->session_.suback(packet_id, codes, *same); });
  }
}

void DeviceSockets::unsuback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                             std::string_view codes) {
  if (DeviceConnection* same = find(connection)) {
    guard(*same, [&] { same->session_.unsuback(packet_id, codes, *same); });
  }
}

void DeviceSockets::puback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                           mqtt::ReasonCode reason) {
  if (DeviceConnection* same = find(connection)) {
    guard(*same, [&] { same->session_.puback(packet_id, clock_.now(), *same, reason); });
    touch(*same);
  }
}

Handed DeviceSockets::deliver(const ConnectionRef& connection, const mqtt::Delivery& delivery) {
  DeviceConnection* same = find(connection);
  if (same == nullptr || !same->session_.connected()) return Handed::gone;
  const bool is_slow = same->output_ && same->output_->size() > limits_.unsent_bytes_max;
  if (is_slow && delivery.qos == 0) return Handed::too_slow;
  return same->session_.deliver(delivery, *same) ? Handed::over : Handed::too_large;
}

void DeviceSockets::close(const ConnectionRef& connection, mqtt::CloseReason reason) {
  if (DeviceConnection* same = find(connection)) same->session_.close(reason, *same);
}

// Time.

void DeviceSockets::schedule(DeviceConnection& connection) {
  const std::int64_t at = std::max(second_of(connection.session_.deadline()) + 1, wheel_second_);
  const std::int64_t capped =
      std::min<std::int64_t>(at, wheel_second_ + static_cast<std::int64_t>(wheel_size) - 1);
  if (std::exchange(connection.due_second_, capped) == capped) return;
  wheel_[static_cast<std::size_t>(capped) % wheel_size].push_back(connection.slot_);
}

void DeviceSockets::tick() {
  guard_turn(&DeviceSockets::look_at_due);
  timer_.expires_after(std::chrono::seconds(1));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopped_) tick();
  });
}

void DeviceSockets::look_at_due() {
  const Time now = clock_.now();
  for (; wheel_second_ <= second_of(now); ++wheel_second_) {
    const auto due =
        std::exchange(wheel_[static_cast<std::size_t>(wheel_second_) % wheel_size], {});
    for (const std::uint32_t slot : due) {
      DeviceConnection* connection = slots_[slot].connection.get();
      // Put off since, or another connection in the same place.
      if (connection == nullptr || connection->due_second_ != wheel_second_) continue;
      if (connection->closing_) continue;
      guard(*connection, [&] { connection->session_.tick(now, *connection); });
      if (!connection->closing_) schedule(*connection);
    }
  }
  end_turn();
}

}  // namespace herald::net
