#pragma once

#include <fmt/format.h>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The program's own log: one line per event on standard error, levels as in syslog. Never pass a
// secret, a signature or a payload. Any thread.
namespace herald::log {

enum class Level : std::uint8_t { debug, info, warning, error };
// A text for people, or one JSON object with time, level, message and fields.
enum class Format : std::uint8_t { human, json };

void set_level(Level least);
void set_format(Format format);  // While there is one thread.

// An argument that stands in the text as any other and is also a field of the JSON object.
struct Field {
  std::string_view name;
  std::string value;
};
// What ties a line to a call, and to a message.
inline Field request_id(std::string_view id) { return {"RequestId", std::string(id)}; }
inline Field message_id(std::uint64_t id) { return {"MessageId", std::to_string(id)}; }

struct Line {
  std::string text;
  std::vector<Field> fields;
};
void write(Level level, const Line& line);

template <class... Args>
Line line(fmt::format_string<Args...> format, Args&&... args) {
  Line made;
  [[maybe_unused]] const auto note = [&made]<class T>(const T& arg) {
    if constexpr (std::same_as<T, Field>) made.fields.push_back(arg);
  };
  (note(args), ...);
  made.text = fmt::format(format, std::forward<Args>(args)...);
  return made;
}

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, line(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, line(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, line(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, line(format, std::forward<Args>(args)...));
}

// Lines of one kind that strangers can cause: at most one a second, which tells how many were left
// out before it. Any thread.
class Limited {
 public:
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    write_if_due(Level::info, [&] { return line(format, std::forward<Args>(args)...); });
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    write_if_due(Level::warning, [&] { return line(format, std::forward<Args>(args)...); });
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    write_if_due(Level::error, [&] { return line(format, std::forward<Args>(args)...); });
  }

 private:
  template <class Make>
  void write_if_due(Level level, Make make) {
    if (!due()) return;
    Line made = make();
    const auto left_out = left_out_.exchange(0);
    if (left_out != 0) made.text += fmt::format(" ({} like it left out)", left_out);
    write(level, made);
  }
  bool due();  // Counts what is left out.
  std::atomic<std::int64_t> second_{0};
  std::atomic<std::uint64_t> left_out_{0};
};

// `text` made safe to stand in a log line: what is no UTF-8 and control characters escaped byte by
// byte, cut at `size_max`.
std::string printable(std::string_view text, std::size_t size_max = 128);

// What a line is in JSON behind its time and level: `"message":"…","RequestId":"…"`. Bytes that are
// no UTF-8 become question marks.
std::string json_members(const Line& line);

}  // namespace herald::log

template <>
struct fmt::formatter<herald::log::Field> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const herald::log::Field& field, Context& context) const {
    return fmt::formatter<std::string_view>::format(field.value, context);
  }
};
