#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "model/message.h"
#include "model/records.h"
#include "store/codec.h"
#include "store/disk.h"
#include "store/message_log.h"

// What lies on the disk. Ids in keys are 8 bytes, big-endian, so that keys sort by age.
//
//   family    key                          value
//   meta      "format"                     version of all that is described here
//             "batch"                      how many batches were written; grows by one with each
//             "high_water"                 no message id above it was given
//             "inflight"                   what was sent and not acknowledged at the last end, when
//                                          that was in order
//             "clock"                      how late it has been, half a minute ago at most
//             "key" key id (4 bytes)       for each key that opens the store: sealed.h
//   messages  id                           head: all but the payload
//   open      id                           nothing; there while a recipient has no end state
//   payloads  id                           payload, as long as the message is open
//   receipts  id, chunk (4 bytes)          end states of 128 recipients; missing: none has one
//   requests  RequestId                    id
//   sessions  DeviceId                     KeptSession
//   registry  'a' AccountId                Account
//             'b' number                   DeviceApplication
//             'c' AccountId, name          RamPolicy
//             'd' DeviceId                 Device
//             'e' AccountId, name          RamRole
//             'g' AccountId, id            DeviceGroup
//             'h' id, DeviceId             DeviceGroupMember
//             'i' AccountId, instance id   Instance
//             'k' AccessKey id             AccessKey
//             'm' AccountId, name          RamUser
//             'p' ProductKey               Product
//             'q' AccountId, operation     AccountQuota
//             'r' topic                    RetainedMessage
//             's' DeviceId                 DeviceShadow
//             't' DeviceId, client id      DeviceToken
//             'u' topic                    TopicRoute
//             'v' ProductKey               ThingDraft
//             'w' ProductKey               ThingVersions
//             'y' DeviceId                 SubDevice
//   nonces    forget_at (8 bytes), hash    nothing
//   secrets   DeviceId                     DeviceSecret; read when a device signs in, not at start
//   tokens    AccountId, operation, token  hash of what was asked for, and the message's id
//   things    DeviceId, stream (1 byte),   what the device reported, or was asked:
//   schema_thing_history.h
//             identifier, time, sequence
//   latest    DeviceId, stream,            the last of it, of properties
//             identifier
//
// Beside them, the file `disowned`: the number of a batch whose write failed and an end of line,
// until an opening has left that batch out; else empty.
//
// Secrets in records of the registry are sealed: sealed.h. In format 1 they were not.
//
// Records grow by new fields at their end, which older records read as zero or empty. Any other
// change needs a new format version and code that reads the one before.
namespace herald::schema {

constexpr std::uint64_t format_version = 2;
constexpr std::string_view format_key = "format";
constexpr std::string_view batch_key = "batch";
constexpr std::string_view high_water_key = "high_water";
constexpr std::string_view inflight_key = "inflight";
constexpr std::string_view clock_key = "clock";

// The plain numbers of `meta` and `requests`.
std::string number(std::uint64_t value);
Result<std::uint64_t> read_number(std::string_view value);

std::string key_of(MessageId id);
Result<MessageId> read_key(std::string_view key);

// Messages are kept for seven days past the longest deadline.
constexpr std::chrono::days kept_for = 2 * limits::message_lifetime_max;
constexpr MessageId first_kept(Time now) { return {first_id_at(now - kept_for)}; }

// A message without id and payload.
std::string head_of(const Message& message);
struct Head {
  Message message;
  std::size_t payload_bytes = 0;
};
// Errors of this and all others that read: malformed.
Result<Head> read_head(MessageId id, std::string_view value);

// In order.
using Inflight = std::vector<std::pair<MessageId, RecipientIndex>>;
std::string inflight_record(std::span<const ReceiptOf> inflight);
Result<Inflight> read_inflight(std::string_view value);

constexpr std::size_t receipts_per_chunk = 128;
std::string chunk_key(MessageId id, std::size_t chunk);
// Receipts that are not final are written as `queued`. Times are kept as distances to `created`,
// which must be the message's own.
std::string chunk_of(std::span<const Receipt> receipts, Time created);
Result<void> read_chunk(std::string_view value, Time created, std::span<Receipt> receipts);

// Where the record of a device's secret is, in the family secrets.
inline std::string secret_key(DeviceId device) { return key_of(MessageId{device.value}); }

// The place of a record and what is put there.
struct Entry {
  Family family;
  std::string key;
  std::optional<std::string> value;  // None: the record is erased.
};
// Of what is written as it is: sealed.h seals its secrets before.
Entry entry_of(const Change& change);
// The part of a head, and of a retained message, that MQTT 5.0 adds.
void put_properties(Writer& writer, const MessageProperties& properties);
MessageProperties properties_from(Reader& reader);
// From one of the families sessions, registry, nonces and secrets.
Result<Record> read_record(Family family, std::string_view key, std::string_view value);

// What the record of a device in format 1 has besides the device; empty in later ones.
std::string secret_of_format_1(std::string_view device_record);

// What came of a call with a token.
struct TokenUse {
  std::string asked_for;  // Hash: the same again is the same call.
  MessageId message;
};
std::string token_key(const ClientToken& token);
std::string value_of(const TokenUse& use);
Result<TokenUse> read_token_use(std::string_view value);
constexpr std::chrono::hours tokens_kept_for{24};
constexpr bool is_forgotten(const TokenUse& use, Time now) {
  return use.message < MessageId{first_id_at(now - tokens_kept_for)};
}

// Every nonce that may be forgotten before `time` sorts below this.
std::string first_nonce_key(Time time);

}  // namespace herald::schema
