#include "api/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace herald::api {
namespace {

using testing::ElementsAre;

Params parsed(std::string_view query, std::string_view form = "") {
  auto params = Params::parse(query, form);
  EXPECT_TRUE(params);
  return std::move(*params);
}

std::vector<std::string> names_of(const Params& params) {
  std::vector<std::string> names;
  for (const Parameter& each : params.sorted()) names.emplace_back(each.name);
  return names;
}

std::vector<std::string> values_of(const Result<std::vector<ListItem>>& items) {
  EXPECT_TRUE(items);
  std::vector<std::string> values;
  for (const ListItem& item : *items) values.emplace_back(item.value);
  return values;
}

TEST(Params, AreDecodedOnce) {
  const Params params = parsed("A=%2B%2525+x&%41b=%e4%B8%AD&empty=&bare");
  EXPECT_EQ(params.one("A").value(), "+%25 x");
  EXPECT_EQ(params.one("Ab").value(), "中");
  EXPECT_EQ(params.one("empty").value(), "");
  EXPECT_EQ(params.one("bare").value(), "");
  EXPECT_EQ(params.one("absent").value(), std::nullopt);
}

TEST(Params, BrokenEscapesAreRefused) {
  for (const char* query : {"a=%", "a=%4", "a=%4g", "%zz=1", "a=1&b=%%41"}) {
    EXPECT_EQ(Params::parse(query, "").error().code, Code::request_malformed) << query;
    EXPECT_EQ(Params::parse("", query).error().code, Code::request_malformed) << query;
  }
}

TEST(Params, AreSortedByTheBytesOfTheirNames) {
  EXPECT_THAT(names_of(parsed("b=1&a.2=1&Z=1", "a.10=1&A=1&&")),
              ElementsAre("A", "Z", "a.10", "a.2", "b"));
}

TEST(Params, TheQueryWinsOverTheForm) {
  const Params params = parsed("Qos=1", "Qos=0&Qos=2&Other=3");
  EXPECT_EQ(params.one("Qos").value(), "1");
  EXPECT_THAT(names_of(params), ElementsAre("Other", "Qos"));
}

TEST(Params, ANameMayNotOccurTwiceInOnePlace) {
  EXPECT_EQ(parsed("Qos=1&Qos=1").one("Qos").error().detail, "Qos");
  EXPECT_EQ(parsed("", "Qos=1&Qos=0").one("Qos").error().code, Code::invalid_parameter);
}

TEST(Params, TooManyAreRefused) {
  std::string query;
  for (std::size_t i = 0; i < Params::count_max; ++i) query += "a=&";
  EXPECT_TRUE(Params::parse(query, ""));
  EXPECT_EQ(Params::parse(query, "b=").error().code, Code::request_too_large);
}

TEST(Params, ListsAreInTheOrderOfTheirNumbers) {
  const Params params =
      parsed("D.1=a&D.10=d&D.2=b&DeviceNames.1=x&D=bare&Da.1=y", "D.7=c&D.1=lost");
  EXPECT_THAT(values_of(params.list("D")), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(values_of(params.list("E")), ElementsAre());
}

TEST(Params, ListsMayHaveMembers) {
  const Params params = parsed("Tag.2.TagKey=k2&Tag.1.TagValue=v&Tag.1.TagKey=k");
  const auto items = params.list("Tag");
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 3u);
  EXPECT_EQ((*items)[0].member, "TagKey");
  EXPECT_EQ((*items)[1].member, "TagValue");
  EXPECT_EQ((*items)[2].index, 2u);
}

TEST(Params, StrangeIndicesAreRefused) {
  for (const char* query : {"D.0=a", "D.01=a", "D.=a", "D.x=a", "D.-1=a", "D.1=a&D.1=b", "D.1.=a",
                            "D.99999999999=a", "D.1x=a", "D.+1=a", "D.1.k=a&D.1.k=b"}) {
    const auto items = parsed(query).list("D");
    ASSERT_FALSE(items) << query;
    EXPECT_EQ(items.error().code, Code::invalid_parameter);
    EXPECT_EQ(items.error().detail, "D");
  }
}

}  // namespace
}  // namespace herald::api
