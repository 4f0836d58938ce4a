#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

// The program's own log: one line per event on standard error, levels as in syslog. Never pass a
// secret, a signature or a payload.
namespace herald::log {

enum class Level { debug, info, warning, error };

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

// `text` made safe to stand in a log line: control characters escaped, cut at `size_max`.
std::string printable(std::string_view text, std::size_t size_max = 128);

}  // namespace herald::log
