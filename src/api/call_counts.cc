#include "api/call_counts.h"

#include <map>
#include <string>

#include "api/errors.h"

namespace herald::api {
namespace {

constexpr std::string_view no_operation = "none";
constexpr std::size_t codes = static_cast<std::size_t>(Code::absent) + 1;

}  // namespace

// An answer may come on any thread. Even so there is one call for many deliveries, and threads
// hardly ever meet here.
struct CallCounts::Counts {
  SharedTally successes;
  std::array<SharedTally, codes> failures;
  Histogram<SharedTally, call_nanoseconds> duration;
};

CallCounts::CallCounts(std::span<const Operation> operations) {
  for (const Operation& operation : operations) {
    by_operation_.emplace(operation.name, std::make_unique<Counts>());
  }
  by_operation_.emplace(no_operation, std::make_unique<Counts>());
}

CallCounts::~CallCounts() = default;

void CallCounts::Call::is_of(std::string_view operation) {
  const auto at = all_->by_operation_.find(operation);
  if (at != all_->by_operation_.end()) counts_ = at->second.get();
}

void CallCounts::Call::ended(std::optional<Code> failure) {
  Counts& counts = counts_ != nullptr ? *counts_ : *all_->by_operation_.at(no_operation);
  (failure ? counts.failures[static_cast<std::size_t>(*failure)] : counts.successes).add();
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - start_;
  counts.duration.observe(took.count());
}

void CallCounts::each_code(const CodeVisitor& visit) const {
  for (const auto& [operation, counts] : by_operation_) {
    // Several of our codes may be one to callers.
    std::map<std::string_view, std::int64_t> calls;
    if (const auto good = counts->successes.value(); good > 0) calls["OK"] = good;
    for (std::size_t code = 0; code < codes; ++code) {
      const auto failed = counts->failures[code].value();
      if (failed > 0) calls[row_of(static_cast<Code>(code)).name] += failed;
    }
    for (const auto& [code, count] : calls) visit(operation, code, count);
  }
}

void CallCounts::each_duration(const DurationVisitor& visit) const {
  for (const auto& [operation, counts] : by_operation_) {
    const Distribution read = counts->duration.read();
    const bool called = std::ranges::any_of(read.counts, [](auto count) { return count > 0; });
    if (called) visit(operation, read);
  }
}

}  // namespace herald::api
