#include "store/client_tokens.h"

#include "base/crypto.h"
#include "base/log.h"
#include "store/codec.h"

namespace herald {
namespace {

// All that a caller can ask for: two calls that say it in other words ask for the same.
std::string hash_of(const Message& message) {
  Writer writer;
  writer.text(message.product);
  writer.text(message.topic.text());
  writer.u8(static_cast<std::uint8_t>(message.qos));
  writer.svarint((message.deadline - message.created).count());
  writer.varint(message.recipients.size());
  for (const DeviceId device : message.recipients) writer.varint(device.value);
  schema::put_properties(writer, message.properties);
  Hasher hasher = Hasher::hash(Digest::sha256);
  hasher.add(writer.view());
  hasher.add(message.payload);
  return hasher.finish();
}

}  // namespace

TokenClaim claim_of(const ClientToken& token, const Message& message) {
  return {.key = schema::token_key(token), .asked_for = hash_of(message)};
}

std::optional<Result<MessageId>> ClientTokens::find(const TokenClaim& claim) const {
  const auto use = use_of(claim.key);
  if (!use) {
    // To publish without knowing could be to publish twice.
    log::error("a client token cannot be looked up: {}", use.error().detail);
    return fail(Code::refused, "the client token cannot be looked up");
  }
  if (!*use || schema::is_forgotten(**use, clock_.now())) return std::nullopt;
  if ((*use)->asked_for != claim.asked_for) return fail(Code::idempotent_mismatch);
  return (*use)->message;
}

Result<std::optional<schema::TokenUse>> ClientTokens::use_of(const std::string& key) const {
  if (const auto found = in_batch_.find(key); found != in_batch_.end()) return found->second;
  const auto stored = disk_.get(Family::tokens, key);
  if (!stored && stored.error().code == Code::absent) return std::nullopt;
  if (!stored) return tl::unexpected(stored.error());
  return schema::read_token_use(*stored).map(
      [](auto use) { return std::optional(std::move(use)); });
}

void ClientTokens::put(const TokenClaim& claim, MessageId message, Disk::Batch& batch) {
  schema::TokenUse use{.asked_for = claim.asked_for, .message = message};
  batch.put(Family::tokens, claim.key, schema::value_of(use));
  in_batch_.insert_or_assign(claim.key, std::move(use));
}

}  // namespace herald
