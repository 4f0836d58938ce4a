#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "api/operation.h"
#include "base/counters.h"

namespace herald::api {

inline constexpr std::array<std::int64_t, 14> call_nanoseconds{
    500'000,       1'000'000,     2'500'000,     5'000'000,     10'000'000,
    25'000'000,    50'000'000,    100'000'000,   250'000'000,   500'000'000,
    1'000'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};

// How calls ended and how long they took, by operation. Any thread; nobody waits.
class CallCounts {
  struct Counts;

 public:
  // The operations outlive it.
  explicit CallCounts(std::span<const Operation> operations);
  ~CallCounts();

  // One call, from its request to its answer.
  class Call {
   public:
    // Until then it is of no operation: whatever strangers name makes no series.
    void is_of(std::string_view operation);
    void succeeded() { ended({}); }
    void failed(const Error& error) { ended(error.code); }

   private:
    friend CallCounts;
    explicit Call(CallCounts& all) : all_(&all) {}
    void ended(std::optional<Code> failure);
    CallCounts* all_;
    Counts* counts_ = nullptr;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  };
  Call begin() { return Call(*this); }

  // Operations that were called. The code of a row of errors, or `OK`; the operation is `none` for
  // requests that were refused before anybody knew whose they are.
  using CodeVisitor =
      std::function<void(std::string_view operation, std::string_view code, std::int64_t calls)>;
  void each_code(const CodeVisitor& visit) const;
  using DurationVisitor =
      std::function<void(std::string_view operation, const Distribution& nanoseconds)>;
  void each_duration(const DurationVisitor& visit) const;

 private:
  std::unordered_map<std::string_view, std::unique_ptr<Counts>> by_operation_;
};

}  // namespace herald::api
