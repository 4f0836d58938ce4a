#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/message.h"
#include "store/disk.h"

namespace herald {

// The state of every open message at each of its recipients, six bytes each, and which of it the
// disk does not know yet. Receipts are folded into it as they come; the disk is told now and then,
// and once more when a message is finished, which then leaves. One thread.
class OpenMessages {
 public:
  // `receipts` are those that the disk knows; none for a new message.
  void add(const Message& message, std::span<const Receipt> receipts = {});

  // The first end state of a recipient stands. Receipts of unknown messages are ignored.
  void apply(const ReceiptOf& receipt);
  // Ends whoever is still open at a deadline that has passed.
  void expire(Time now);

  bool changed() const { return !changed_.empty(); }
  // Puts all changes into the batch. Call folded() when they are on the disk; fold() puts the same
  // again until then.
  void fold(Disk::Batch& batch) const;
  void folded();
  // What was folded is safe from a power cut.
  void synced() { unsynced_.clear(); }

  // None when the message is not open, or was never known: then the disk knows all about it.
  std::optional<std::vector<Receipt>> receipts_of(MessageId id) const;
  // Whether a crash would leave the message's receipts as they are.
  bool is_safe(MessageId id) const;
  std::size_t size() const { return messages_.size(); }

 private:
  // Milliseconds since the message's creation in 32 bits, which is 49 days.
  class PackedReceipt {
   public:
    PackedReceipt() = default;
    PackedReceipt(const Receipt& receipt, Time created, bool stored);
    Receipt unpack(Time created) const;
    bool is_final() const { return herald::is_final(outcome()); }
    bool is_unstored() const { return (state_ & unstored) != 0; }
    void set_stored() { state_ &= static_cast<std::uint16_t>(~unstored); }

   private:
    static constexpr std::uint16_t unstored = 0x8000;
    Outcome outcome() const { return static_cast<Outcome>(state_ & 0xfU); }

    std::uint16_t state_ = 0;  // Outcome in 4 bits, reason in 8, and the flag.
    std::array<std::uint16_t, 2> after_{};
  };
  static_assert(sizeof(PackedReceipt) == 6);

  struct State {
    Time created;
    Time deadline;
    std::uint32_t open = 0;  // Recipients without an end state.
    bool changed = false;    // Stands in changed_.
    std::vector<PackedReceipt> receipts;
  };

  void end(MessageId id, State& state, PackedReceipt& packed, const Receipt& receipt);
  static std::vector<Receipt> unpack(const State& state, std::size_t first, std::size_t count);
  static void fold_chunks(MessageId id, const State& state, Disk::Batch& batch);

  std::unordered_map<MessageId, State> messages_;
  std::vector<MessageId> changed_;
  std::unordered_set<MessageId> unsynced_;  // Folded since the last sync.
};

}  // namespace herald
