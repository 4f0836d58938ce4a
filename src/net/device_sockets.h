#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/counters.h"
#include "net/address_limits.h"
#include "net/device_connections.h"
#include "net/device_service.h"
#include "net/output.h"
#include "net/socket_io.h"
#include "net/sockets.h"
#include "net/tls.h"

namespace herald::net {

class DeviceConnection;

struct DeviceLimits {
  mqtt::SessionLimits session;
  std::size_t unsent_bytes_max = limits::unsent_bytes_max;
  std::size_t connections_max = 100'000;  // For each shard.
};

// The connections of MQTT clients on one shard: plain, on TLS, on WebSocket, and on both. All
// sockets share one epoll descriptor, which the shard's event loop watches: devices are many and
// idle, so a connection is neither a coroutine nor an Asio socket. In a turn up to 256 sockets are
// read, once or, where they have more to say, twice; then everything written in the turn is sent.
//
// Used on its shard's thread; listen before that.
class DeviceSockets final : public DeviceConnections {
 public:
  // `tls` may be null: no TLS then. `addresses` is shared by all shards. `service` outlives these,
  // and `limits` those of all shards.
  DeviceSockets(ShardIndex shard, boost::asio::io_context& loop, DeviceService& service,
                const Clock& clock, std::shared_ptr<const TlsContexts> tls,
                std::shared_ptr<AddressLimits> addresses, std::unique_ptr<SocketIo> io,
                const DeviceLimits& limits);
  ~DeviceSockets() override;

  // Those of all shards, by shard, where connections move between them.
  void introduce(std::span<DeviceSockets* const> all) { all_ = all; }
  // Takes connections from this listening socket from now on.
  void listen(Descriptor socket);
  // Takes no more connections.
  void stop_listening() { listeners_.clear(); }
  // Closes every connection as well.
  void stop();

  void accept(const ConnectionRef& connection, const mqtt::Acceptance& acceptance) override;
  void refuse(const ConnectionRef& connection, mqtt::ReasonCode reason,
              std::string_view why) override;
  void suback(const ConnectionRef& connection, mqtt::PacketId packet_id,
              std::string_view codes) override;
  void unsuback(const ConnectionRef& connection, mqtt::PacketId packet_id,
                std::string_view codes) override;
  void puback(const ConnectionRef& connection, mqtt::PacketId packet_id,
              mqtt::ReasonCode reason) override;
  void close(const ConnectionRef& connection, mqtt::CloseReason reason) override;
  void move(const ConnectionRef& connection, ShardIndex to, Moved moved) override;
  const mqtt::Session* session(const ConnectionRef& connection) const override;
  Handed deliver(const ConnectionRef& connection, const mqtt::Delivery& delivery) override;

  // Open ones, and those that were closed again at once. Any thread.
  std::int64_t connections() const { return connections_.value(); }
  std::int64_t turned_away() const { return turned_away_.value(); }

 private:
  friend class DeviceConnection;
  struct Slot {
    std::unique_ptr<DeviceConnection> connection;
    std::uint32_t generation = 0;
  };
  struct Move {
    ConnectionRef connection;
    ShardIndex to = 0;
    Moved moved;
  };
  // A timer for each connection in one: a ring of seconds, in each the connections to look at then.
  static constexpr std::size_t wheel_size = 4096;

  void wait();
  // What a library throws out of `work`, such as std::bad_alloc, ends the turn or the connection
  // that it was for; those after it go on.
  void guard_turn(void (DeviceSockets::*work)());
  template <class Work>
  void guard(DeviceConnection& connection, Work work);
  void turn();
  void watch_listener(std::size_t listener);
  void accept(std::size_t listener);
  void pause(std::size_t listener);
  void add(Descriptor socket, std::string address);
  DeviceConnection& place(std::unique_ptr<DeviceConnection> connection);
  void take_over(std::unique_ptr<DeviceConnection> connection, Moved moved);
  void receive(Time now);
  void receive_rest(DeviceConnection& connection, Time now);
  void received(DeviceConnection& connection, std::string_view bytes, Time now);
  void ended(DeviceConnection& connection, int error);
  void tick();
  void look_at_due();
  void schedule(DeviceConnection& connection);
  DeviceConnection* find(const ConnectionRef& connection) const;
  ConnectionRef ref_of(const DeviceConnection& connection) const;

  // What a turn leaves to its end.
  void touch(DeviceConnection& connection);
  void end_turn_later();
  void end_turn();
  void send_off(Move asked);
  void send(std::size_t from, std::size_t to);
  void sent(DeviceConnection& connection, Output::Sent sent);
  void watch(DeviceConnection& connection);
  void remove(DeviceConnection& connection);
  void settle(DeviceConnection& connection);

  ShardIndex shard_;
  boost::asio::io_context& loop_;
  DeviceService& service_;
  const Clock& clock_;
  std::shared_ptr<const TlsContexts> tls_;
  std::shared_ptr<AddressLimits> addresses_;
  std::unique_ptr<SocketIo> io_;
  const DeviceLimits& limits_;
  std::span<DeviceSockets* const> all_;

  int epoll_;
  boost::asio::posix::stream_descriptor waiter_;  // Owns epoll_.
  boost::asio::steady_timer timer_;
  std::vector<Descriptor> listeners_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  Tally connections_;
  Tally turned_away_;
  std::vector<std::vector<std::uint32_t>> wheel_{wheel_size};
  std::int64_t wheel_second_ = 0;  // The next second to be looked at.
  std::vector<std::uint32_t> touched_;
  std::vector<Move> moves_;  // Of this turn.
  // While sockets are read: the connections that have something to say, and a slice of `slices_`
  // for each.
  std::vector<Receive> receives_;
  std::vector<DeviceConnection*> receivers_;  // Of the same place in receives_.
  std::string slices_;
  // While outputs are sent: those in one piece, and the connections of those in several.
  std::vector<Send> sends_;
  std::vector<DeviceConnection*> senders_;  // Of the same place in sends_.
  std::vector<DeviceConnection*> senders_of_pieces_;
  std::vector<Close> closes_;  // Of this turn.
  std::vector<std::unique_ptr<Output>> spare_outputs_;
  std::string buffer_;    // What a socket had to say beyond its slice.
  std::string plain_;     // What it had to say without TLS.
  std::string data_;      // And without WebSocket.
  bool in_turn_ = false;  // Its end will come by itself.
  bool end_posted_ = false;
  bool stopped_ = false;
};

}  // namespace herald::net
