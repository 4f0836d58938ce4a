#include "store/message_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace herald {
namespace {

KeptMessage kept(schema::Head head, std::vector<Receipt> receipts) {
  return {.message = std::make_shared<const Message>(std::move(head.message)),
          .receipts = std::move(receipts),
          .payload_bytes = head.payload_bytes};
}

bool is_absent(const Error& error) { return error.code == Code::absent; }

}  // namespace

Result<std::vector<SharedMessage>> MessageReader::fetch(std::span<const MessageId> ids) const {
  std::vector<SharedMessage> messages;
  messages.reserve(ids.size());
  for (const MessageId id : ids) {
    auto message = whole(id);
    if (message) {
      messages.push_back(std::move(*message));
    } else if (message.error().code == Code::malformed) {
      log::error("message {} cannot be read and is left out: {}", log::message_id(id.value),
                 message.error().detail);
    } else if (!is_absent(message.error())) {
      return tl::unexpected(message.error());
    }
  }
  return messages;
}

Result<SharedMessage> MessageReader::whole(MessageId id) const {
  auto found = head(id);
  if (!found) return tl::unexpected(found.error());
  auto bytes = payload(*found);
  if (!bytes) return tl::unexpected(bytes.error());
  found->message.payload = std::move(*bytes);
  return std::make_shared<const Message>(std::move(found->message));
}

Result<KeptMessage> MessageReader::find(MessageId id,
                                        std::optional<std::vector<Receipt>> open) const {
  auto found = head(id);
  if (!found) return tl::unexpected(found.error());
  auto reached = open ? Result<std::vector<Receipt>>(std::move(*open)) : receipts(found->message);
  if (!reached) return tl::unexpected(reached.error());
  // The receipts decide whether it is finished; the payload of an open one may go in this moment.
  if (!std::ranges::all_of(*reached, is_final, &Receipt::outcome)) {
    auto bytes = payload(*found);
    if (!bytes && !is_absent(bytes.error())) return tl::unexpected(bytes.error());
    if (bytes) found->message.payload = std::move(*bytes);
  }
  return kept(std::move(*found), std::move(*reached));
}

Result<MessageId> MessageReader::find_request(std::string_view request_id) const {
  return disk_.get(Family::requests, request_id).and_then([](std::string_view key) {
    return schema::read_key(key);
  });
}

Result<void> MessageReader::each_open(const std::function<void(KeptMessage)>& visit,
                                      const std::function<void(const Error&)>& left_out) const {
  return disk_.scan(Family::open, {}, [&](std::string_view key, std::string_view) {
    auto kept = open_message(key);
    if (kept) {
      visit(std::move(*kept));
    } else {
      left_out(kept.error());
    }
    return true;
  });
}

Result<KeptMessage> MessageReader::open_message(std::string_view key) const {
  const auto id = schema::read_key(key);
  if (!id) return tl::unexpected(id.error());
  auto found = head(*id);
  if (!found && is_absent(found.error())) {
    return fail(Code::malformed, fmt::format("no head of message {}", id->value));
  }
  if (!found) return tl::unexpected(found.error());
  auto reached = receipts(found->message);
  if (!reached) return tl::unexpected(reached.error());
  return kept(std::move(*found), std::move(*reached));
}

Result<schema::Head> MessageReader::head(MessageId id) const {
  return disk_.get(Family::messages, schema::key_of(id)).and_then([id](std::string_view value) {
    return schema::read_head(id, value);
  });
}

Result<std::string> MessageReader::payload(const schema::Head& head) const {
  const MessageId id = head.message.id;
  auto bytes = disk_.get(Family::payloads, schema::key_of(id));
  if (bytes && bytes->size() != head.payload_bytes) {
    return fail(Code::malformed, fmt::format("payload of message {}", id.value));
  }
  return bytes;
}

Result<std::vector<Receipt>> MessageReader::receipts(const Message& message) const {
  std::vector<Receipt> receipts(message.recipients.size());
  std::span<Receipt> left(receipts);
  for (std::size_t chunk = 0; !left.empty(); ++chunk) {
    const auto part = left.first(std::min(left.size(), schema::receipts_per_chunk));
    left = left.subspan(part.size());
    const auto value = disk_.get(Family::receipts, schema::chunk_key(message.id, chunk));
    if (!value && value.error().code == Code::absent) continue;
    if (!value) return tl::unexpected(value.error());
    if (auto read = schema::read_chunk(*value, message.created, part); !read) {
      return tl::unexpected(read.error());
    }
  }
  return receipts;
}

}  // namespace herald
