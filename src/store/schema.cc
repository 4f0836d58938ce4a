#include "store/schema.h"

#include <fmt/format.h>

#include "store/codec.h"

namespace herald::schema {
namespace {

constexpr auto outcomes = static_cast<std::uint8_t>(Outcome::dropped) + 1;
constexpr auto reasons = static_cast<std::uint8_t>(DropReason::rate) + 1;

void put_text(Writer& writer, const std::optional<std::string>& text) {
  writer.flag(text.has_value());
  if (text) writer.text(*text);
}

std::optional<std::string> text_from(Reader& reader) {
  if (!reader.flag()) return std::nullopt;
  return reader.string();
}

// Devices of one call were mostly registered together: their ids differ little.
void put_recipients(Writer& writer, const std::vector<DeviceId>& recipients) {
  writer.varint(recipients.size());
  std::uint64_t before = 0;
  for (const DeviceId device : recipients) {
    writer.svarint(static_cast<std::int64_t>(device.value - before));
    before = device.value;
  }
}

std::vector<DeviceId> recipients_from(Reader& reader) {
  std::vector<DeviceId> recipients(reader.count());
  std::uint64_t before = 0;
  for (DeviceId& device : recipients) {
    device.value = before + static_cast<std::uint64_t>(reader.svarint());
    before = device.value;
  }
  return recipients;
}

}  // namespace

std::string number(std::uint64_t value) {
  Writer writer;
  writer.fixed64(value);
  return writer.take();
}

Result<std::uint64_t> read_number(std::string_view value) {
  if (value.size() != 8) return fail(Code::malformed, "number");
  return Reader(value).fixed64();
}

void put_properties(Writer& writer, const MessageProperties& properties) {
  writer.varint(properties.user.size());
  for (const auto& [name, value] : properties.user) {
    writer.text(name);
    writer.text(value);
  }
  put_text(writer, properties.response_topic.transform(&TopicTemplate::text));
  put_text(writer, properties.correlation_data);
  put_text(writer, properties.content_type);
  writer.flag(properties.payload_format.has_value());
  if (properties.payload_format) writer.u8(*properties.payload_format);
}

MessageProperties properties_from(Reader& reader) {
  MessageProperties properties;
  properties.user.resize(reader.count());
  for (auto& [name, value] : properties.user) {
    name = reader.text();
    value = reader.text();
  }
  properties.response_topic = text_from(reader).transform(&TopicTemplate::parse);
  properties.correlation_data = text_from(reader);
  properties.content_type = text_from(reader);
  if (reader.flag()) properties.payload_format = reader.u8();
  return properties;
}

std::string key_of(MessageId id) { return number(id.value); }

Result<MessageId> read_key(std::string_view key) {
  return read_number(key).map([](std::uint64_t value) { return MessageId{value}; });
}

std::string head_of(const Message& message) {
  Writer writer;
  writer.varint(message.account.value);
  writer.text(message.product);
  writer.text(message.request_id);
  writer.text(message.topic.text());
  writer.u8(static_cast<std::uint8_t>(message.qos));
  writer.time(message.created);
  writer.time(message.deadline);
  writer.varint(message.payload.size());
  put_recipients(writer, message.recipients);
  put_properties(writer, message.properties);
  writer.varint(message.source.value);
  writer.u8(static_cast<std::uint8_t>(message.retain));
  return writer.take();
}

Result<Head> read_head(MessageId id, std::string_view value) {
  Reader reader(value);
  Head head;
  Message& message = head.message;
  message.id = id;
  message.account.value = reader.varint();
  message.product = reader.text();
  message.request_id = reader.text();
  message.topic = TopicTemplate::parse(reader.text());
  message.qos = static_cast<Qos>(reader.below(2));
  message.created = reader.time();
  message.deadline = reader.time();
  head.payload_bytes = reader.varint();
  message.recipients = recipients_from(reader);
  message.properties = properties_from(reader);
  message.source.value = reader.varint();
  message.retain = static_cast<Retain>(reader.below(3));
  if (!reader.sound() || message.recipients.empty()) {
    return fail(Code::malformed, fmt::format("head of message {}", id.value));
  }
  return head;
}

std::string inflight_record(std::span<const ReceiptOf> inflight) {
  Inflight sorted;
  sorted.reserve(inflight.size());
  for (const ReceiptOf& one : inflight) sorted.emplace_back(one.message, one.recipient);
  std::ranges::sort(sorted);
  Writer writer;
  MessageId last;
  for (const auto& [message, recipient] : sorted) {
    writer.varint(message.value - last.value);
    writer.varint(recipient);
    last = message;
  }
  return writer.take();
}

Result<Inflight> read_inflight(std::string_view value) {
  Reader reader(value);
  Inflight inflight;
  MessageId last;
  while (reader.sound() && reader.left() > 0) {
    last.value += reader.varint();
    inflight.emplace_back(last, static_cast<RecipientIndex>(reader.varint()));
  }
  if (!reader.sound() || !std::ranges::is_sorted(inflight))
    return fail(Code::malformed, "inflight");
  return inflight;
}

std::string chunk_key(MessageId id, std::size_t chunk) {
  Writer writer;
  writer.fixed64(id.value);
  writer.fixed32(static_cast<std::uint32_t>(chunk));
  return writer.take();
}

std::string chunk_of(std::span<const Receipt> receipts, Time created) {
  Writer writer;
  for (const Receipt& receipt : receipts) {
    if (!is_final(receipt.outcome)) {
      writer.u8(0);
      continue;
    }
    writer.u8(static_cast<std::uint8_t>(receipt.outcome));
    writer.u8(static_cast<std::uint8_t>(receipt.reason));
    writer.svarint((receipt.at - created).count());
  }
  return writer.take();
}

Result<void> read_chunk(std::string_view value, Time created, std::span<Receipt> receipts) {
  Reader reader(value);
  for (Receipt& receipt : receipts) {
    receipt = {.outcome = static_cast<Outcome>(reader.below(outcomes))};
    if (!is_final(receipt.outcome)) continue;
    receipt.reason = static_cast<DropReason>(reader.below(reasons));
    receipt.at = created + reader.distance();
  }
  if (!reader.sound()) return fail(Code::malformed, "receipts");
  return {};
}

std::string token_key(const ClientToken& token) {
  Writer writer;
  writer.fixed64(token.account.value);
  writer.text(token.operation);
  writer.text(token.token);
  return writer.take();
}

std::string value_of(const TokenUse& use) {
  Writer writer;
  writer.text(use.asked_for);
  writer.fixed64(use.message.value);
  return writer.take();
}

Result<TokenUse> read_token_use(std::string_view value) {
  Reader reader(value);
  TokenUse use;
  use.asked_for = reader.text();
  use.message.value = reader.fixed64();
  if (!reader.sound() || !use.message) return fail(Code::malformed, "use of a token");
  return use;
}

}  // namespace herald::schema
