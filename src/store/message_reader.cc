#include "store/message_reader.h"

#include <algorithm>
#include <utility>

#include "store/schema.h"

namespace herald {

Result<std::vector<SharedMessage>> MessageReader::fetch(std::span<const MessageId> ids) const {
  std::vector<SharedMessage> messages;
  messages.reserve(ids.size());
  for (const MessageId id : ids) {
    auto message = head(id);
    if (!message) return tl::unexpected(message.error());
    if (!*message) continue;
    const auto whole = read_payload(**message);
    if (!whole) return tl::unexpected(whole.error());
    if (*whole) messages.push_back(std::make_shared<const Message>(std::move(**message)));
  }
  return messages;
}

Result<KeptMessage> MessageReader::find(MessageId id,
                                        std::optional<std::vector<Receipt>> open) const {
  auto message = head(id);
  if (!message) return tl::unexpected(message.error());
  if (!*message) return fail(Code::absent);
  auto reached = open ? Result<std::vector<Receipt>>(std::move(*open)) : receipts(**message);
  if (!reached) return tl::unexpected(reached.error());
  // A message that was finished a moment ago may have a payload still.
  const bool finished = std::ranges::all_of(*reached, is_final, &Receipt::outcome);
  if (!finished) {
    const auto whole = read_payload(**message);
    if (!whole) return tl::unexpected(whole.error());
  }
  return KeptMessage{.message = std::make_shared<const Message>(std::move(**message)),
                     .receipts = std::move(*reached)};
}

Result<MessageId> MessageReader::find_request(std::string_view request_id) const {
  const auto key = disk_.get(Family::requests, request_id);
  if (!key) return tl::unexpected(key.error());
  if (!*key) return fail(Code::absent);
  return schema::read_key(**key);
}

Result<void> MessageReader::each_open(const std::function<void(KeptMessage)>& visit) const {
  Result<void> outcome;
  const auto scanned = disk_.scan(Family::open, {}, [&](std::string_view key, std::string_view) {
    auto kept = open_message(key);
    if (!kept) {
      outcome = tl::unexpected(kept.error());
      return false;
    }
    visit(std::move(*kept));
    return true;
  });
  return scanned ? outcome : scanned;
}

Result<KeptMessage> MessageReader::open_message(std::string_view key) const {
  const auto id = schema::read_key(key);
  if (!id) return tl::unexpected(id.error());
  auto message = head(*id);
  if (!message) return tl::unexpected(message.error());
  if (!*message) return fail(Code::malformed, "an open message without its head");
  auto reached = receipts(**message);
  if (!reached) return tl::unexpected(reached.error());
  return KeptMessage{.message = std::make_shared<const Message>(std::move(**message)),
                     .receipts = std::move(*reached)};
}

Result<std::optional<Message>> MessageReader::head(MessageId id) const {
  const auto value = disk_.get(Family::messages, schema::key_of(id));
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::nullopt;
  return schema::read_head(id, **value).map([](schema::Head&& head) {
    return std::optional(std::move(head.message));
  });
}

Result<bool> MessageReader::read_payload(Message& message) const {
  auto payload = disk_.get(Family::payloads, schema::key_of(message.id));
  if (!payload) return tl::unexpected(payload.error());
  if (!*payload) return false;
  message.payload = std::move(**payload);
  return true;
}

Result<std::vector<Receipt>> MessageReader::receipts(const Message& message) const {
  std::vector<Receipt> receipts(message.recipients.size());
  std::span<Receipt> left(receipts);
  for (std::size_t chunk = 0; !left.empty(); ++chunk) {
    const auto part = left.first(std::min(left.size(), schema::receipts_per_chunk));
    const auto value = disk_.get(Family::receipts, schema::chunk_key(message.id, chunk));
    if (!value) return tl::unexpected(value.error());
    if (*value) {
      auto read = schema::read_chunk(**value, message.created, part);
      if (!read) return tl::unexpected(read.error());
    }
    left = left.subspan(part.size());
  }
  return receipts;
}

}  // namespace herald
