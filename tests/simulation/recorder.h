#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>

#include "crash/checker.h"
#include "crash/history.h"
#include "timeline.h"

namespace herald::simulation {

// Takes what callers and devices see, in the words of crash/history.h, and holds it to what is
// promised as it goes.
class Recorder {
 public:
  // `out` may be null.
  Recorder(const Timeline& timeline, const crash::Checker::Options& options, std::ostream* out)
      : timeline_(timeline), checker_(options), out_(out) {}

  template <class Kind>
  void write(Kind event) {
    if constexpr (requires { event.at; }) {
      event.at = std::chrono::duration_cast<Micros>(timeline_.now().time_since_epoch()).count();
    }
    const crash::Event taken(std::move(event));
    const std::string line = to_line(taken);
    hash_ = hash_ * 31 + crash::payload_hash(line);
    if (out_ != nullptr) *out_ << line << '\n';
    checker_.take(taken);
  }

  crash::Checker& checker() { return checker_; }
  // Of all that was written.
  std::uint64_t hash() const { return hash_; }

 private:
  const Timeline& timeline_;
  crash::Checker checker_;
  std::ostream* out_;
  std::uint64_t hash_ = 0;
};

}  // namespace herald::simulation
