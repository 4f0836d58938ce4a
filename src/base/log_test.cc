#include "base/log.h"

#include <gtest/gtest.h>

namespace herald::log {
namespace {

TEST(Log, FieldsStandInTheTextAndByThemselves) {
  const Line made = line("message {} of call {}: {}", message_id(7), request_id("A-1"), "gone");
  EXPECT_EQ(made.text, "message 7 of call A-1: gone");
  EXPECT_EQ(json_members(made),
            R"("message":"message 7 of call A-1: gone","MessageId":"7","RequestId":"A-1")");
}

TEST(Log, JsonTakesAnyBytes) {
  EXPECT_EQ(json_members({"a \"b\" \\ \x01 \xff 中\nc", {}}),
            R"("message":"a \"b\" \\ ? ? 中\nc")");
  EXPECT_EQ(json_members({"", {{"RequestId", "\"\xc3"}}}), R"("message":"","RequestId":"\"?")");
}

TEST(Log, PrintableTextKeepsUtf8AndEscapesOtherBytes) {
  EXPECT_EQ(printable("lamp 中"), "lamp 中");
  EXPECT_EQ(printable("a\nb\xff\x7f"), R"(a\x0ab\xff\x7f)");
  EXPECT_EQ(printable("\xc2\x85"), R"(\xc2\x85)");  // A control character of two bytes.
  EXPECT_EQ(printable("abcdef", 3), "abc…");
}

}  // namespace
}  // namespace herald::log
