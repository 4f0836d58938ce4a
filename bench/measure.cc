#include "measure.h"

#include <time.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <functional>
#include <string>

namespace herald::bench {

void Histogram::add(std::chrono::nanoseconds duration) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  // Small values have buckets of their own; of others, the leading bits choose one.
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
  counts_[(static_cast<std::size_t>(shift) << precision_bits) + (value >> shift)] += 1;
  total_ += 1;
}

void Histogram::add(const Histogram& other) {
  std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus());
  total_ += other.total_;
}

double Histogram::quantile_us(double share) const {
  const double wanted = std::ceil(share * static_cast<double>(total_));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (counts_[i] == 0 || static_cast<double>(seen) < wanted) continue;
    constexpr std::size_t doubled = std::size_t{2} << precision_bits;
    const std::size_t shift = i < doubled ? 0 : (i >> precision_bits) - 1;
    const std::size_t leading = i - (shift << precision_bits);
    const double middle = static_cast<double>(leading) + (shift > 0 ? 0.5 : 0.0);
    return std::ldexp(middle, static_cast<int>(shift)) / 1e3;
  }
  return 0;
}

Result<std::chrono::nanoseconds> cpu_time(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return fail(Code::absent, "no process " + std::to_string(process));
  }
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

Result<std::size_t> resident_bytes(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) * 1024;
  }
  return fail(Code::absent, "no process " + std::to_string(process));
}

}  // namespace herald::bench
