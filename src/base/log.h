#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

// The program's own log: one line per event on standard error, levels as in syslog. Never pass a
// secret, a signature or a payload.
namespace herald::log {

enum class Level : std::uint8_t { debug, info, warning, error };

void set_level(Level least);
void write(Level level, std::string_view line);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}

// Lines of one kind that strangers can cause: at most one a second, which tells how many were left
// out before it. Any thread.
class Limited {
 public:
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write_if_due(Level::info, [&] { return fmt::format(format, std::forward<Args>(args)...); });
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write_if_due(Level::warning, [&] { return fmt::format(format, std::forward<Args>(args)...); });
  }

 private:
  template <class Text>
  void write_if_due(Level level, Text text) {
    if (!due()) return;
    const auto left_out = left_out_.exchange(0);
    write(level,
          left_out == 0 ? text() : fmt::format("{} ({} like it left out)", text(), left_out));
  }
  bool due();  // Counts what is left out.
  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint64_t> left_out_{0};
};

// `text` made safe to stand in a log line: control characters escaped, cut at `size_max`.
std::string printable(std::string_view text, std::size_t size_max = 128);

}  // namespace herald::log
