#include "store/open_messages.h"

#include <algorithm>
#include <limits>

#include "store/schema.h"

namespace herald {

OpenMessages::PackedReceipt::PackedReceipt(const Receipt& receipt, Time created, bool stored)
    : state_(static_cast<std::uint16_t>(static_cast<unsigned>(receipt.outcome) |
                                        static_cast<unsigned>(receipt.reason) << 4U |
                                        (stored ? 0U : unstored))) {
  constexpr std::int64_t after_max = std::numeric_limits<std::uint32_t>::max();
  const std::int64_t after = std::clamp<std::int64_t>((receipt.at - created).count(), 0, after_max);
  after_ = {static_cast<std::uint16_t>(after >> 16), static_cast<std::uint16_t>(after & 0xffff)};
}

Receipt OpenMessages::PackedReceipt::unpack(Time created) const {
  if (!is_final()) return {};
  const std::uint32_t after = static_cast<std::uint32_t>(after_[0]) << 16U | after_[1];
  return {.outcome = outcome(),
          .reason = static_cast<DropReason>(state_ >> 4U & 0xffU),
          .at = created + Milliseconds(after)};
}

void OpenMessages::add(const Message& message, std::span<const Receipt> receipts) {
  State state{.created = message.created, .deadline = message.deadline};
  state.receipts.resize(message.recipients.size());
  for (std::size_t i = 0; i < std::min(receipts.size(), state.receipts.size()); ++i) {
    if (!is_final(receipts[i].outcome)) continue;
    state.receipts[i] = PackedReceipt(receipts[i], state.created, /*stored=*/true);
  }
  state.open = static_cast<std::uint32_t>(
      std::ranges::count_if(state.receipts, [](const auto& packed) { return !packed.is_final(); }));
  messages_.insert_or_assign(message.id, std::move(state));
}

void OpenMessages::apply(const ReceiptOf& receipt) {
  if (!is_final(receipt.receipt.outcome)) return;
  const auto found = messages_.find(receipt.message);
  if (found == messages_.end()) return;
  State& state = found->second;
  if (receipt.recipient >= state.receipts.size()) return;
  PackedReceipt& packed = state.receipts[receipt.recipient];
  if (!packed.is_final()) end(found->first, state, packed, receipt.receipt);
}

void OpenMessages::expire(Time now) {
  for (auto& [id, state] : messages_) {
    if (state.deadline > now) continue;
    const Receipt expired{.outcome = Outcome::expired, .at = state.deadline};
    for (PackedReceipt& packed : state.receipts) {
      if (!packed.is_final()) end(id, state, packed, expired);
    }
  }
}

void OpenMessages::end(MessageId id, State& state, PackedReceipt& packed, const Receipt& receipt) {
  packed = PackedReceipt(receipt, state.created, /*stored=*/false);
  --state.open;
  if (state.changed) return;
  state.changed = true;
  changed_.push_back(id);
}

void OpenMessages::fold(Disk::Batch& batch) const {
  for (const MessageId id : changed_) {
    const State& state = messages_.at(id);
    fold_chunks(id, state, batch);
    if (state.open > 0) continue;
    batch.erase_single(Family::open, schema::key_of(id));
    batch.erase(Family::payloads, schema::key_of(id));
  }
}

void OpenMessages::fold_chunks(MessageId id, const State& state, Disk::Batch& batch) {
  const std::size_t recipients = state.receipts.size();
  for (std::size_t first = 0; first < recipients; first += schema::receipts_per_chunk) {
    const std::size_t count = std::min(schema::receipts_per_chunk, recipients - first);
    const std::span chunk(state.receipts.data() + first, count);
    if (std::ranges::none_of(chunk, &PackedReceipt::is_unstored)) continue;
    batch.put(Family::receipts, schema::chunk_key(id, first / schema::receipts_per_chunk),
              schema::chunk_of(unpack(state, first, count), state.created));
  }
}

void OpenMessages::folded() {
  for (const MessageId id : changed_) {
    const auto found = messages_.find(id);
    State& state = found->second;
    if (state.open == 0) {
      messages_.erase(found);
      continue;
    }
    state.changed = false;
    std::ranges::for_each(state.receipts, &PackedReceipt::set_stored);
  }
  unsynced_.insert(changed_.begin(), changed_.end());
  changed_.clear();
}

bool OpenMessages::is_safe(MessageId id) const {
  const auto found = messages_.find(id);
  return (found == messages_.end() || !found->second.changed) && !unsynced_.contains(id);
}

std::optional<std::vector<Receipt>> OpenMessages::receipts_of(MessageId id) const {
  const auto found = messages_.find(id);
  if (found == messages_.end()) return std::nullopt;
  return unpack(found->second, 0, found->second.receipts.size());
}

std::vector<Receipt> OpenMessages::unpack(const State& state, std::size_t first,
                                          std::size_t count) {
  std::vector<Receipt> receipts;
  receipts.reserve(count);
  for (std::size_t i = first; i < first + count; ++i) {
    receipts.push_back(state.receipts[i].unpack(state.created));
  }
  return receipts;
}

}  // namespace herald
