#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// What RAM policies say: openapi-gateway.md, section 8.
namespace herald {

class Policy {
 public:
  // Of at most 6,144 bytes. Errors: ram_policy_malformed, with what is wrong.
  static Result<Policy> parse(std::string_view document);

  enum class Verdict : std::uint8_t { silent, allowed, denied };
  // Of an action such as `iot:BatchPub`. Deny beats Allow.
  Verdict verdict(std::string_view action) const;

 private:
  struct Statement {
    bool allows = false;
    bool is_not = false;  // NotAction: all but these.
    std::vector<std::string> actions;
    // Of which it reaches everything, by its Resource and without a Condition.
    std::vector<std::string> services;
  };
  std::vector<Statement> statements_;
};

// Of all that are attached to one caller: nothing that allows means no.
bool allows(std::span<const Policy* const> policies, std::string_view action);

// Who may assume a role.
class TrustPolicy {
 public:
  // Errors: ram_policy_malformed.
  static Result<TrustPolicy> parse(std::string_view document);

  // Of all names of one caller: `acs:ram::1234567890123456:user/alice`, and `…:root` for whoever is
  // of the account. One that is denied outweighs the others.
  bool trusts(std::span<const std::string> names) const;

 private:
  std::vector<std::string> allowed_;
  std::vector<std::string> denied_;
};

struct SystemPolicy {
  std::string_view name;
  std::string_view description;
  std::string_view document;
};
std::span<const SystemPolicy> system_policies();

}  // namespace herald
