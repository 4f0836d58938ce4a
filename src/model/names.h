#pragma once

#include <algorithm>
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace herald {

// A checked name. Holding one proves that it was checked, so nobody checks it again.
template <class Rule>
class Name {
 public:
  static bool fits(std::string_view text) {
    return text.size() >= Rule::size_min && text.size() <= Rule::size_max &&
           std::ranges::all_of(text, Rule::allows);
  }
  static Result<Name> parse(std::string_view text) {
    if (text.empty()) return fail(Rule::when_empty);
    if (!fits(text)) return fail(Rule::when_malformed, std::string(text.substr(0, 64)));
    return Name(std::string(text));
  }

  const std::string& text() const { return text_; }
  std::string_view view() const { return text_; }
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

constexpr bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_one_of(std::string_view set, char c) { return set.find(c) != set.npos; }

// device-mqtt.md, section 2: at most 20 characters in the buffers of the device SDKs.
struct ProductKeyRule {
  static constexpr Code when_empty = Code::product_key_empty;
  static constexpr Code when_malformed = Code::product_key_malformed;
  static constexpr std::size_t size_min = 1, size_max = 20;
  static constexpr bool allows(char c) { return is_letter_or_digit(c) || is_one_of("-_", c); }
};
using ProductKey = Name<ProductKeyRule>;

// device-mqtt.md, section 2.
struct DeviceNameRule {
  static constexpr Code when_empty = Code::device_name_empty;
  static constexpr Code when_malformed = Code::device_name_malformed;
  static constexpr std::size_t size_min = 4, size_max = 32;
  static constexpr bool allows(char c) { return is_letter_or_digit(c) || is_one_of("-_@.:", c); }
};
using DeviceName = Name<DeviceNameRule>;

// operations.md, conventions: `iot-…` and the older `iot_instc_…`.
struct InstanceIdRule {
  static constexpr Code when_empty = Code::instance_not_found;
  static constexpr Code when_malformed = Code::instance_not_found;
  static constexpr std::size_t size_min = 1, size_max = 64;
  static constexpr bool allows(char c) { return is_letter_or_digit(c) || is_one_of("-_*", c); }
};
using InstanceId = Name<InstanceIdRule>;

}  // namespace herald

template <class Rule>
struct std::hash<herald::Name<Rule>> {
  std::size_t operator()(const herald::Name<Rule>& name) const noexcept {
    return std::hash<std::string_view>{}(name.view());
  }
};
