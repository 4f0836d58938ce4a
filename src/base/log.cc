#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace herald::log {
namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("herald",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warning:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void set_level(Level least) { logger().set_level(level_of(least)); }

void write(Level level, std::string_view line) {
  logger().log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

bool Limited::due() {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
  std::int64_t last = second_.load(std::memory_order_relaxed);
  if (now > last && second_.compare_exchange_strong(last, now)) return true;
  left_out_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

std::string printable(std::string_view text, std::size_t size_max) {
  std::string safe;
  for (const char c : text.substr(0, size_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      safe += fmt::format("\\x{:02x}", byte);
    } else {
      safe.push_back(c);
    }
  }
  if (text.size() > size_max) safe += "…";
  return safe;
}

}  // namespace herald::log
