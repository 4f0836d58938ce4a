#include "app/device_rows.h"

#include <gmock/gmock.h>

namespace herald::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(DeviceRows, ColumnsComeInAnyOrder) {
  const auto columns = DeviceColumns::parse({"Line", "DeviceName", "Nickname", "ProductKey"});
  ASSERT_TRUE(columns);
  const auto row = columns->row(7, {"3", "lamp1", "Lamp", "a1"});
  ASSERT_TRUE(row);
  EXPECT_THAT(fields_of(*row), ElementsAre("a1", "", "lamp1", "", "Lamp"));
  EXPECT_EQ(row->line, 7u);
  EXPECT_THAT(columns->row(8, {"a1"}).error().detail, HasSubstr("1 fields, not 4"));
}

TEST(DeviceRows, TheHeadingIsChecked) {
  const auto why = [](const std::vector<std::string>& heading) {
    return DeviceColumns::parse(heading).error().detail;
  };
  EXPECT_THAT(why({"ProductKey", "Name"}), HasSubstr("no column 'Name'"));
  EXPECT_THAT(why({"ProductKey", "ProductKey"}), HasSubstr("twice"));
  EXPECT_THAT(why({"ProductKey"}), HasSubstr("at least"));
}

TEST(DeviceRows, WhatNobodyCanHaveIsToldWhy) {
  const DeviceRow good{.product_key = "a1", .device_name = "lamp1"};
  EXPECT_EQ(fault_of(good), "");
  const auto with = [&](std::string DeviceRow::* field, std::string value) {
    DeviceRow row = good;
    row.*field = std::move(value);
    return fault_of(row);
  };
  EXPECT_THAT(with(&DeviceRow::product_key, ""), HasSubstr("ProductKey"));
  EXPECT_THAT(with(&DeviceRow::device_name, "abc"), HasSubstr("DeviceName"));
  EXPECT_THAT(with(&DeviceRow::device_secret, "with space"), HasSubstr("DeviceSecret"));
  EXPECT_THAT(with(&DeviceRow::nickname, "\xff"), HasSubstr("no text"));
  EXPECT_THAT(with(&DeviceRow::nickname, std::string(65, 'x')), HasSubstr("too long"));
}

}  // namespace
}  // namespace herald::app
