#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace herald {
namespace {

TEST(Utf8, ATextHasNoControlCharacters) {
  EXPECT_TRUE(is_text(""));
  EXPECT_TRUE(is_text("abc ~ é 中 😀"));
  for (const char* bytes :
       {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",
        "a\nb", "\x7f", "\xc2\x85", "\xf0\x9f\x98"}) {
    EXPECT_FALSE(is_text(bytes)) << bytes;
  }
  EXPECT_FALSE(is_text(std::string_view("\0", 1)));
}

TEST(Utf8, PlainTextEndsBeforeTheFirstOtherByte) {
  for (int code = 0; code < 256; ++code) {
    for (std::size_t before = 0; before < 20; ++before) {
      const std::string text = std::string(before, '~') + static_cast<char>(code) + "          ";
      const bool plain = code >= 0x20 && code < 0x7f;
      EXPECT_EQ(plain_size(text), plain ? text.size() : before) << code;
    }
  }
}

TEST(Utf8, ATextIsMadeOfAnyBytes) {
  EXPECT_EQ(made_text("a\xff\xe4\xb8\xad\xe4\xb8\x01\nb"), "a?中???\nb");
}

}  // namespace
}  // namespace herald
