#include "app/device_rows.h"

#include <algorithm>

#include "api/text.h"
#include "base/utf8.h"
#include "model/names.h"

namespace herald::app {
namespace {

// Secrets are what devices hash: printable ASCII without spaces.
bool is_secret(std::string_view text) {
  constexpr std::size_t size_max = 128;
  return text.size() <= size_max &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string& field_of(DeviceRow& row, std::size_t column) {
  constexpr std::array members = {&DeviceRow::product_key, &DeviceRow::product_secret,
                                  &DeviceRow::device_name, &DeviceRow::device_secret,
                                  &DeviceRow::nickname};
  return row.*members[column];
}

}  // namespace

std::array<std::string_view, 5> fields_of(const DeviceRow& row) {
  return {row.product_key, row.product_secret, row.device_name, row.device_secret, row.nickname};
}

Result<DeviceColumns> DeviceColumns::parse(const std::vector<std::string>& heading) {
  DeviceColumns columns;
  columns.width_ = heading.size();
  for (std::size_t i = 0; i < heading.size(); ++i) {
    if (heading[i] == "Line" || heading[i] == "Reason") continue;
    const auto known = std::ranges::find(device_columns, heading[i]);
    if (known == device_columns.end()) {
      return fail(Code::malformed, "there is no column '" + heading[i].substr(0, 64) +
                                       "': they are ProductKey, ProductSecret, DeviceName, "
                                       "DeviceSecret and Nickname");
    }
    auto& place = columns.places_[static_cast<std::size_t>(known - device_columns.begin())];
    if (place) return fail(Code::malformed, "the column " + heading[i] + " is there twice");
    place = i;
  }
  if (!columns.places_[0] || !columns.places_[2]) {
    return fail(Code::malformed,
                "the first line has to name the columns, at least ProductKey and "
                "DeviceName");
  }
  return columns;
}

Result<DeviceRow> DeviceColumns::row(std::size_t line, std::vector<std::string> fields) const {
  if (fields.size() != width_) {
    return fail(Code::malformed, "it has " + std::to_string(fields.size()) + " fields, not " +
                                     std::to_string(width_));
  }
  DeviceRow row{.line = line};
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i]) field_of(row, i) = std::move(fields[*places_[i]]);
  }
  return row;
}

std::string fault_of(const DeviceRow& row) {
  if (!ProductKey::fits(row.product_key)) return "the ProductKey is malformed";
  if (!DeviceName::fits(row.device_name)) return "the DeviceName is malformed";
  if (!is_secret(row.product_secret)) return "the ProductSecret is malformed";
  if (!is_secret(row.device_secret)) return "the DeviceSecret is malformed";
  if (!row.nickname.empty()) {
    if (!is_text(row.nickname)) return "the Nickname is no text";
    if (api::width(row.nickname) > 64) return "the Nickname is too long";
  }
  return {};
}

}  // namespace herald::app
