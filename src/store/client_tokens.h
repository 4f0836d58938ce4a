#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "model/message.h"
#include "store/disk.h"
#include "store/schema.h"

namespace herald {

// An append that is to happen once: the place of its token, and what it asks for.
struct TokenClaim {
  std::string key;
  std::string asked_for;
};
// Computed by the caller's thread: the committer only compares.
TokenClaim claim_of(const ClientToken& token, const Message& message);

// Which message each token stands for. The committer alone looks and writes, so that of two calls
// that come together the second finds what the first has put, in the same batch as well.
class ClientTokens {
 public:
  ClientTokens(const Disk& disk, const Clock& clock) : disk_(disk), clock_(clock) {}

  // The message that was kept for the same; none: the token is free. Errors: idempotent_mismatch;
  // refused (it cannot be looked up).
  std::optional<Result<MessageId>> find(const TokenClaim& claim) const;
  void put(const TokenClaim& claim, MessageId message, Disk::Batch& batch);
  // The batch was written, or given up: from here on only the disk counts.
  void settled() { in_batch_.clear(); }

 private:
  Result<std::optional<schema::TokenUse>> use_of(const std::string& key) const;

  const Disk& disk_;
  const Clock& clock_;
  std::unordered_map<std::string, schema::TokenUse> in_batch_;
};

}  // namespace herald
