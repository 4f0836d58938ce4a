#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>

#include "base/utf8.h"

namespace herald::log {
namespace {

// %v is the text of a line, or its members in JSON.
constexpr const char* human_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
constexpr const char* json_pattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";

std::atomic<Format> chosen{Format::human};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("herald",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(human_pattern, spdlog::pattern_time_type::utc);
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

std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : made_text(bytes)) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text += c == '\n' ? std::string_view("\\n") : std::string_view(&c, 1);
  }
  return text + '"';
}

}  // namespace

void set_level(Level least) { logger().set_level(level_of(least)); }

void set_format(Format format) {
  chosen = format;
  logger().set_pattern(format == Format::json ? json_pattern : human_pattern,
                       spdlog::pattern_time_type::utc);
}

void write(Level level, const Line& line) {
  if (!logger().should_log(level_of(level))) return;
  const std::string shown = chosen == Format::json ? json_members(line) : line.text;
  logger().log(level_of(level), spdlog::string_view_t(shown.data(), shown.size()));
}

std::string json_members(const Line& line) {
  std::string members = "\"message\":" + quoted(line.text);
  for (const Field& field : line.fields) {
    members += ',' + quoted(field.name) + ':' + quoted(field.value);
  }
  return members;
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
  std::string_view rest = text.substr(0, size_max);
  const std::size_t plain = plain_size(rest);
  std::string safe(rest.substr(0, plain));
  for (rest.remove_prefix(plain); !rest.empty();) {
    std::string_view behind = rest;
    const std::size_t size = take_code_point(behind) ? rest.size() - behind.size() : 1;
    const std::string_view one = rest.substr(0, size);
    if (is_text(one)) {
      safe += one;
    } else {
      for (const char c : one) safe += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    rest.remove_prefix(size);
  }
  if (text.size() > size_max) safe += "…";
  return safe;
}

}  // namespace herald::log
