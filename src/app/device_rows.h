#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Devices as files carry them from platform to platform.
namespace herald::app {

struct DeviceRow {
  std::size_t line = 0;  // Of the file.
  std::string product_key;
  std::string product_secret;
  std::string device_name;
  std::string device_secret;
  std::string nickname;
};

// The columns of DeviceRow, in its order.
constexpr std::array<std::string_view, 5> device_columns = {
    "ProductKey", "ProductSecret", "DeviceName", "DeviceSecret", "Nickname"};
std::array<std::string_view, 5> fields_of(const DeviceRow& row);

// Where a file has which column, as its first line says: in any order, and without those that
// nobody needs. `Line` and `Reason`, of rows that were refused before, are passed over.
class DeviceColumns {
 public:
  // Errors: malformed.
  static Result<DeviceColumns> parse(const std::vector<std::string>& heading);
  // Errors: malformed (another number of fields than the first line has).
  Result<DeviceRow> row(std::size_t line, std::vector<std::string> fields) const;

 private:
  std::size_t width_ = 0;
  std::array<std::optional<std::size_t>, device_columns.size()> places_;
};

// Why nobody can have this device; empty: somebody can.
std::string fault_of(const DeviceRow& row);

}  // namespace herald::app
