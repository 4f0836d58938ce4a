#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fifo.h"
#include "base/limits.h"
#include "core/awake_sessions.h"
#include "core/delivery_counts.h"
#include "core/device_identity.h"
#include "core/edge.h"
#include "core/mail.h"
#include "core/recent_messages.h"
#include "core/registry.h"
#include "core/resting_sessions.h"
#include "core/shards.h"
#include "core/uplink_message.h"
#include "model/message.h"
#include "store/message_log.h"
#include "store/registry_storage.h"

namespace herald {

struct HomeLimits {
  std::size_t queue_messages_max = limits::queue_messages_max;
  std::size_t queue_bytes_max = limits::queue_bytes_max;
  // Payload bytes of unacknowledged QoS 1 messages to one device.
  std::size_t inflight_bytes_max = limits::unsent_bytes_max;
  std::size_t subscriptions_per_device = limits::subscriptions_per_device;
  // Messages that wait are held in memory up to here, for each home; the rest is read when it is
  // due.
  std::size_t held_bytes_max = 32 * limits::MiB;
};

// A message that a connection had sent and its device had not acknowledged when it ended.
struct SentUnacknowledged {
  MessageId message;
  RecipientIndex recipient = 0;
  std::uint16_t packet_id = 0;
};

// Published for the device when its connection ends without its consent, MQTT 5.0 section 3.1.2.5.
struct Will {
  UplinkMessage message;
  std::chrono::seconds delay{
      0};  // After the end, or with the end of the session if that is sooner.
};

struct ConnectRequest {
  std::shared_ptr<const Device> device;
  ConnectionRef connection;
  bool clean_start = true;           // Ends the session before it.
  SessionExpiry session_expiry = 0;  // Counted from the end of the connection.
  std::uint32_t window = 0;  // QoS 1 messages that the connection takes without acknowledgement.
  std::string address;
  bool custom_rrpc = false;  // It said so: understands_custom_rrpc.
  std::optional<Will> will;
  bool by_gateway = false;  // The connection is that of its gateway.
};

// How a connection ended.
struct ConnectionEnd {
  std::vector<SentUnacknowledged> unacknowledged;  // In the order of sending.
  bool will = true;                     // Publish it; false: the device said DISCONNECT without.
  std::optional<SessionExpiry> expiry;  // Changed with DISCONNECT.
};
struct ConnectAnswer {
  bool accepted = false;
  bool session_present = false;
  std::string_view why;  // When refused: a constant.
};
using ConnectAnswered = std::move_only_function<void(ConnectAnswer)>;

struct WantedSubscription {
  std::string filter;  // May begin with `$share/<group>/`.
  std::uint8_t qos = 0;
  bool no_local = false;
  bool retain_as_published = false;
  std::uint8_t retain_handling = 0;
};
// The codes of SUBACK and UNSUBACK, MQTT 5.0 sections 3.9.3 and 3.11.3, one for each filter.
using Subscribed = std::move_only_function<void(std::string codes)>;
using Unsubscribed = std::move_only_function<void(std::string codes)>;

// What came of a cancellation at the recipients that it was for.
struct Cancellation {
  std::size_t cancelled = 0;  // By it: they waited.
  std::size_t inflight = 0;   // On their way: nobody can call them back.
  std::size_t ended = 0;      // Before it.
};

class Broadcasts;
class Rates;
class Retained;

// What homes need of those who come after them.
struct HomeNeeds {
  Broadcasts* broadcasts = nullptr;
  Retained* retained = nullptr;
  Rates* rates = nullptr;  // Nothing: no limits.
  std::function<void(const DeviceIdentity&, UplinkMessage)> publish_will;
  // A message for one device, at the message's QoS.
  std::function<void(std::unique_ptr<Message>, Milliseconds lifetime)> publish;
};

struct DeviceSession;
struct PendingConnect;
struct Waiting;

// Owns all that orders for its share of the devices: their queues, their sessions, and which
// connection is theirs. All calls on its shard's thread; answers are called on the asker's shard.
class Home {
 public:
  Home(ShardIndex self, Shards& shards, Mail& mail, Registry& registry, MessageLog& log,
       RegistryStorage& storage, const Clock& clock, const HomeLimits& limits,
       DeliveryCounts& counts);
  ~Home();

  // Before any other call. `needs` outlive the home.
  void use(const HomeNeeds& needs) { needs_ = &needs; }

  // Starting: sessions first, then messages with the oldest first; before any other call. What is
  // for other homes is left to them.
  void restore(const KeptSession& kept);
  void restore(const KeptMessage& kept);
  void restored();

  // A connection wants to be the device's. The one that is, if any, is cut off first, and what it
  // had in flight comes back before the answer.
  void connect(ConnectRequest request, ConnectAnswered answered);
  // A connection that was accepted, or waits to be, has ended.
  void gone(DeviceId device, ConnectionRef connection, ConnectionEnd end);
  void subscribe(DeviceId device, ConnectionRef connection, std::vector<WantedSubscription> wanted,
                 Subscribed subscribed);
  void unsubscribe(DeviceId device, ConnectionRef connection, std::vector<std::string> filters,
                   Unsubscribed unsubscribed);
  // What applications ask for in a device's place: operations.md, SubscribeTopic. No codes: the
  // device is not connected.
  void subscribe_for(DeviceId device, std::vector<std::string> filters, Subscribed subscribed);
  void unsubscribe_for(DeviceId device, std::vector<std::string> filters,
                       Unsubscribed unsubscribed);
  std::vector<Subscription> subscriptions_of(DeviceId device) const;
  void reported(const Report& report);
  // All that was reported in a turn was: the log gets the receipts of it together.
  void turn_ended() { hand_over_receipts(); }

  // Hands the message on to those of its recipients that are at home here. One of QoS 0 with more
  // recipients than a call can name goes to them in slices, between which others have their turn.
  void publish(const SharedMessage& message);
  // Takes a message out of the queues of those of these recipients that are at home here, and
  // counts what came of it. Any of its recipients that is in no queue has ended.
  void cancel(const Message& message, std::span<const RecipientIndex> recipients,
              Cancellation& counts);
  // The device is deleted.
  void cut_off(DeviceId device);
  // The device is disabled: its connection ends, its session and what waits for it stay.
  void disconnect(DeviceId device);
  // The device belongs to its gateway no more: ends its part in the gateway's connection, if that
  // is where it is.
  void leave_gateway(DeviceId device);
  // Ends what waits at the front of queues past its deadline, so that it takes no place of what is
  // still to be delivered.
  void sweep();
  // The end is near: nothing more is sent, what is in flight may still be acknowledged.
  void hold_all() { holding_ = true; }
  // What was sent and not acknowledged, whether its connection has ended or not.
  void append_inflight(std::vector<ReceiptOf>& inflight) const;
  // What is over a smaller limit already stays.
  void set_limits(const HomeLimits& limits) { limits_ = limits; }

  // Fills in what is known here and nowhere else: who waits and whose copy is in flight.
  void fill_in(const Message& message, std::vector<Receipt>& receipts) const;
  // A QoS 0 message of late, with the states of the recipients at home here.
  std::optional<KeptMessage> recent(MessageId id);
  std::optional<KeptMessage> recent(std::string_view request_id);

 private:
  struct Held {
    SharedMessage message;
    std::uint32_t waiting = 0;  // Recipients here that are queued or in flight.
  };

  // A session that does not rest: of a device that is connected, or for which something waits.
  DeviceSession* awake(DeviceId device) const;
  DeviceSession* awake(DeviceId device, const ConnectionRef& connection) const;
  // Any session; one that rests is woken.
  DeviceSession* session_of(DeviceId device);
  // Lets the device's session rest when nothing keeps it awake.
  void rest(DeviceId device);
  void rest_woken();
  void admit(DeviceSession& session, PendingConnect pending);
  void answer(PendingConnect pending, ConnectAnswer answer);
  void end_session(DeviceSession& session, Outcome outcome, DropReason reason);
  void cut(DeviceSession& session, CutReason reason);
  // After the connection, home_afterlife.cc.
  void outlive(DeviceSession& session, const ConnectionEnd& end, bool was_kept);
  void revive(DeviceSession& session, bool present);
  void publish_will(DeviceSession& session);
  bool has_expired(const DeviceSession& session) const;
  void look_after(DeviceId device);
  void watch_afterlives();
  // Subscriptions, home_subscriptions.cc.
  std::uint8_t subscribe_one(DeviceSession& session, const Device& device, const Product* product,
                             WantedSubscription& wanted, bool& is_new);
  void join_broadcasts(DeviceSession& session, const Device& device);
  void leave_broadcasts(DeviceSession& session);
  void send_retained(const Device& device, const std::vector<std::string>& filters);
  void requeue_inflight(DeviceSession& session, const std::vector<SentUnacknowledged>& sent);
  // Whether a copy is for this session, and whether it is marked as retained.
  struct Match {
    bool matches = false;
    bool retain = false;
  };
  Match match(DeviceSession& session, const Message& message);
  bool subscribed(DeviceSession& session, const Message& message) {
    return match(session, message).matches;
  }
  void find_recipients(const Message& message, RecipientIndex from, RecipientIndex to,
                       std::span<const Receipt> reached = {});
  void publish_qos0(const SharedMessage& message, RecipientIndex from = 0);
  void publish_qos1(const SharedMessage& message);
  bool may_send_now(DeviceSession& session, const Message& message);
  void hold_back(DeviceSession& session);
  void enqueue(DeviceSession& session, const Waiting& waiting);
  void leave_queue(DeviceSession& session, std::size_t place);
  void drain(DeviceSession& session);
  void send_waiting(DeviceSession& session);
  void send(DeviceSession& session, const Waiting& waiting, const SharedMessage& message);
  bool is_expired(const Waiting& waiting, Time now) const;
  SharedMessage waiting_message(DeviceSession& session, const Waiting& waiting) const;
  void fetch(DeviceSession& session);
  void fetched(DeviceId device, const std::vector<MessageId>& asked,
               Result<std::vector<SharedMessage>> messages);
  void drop_unreadable(DeviceSession& session, MessageId message);
  KeptSession record_of(const DeviceSession& session) const;
  void store(DeviceSession& session, Task stored);
  void end(MessageId message, RecipientIndex recipient, Outcome outcome, DropReason reason);
  void release(MessageId message);
  void hand_over_receipts();

  ShardIndex self_;
  Shards& shards_;
  Mail& mail_;
  Registry& registry_;
  MessageLog& log_;
  RegistryStorage& storage_;
  const Clock& clock_;
  HomeLimits limits_;
  DeliveryCounts& counts_;
  const HomeNeeds* needs_ = nullptr;

  AwakeSessions awake_;
  RestingSessions resting_;
  std::unordered_map<MessageId, Held> held_;
  std::size_t held_bytes_ = 0;
  RecentMessages recent_;
  std::vector<ReceiptOf> receipts_;  // Of this turn.
  // Of the message that is being published: those at home here, nothing where no session is.
  std::vector<std::pair<RecipientIndex, DeviceSession*>> recipients_;
  std::vector<DeviceId> woken_;  // For it; they may rest again.
  std::string topic_;            // Room for a topic, reused.
  // Devices that are away and have a will or a session that ends, by when.
  std::set<std::pair<Time, DeviceId>> afterlives_;
  bool watching_ = false;
  bool holding_ = false;
};

}  // namespace herald
