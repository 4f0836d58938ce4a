#include "mqtt/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace herald::mqtt {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, AcceptsTheEndsOfEveryRange) {
  for (const auto text :
       {""sv, "\x01"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
        "\xEE\x80\x80"sv, "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(is_text(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, AcceptsTheByteOrderMark) { EXPECT_TRUE(is_text("\xEF\xBB\xBF")); }  // [MQTT-1.5.3-3]

TEST(Utf8, RefusesTheNullCharacter) { EXPECT_FALSE(is_text("a\0b"sv)); }

TEST(Utf8, RefusesSurrogates) {
  EXPECT_FALSE(is_text("\xED\xA0\x80"));
  EXPECT_FALSE(is_text("\xED\xBF\xBF"));
}

TEST(Utf8, RefusesOverlongForms) {
  for (const auto text : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF"}) {
    EXPECT_FALSE(is_text(text)) << testing::PrintToString(text);
  }
}

TEST(Utf8, RefusesWhatIsBeyondUnicode) {
  EXPECT_FALSE(is_text("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_text("\xF5\x80\x80\x80"));
}

TEST(Utf8, RefusesCharactersThatAreCutShort) {
  const std::string four = "\xF1\x80\x80\x80";
  for (std::size_t size = 1; size < four.size(); ++size) {
    EXPECT_FALSE(is_text(four.substr(0, size))) << size;
    EXPECT_FALSE(is_text(four.substr(0, size) + "a")) << size;
  }
}

TEST(Utf8, RefusesAContinuationAlone) { EXPECT_FALSE(is_text("a\x80")); }

}  // namespace
}  // namespace herald::mqtt
