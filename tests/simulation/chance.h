#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace herald::simulation {

// All that is random in a simulation, from one seed: the same draws everywhere, since the standard
// library's distributions are its own business.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  // From 0 to before `bound`.
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(engine_() % bound); }
  // Both ends included.
  std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(below(static_cast<std::size_t>(most - least) + 1));
  }
  bool one_in(std::size_t count) { return below(count) == 0; }
  bool percent(std::size_t part) { return below(100) < part; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  // Mostly short, now and then long: how long things take.
  template <class Duration>
  Duration up_to(Duration usually, Duration at_most) {
    const Duration most = one_in(10) ? at_most : usually;
    return Duration(between(0, most.count()));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace herald::simulation
