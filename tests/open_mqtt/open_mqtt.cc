// A plain MQTT broker on the engine of the device port, without the platform: no authentication,
// any client id, no topic rules, on loopback. For conformance suites that were written for brokers.
// Messages are routed by a plain scan over all sessions, and nothing outlives the process.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <map>
#include <optional>

#include "base/crypto.h"
#include "model/topic.h"
#include "net/device_sockets.h"
#include "net/loops.h"
#include "net/message_properties.h"

namespace herald {
namespace {

using mqtt::ReasonCode;

struct Publication {
  std::string source;  // Client id.
  std::string topic;
  std::uint8_t qos = 0;
  bool retain = false;
  Message message;  // Payload, properties and deadline.
};
using Shared = std::shared_ptr<const Publication>;

struct Waiting {
  Shared publication;
  std::uint8_t qos = 0;
  bool retain = false;
  mqtt::PacketId packet_id = 0;  // That it was sent with before.
};

struct Client {
  std::map<std::string, mqtt::SubscribeEntry> subscriptions;  // The views in it are not used.
  std::optional<ConnectionRef> connection;
  std::uint32_t expiry = 0;
  std::optional<Time> ends_at;  // While nobody is connected.
  Shared will;
  std::uint32_t will_delay = 0;
  std::optional<Time> will_at;
  std::deque<Waiting> queue;
  std::map<std::uint64_t, Waiting> in_flight;  // By a number of ours, in the order of sending.
};

class Broker final : public net::DeviceService {
 public:
  explicit Broker(const Clock& clock) : clock_(clock) {}
  void use(net::DeviceSockets& sockets) { sockets_ = &sockets; }

  void connect(const ConnectionRef& at, const mqtt::Connect& request, const net::Peer&) override {
    std::string id(request.client_id);
    const bool assigned = id.empty();
    if (assigned) id = "auto-" + random_name(16);
    if (const auto before = clients_[id].connection) {
      sockets_->close(*before, mqtt::CloseReason::taken_over);
      leave(*before, mqtt::CloseReason::taken_over, nullptr);
    }
    expire(id, /*now_too=*/request.clean_session);
    Client& fresh = clients_[id];
    const bool present = fresh.ends_at.has_value();
    fresh.connection = at;
    fresh.expiry = sockets_->session(at)->session_expiry();
    fresh.ends_at.reset();
    fresh.will_at.reset();
    fresh.will.reset();
    if (request.has_will) {
      fresh.will = made_of(id, request.will_topic, request.will_qos, request.will_retain,
                           request.will_properties, request.will_payload);
    }
    fresh.will_delay = request.will_properties.will_delay.value_or(0);
    names_[at.slot] = id;
    sockets_->accept(at, {.session_present = present,
                          .assigned_client_id = assigned ? std::string_view(id) : ""});
    std::deque<Waiting> again;
    for (auto& [number, waiting] : std::exchange(fresh.in_flight, {})) again.push_back(waiting);
    fresh.queue.insert(fresh.queue.begin(), again.begin(), again.end());
    drain(fresh);
  }

  void subscribe(const ConnectionRef& at, const mqtt::Subscribe& request) override {
    Client& client = clients_[names_[at.slot]];
    std::string codes;
    std::vector<std::pair<std::string, std::uint8_t>> with_retained;
    for (const mqtt::SubscribeEntry& entry : request.entries) {
      const auto share = parse_share(entry.filter);
      if (!share || !is_topic_filter(share->filter)) {
        codes.push_back(static_cast<char>(ReasonCode::topic_filter_invalid));
        continue;
      }
      mqtt::SubscribeEntry made = entry;
      made.qos = std::min<std::uint8_t>(entry.qos, 1);
      const bool is_new =
          client.subscriptions.insert_or_assign(std::string(entry.filter), made).second;
      codes.push_back(static_cast<char>(made.qos));
      const bool asks = entry.retain_handling == 0 || (entry.retain_handling == 1 && is_new);
      if (share->group.empty() && asks) with_retained.emplace_back(entry.filter, made.qos);
    }
    sockets_->suback(at, request.packet_id, codes);
    for (const auto& [filter, qos] : with_retained) {
      for (const auto& [topic, kept] : retained_) {
        if (!matches(filter, topic)) continue;
        hand_over(client, {.publication = kept, .qos = std::min(kept->qos, qos), .retain = true});
      }
    }
  }

  void unsubscribe(const ConnectionRef& at, const mqtt::Unsubscribe& request) override {
    std::string codes;
    for (const std::string_view filter : request.filters) {
      const bool was_there = clients_[names_[at.slot]].subscriptions.erase(std::string(filter)) > 0;
      codes.push_back(was_there ? '\0' : static_cast<char>(ReasonCode::no_subscription_existed));
    }
    sockets_->unsuback(at, request.packet_id, codes);
  }

  void publish(const ConnectionRef& at, const mqtt::Publish& message) override {
    const bool reached = route(made_of(names_[at.slot], message.topic, message.qos, message.retain,
                                       message.properties, message.payload));
    if (message.qos == 0) return;
    sockets_->puback(at, message.packet_id,
                     reached ? ReasonCode::success : ReasonCode::no_matching_subscribers);
  }

  void acknowledged(const ConnectionRef& at, mqtt::DeliveryKey key) override {
    Client& client = clients_[names_[at.slot]];
    client.in_flight.erase(key.message);
    drain(client);
  }

  void ended(const ConnectionRef& at, const mqtt::Session& session,
             mqtt::CloseReason reason) override {
    leave(at, reason, &session);
  }
  void turn_ended() override {}

  // Once a second: sessions and wills whose time has come.
  void tick() {
    const auto clients = clients_;  // Which ends some of them.
    for (const auto& [id, client] : clients) expire(id, /*now_too=*/false);
  }

 private:
  Shared made_of(const std::string& source, std::string_view topic, std::uint8_t qos, bool retain,
                 const mqtt::Properties& properties, std::string_view payload) const {
    auto made = std::make_shared<Publication>(Publication{source, std::string(topic), qos, retain});
    made->message.properties = net::message_properties(properties);
    made->message.created = clock_.now();
    made->message.deadline = made->message.created + limits::message_lifetime_max;
    if (const auto expiry = properties.message_expiry) {
      made->message.deadline = made->message.created + std::chrono::seconds(*expiry);
    }
    made->message.payload = payload;
    return made;
  }

  void leave(const ConnectionRef& at, mqtt::CloseReason reason, const mqtt::Session* session) {
    const auto found = clients_.find(names_[at.slot]);
    if (found == clients_.end() || found->second.connection != at) return;
    Client& client = found->second;
    client.connection.reset();
    if (session != nullptr) client.expiry = session->session_expiry();
    client.ends_at = client.expiry == 0xFFFF'FFFF
                         ? Time::max()
                         : clock_.now() + std::chrono::seconds(client.expiry);
    if (reason == mqtt::CloseReason::disconnected) client.will.reset();
    client.will_at = clock_.now() + std::chrono::seconds(client.will_delay);
    expire(found->first, /*now_too=*/false);
  }

  void expire(const std::string& id, bool now_too) {
    const auto found = clients_.find(id);
    if (found == clients_.end() || found->second.connection) return;
    Client& client = found->second;
    const bool over = client.ends_at && (now_too || clock_.now() >= *client.ends_at);
    if (client.will && (over || (client.will_at && clock_.now() >= *client.will_at))) {
      route(std::exchange(client.will, nullptr));
    }
    if (over) clients_.erase(id);
  }

  bool route(const Shared& publication) {
    if (publication->retain) {
      retained_.erase(publication->topic);
      if (!publication->message.payload.empty()) retained_[publication->topic] = publication;
    }
    std::map<std::string, std::vector<Client*>> groups;
    bool reached = false;
    for (auto& [id, client] : clients_) {
      std::optional<Waiting> copy;  // One for all of its subscriptions, at the best QoS.
      for (const auto& [filter, entry] : client.subscriptions) {
        const auto share = parse_share(filter);
        if (!matches(share->filter, publication->topic)) continue;
        if (!share->group.empty()) {
          groups[filter].push_back(&client);
          continue;
        }
        if (entry.no_local && id == publication->source) continue;
        if (!copy) copy = Waiting{.publication = publication};
        copy->qos = std::max(copy->qos, std::min(entry.qos, publication->qos));
        copy->retain = copy->retain || (entry.retain_as_published && publication->retain);
      }
      reached = reached || copy;
      if (copy) hand_over(client, *copy);
    }
    for (const auto& [filter, members] : groups) {
      Client& client = *members[turns_[filter]++ % members.size()];
      reached = true;
      hand_over(client, {.publication = publication,
                         .qos = std::min(client.subscriptions[filter].qos, publication->qos)});
    }
    return reached;
  }

  void hand_over(Client& client, const Waiting& waiting) {
    if (!client.connection && waiting.qos == 0) return;
    client.queue.push_back(waiting);
    drain(client);
  }

  void drain(Client& client) {
    while (client.connection && !client.queue.empty()) {
      const mqtt::Session* session = sockets_->session(*client.connection);
      if (session == nullptr || !session->connected()) return;
      Waiting next = client.queue.front();
      if (next.qos > 0 && session->free_slots() == 0) return;
      client.queue.pop_front();
      const Message& message = next.publication->message;
      if (clock_.now() >= message.deadline) continue;
      net::WrittenProperties properties;
      mqtt::Delivery delivery{.key = {.message = ++sent_},
                              .topic = next.publication->topic,
                              .qos = next.qos,
                              .packet_id = next.packet_id,
                              .payload = SharedBytes::copy_of(message.payload),
                              .retain = next.retain};
      if (session->version() == mqtt::Version::v5) {
        delivery.properties = properties.of(message, {}, clock_.now());
      }
      const bool sent = sockets_->deliver(*client.connection, delivery) == net::Handed::over;
      if (!sent || next.qos == 0) continue;
      next.packet_id = session->unacknowledged().back().packet_id;
      client.in_flight.emplace(sent_, next);
    }
  }

  const Clock& clock_;
  net::DeviceSockets* sockets_ = nullptr;
  std::map<std::string, Client> clients_;
  std::map<std::uint32_t, std::string> names_;  // By slot.
  std::map<std::string, Shared> retained_;
  std::map<std::string, std::size_t> turns_;
  std::uint64_t sent_ = 0;
};

int serve(std::uint16_t port) {
  const SystemClock clock;
  net::Loops loops(1);
  Broker broker(clock);
  net::DeviceLimits limits;
  limits.session.keep_alive_min = std::chrono::seconds(0);
  limits.session.keep_alive_max = std::chrono::seconds(65'535);
  limits.session.endless_keep_alive = true;
  limits.session.filters_per_subscribe = 1'000;
  limits.session.v5_packet_bytes_max = limits.session.packet_bytes_max;
  net::DeviceSockets sockets(
      0, loops.context(0), broker, clock, nullptr,
      std::make_shared<net::AddressLimits>(clock, net::AddressLimitSettings{}),
      net::make_socket_io(net::IoUring::where_allowed), limits);
  broker.use(sockets);
  auto listener = net::listen_on({"127.0.0.1", port});
  if (!listener) return std::fprintf(stderr, "%s\n", listener.error().detail.c_str()), 1;
  sockets.listen(std::move(*listener));
  std::function<void()> tick = [&] {
    broker.tick();
    loops.post_after(0, Milliseconds(1000), [&] { tick(); });
  };
  loops.start();
  loops.post(0, [&] { tick(); });
  std::printf("serving MQTT on 127.0.0.1:%d\n", port), std::fflush(stdout);
  while (true) pause();  // Until a signal ends it.
}

}  // namespace
}  // namespace herald

int main(int argc, char** argv) {
  CLI::App app("A plain MQTT broker on Herald's engine, for conformance suites");
  std::uint16_t port = 1883;
  app.add_option("--port", port, "On 127.0.0.1")->required();
  CLI11_PARSE(app, argc, argv);
  return herald::serve(port);
}
