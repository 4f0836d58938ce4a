#include "api/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/names.h"

namespace herald::api {
namespace {

constexpr std::chrono::hours china_standard_time{8};

struct Civil {
  explicit Civil(Time time)
      : day(std::chrono::floor<std::chrono::days>(time)),
        of_day(time - std::chrono::floor<std::chrono::days>(time)) {}
  std::chrono::year_month_day day;
  std::chrono::hh_mm_ss<Milliseconds> of_day;

  // `2024-05-20`, then `between`, then `12:00:00`.
  std::string text(char between) const {
    return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                       between, of_day.hours().count(), of_day.minutes().count(),
                       of_day.seconds().count());
  }
};

}  // namespace

std::optional<Time> parse_timestamp(std::string_view text) {
  constexpr std::string_view shape = "0000-00-00T00:00:00Z";
  const bool fits = std::ranges::equal(text, shape, [](char given, char wanted) {
    return wanted == '0' ? given >= '0' && given <= '9' : given == wanted;
  });
  if (!fits) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (const char c : text.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

std::string timestamp_text(Time time) { return Civil(time).text('T') + 'Z'; }

std::string gmt_date_text(Time time) {
  constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil civil(time);
  const std::chrono::weekday weekday{std::chrono::sys_days(civil.day)};
  return fmt::format("{}, {:02}-{}-{:04} {:02}:{:02}:{:02} GMT", days.at(weekday.c_encoding()),
                     static_cast<unsigned>(civil.day.day()),
                     months.at(static_cast<unsigned>(civil.day.month()) - 1),
                     static_cast<int>(civil.day.year()), civil.of_day.hours().count(),
                     civil.of_day.minutes().count(), civil.of_day.seconds().count());
}

std::string utc_text(Time time) {
  const Civil civil(time);
  return fmt::format("{}.{:03}Z", civil.text('T'), civil.of_day.subseconds().count());
}

std::string gmt_text(Time time) { return Civil(time + china_standard_time).text(' '); }

}  // namespace herald::api
