#include "thing/alink.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "thing/json_text.h"

namespace herald::thing {
namespace {

TEST(Alink, ARequestIsReadHoweverSparse) {
  const AlinkRequest whole = parse_request(
      R"({"id":"123","version":"1.0","sys":{"ack":0},"params":{"a":1},"method":"thing.m"})");
  EXPECT_EQ(whole.id, "123");
  EXPECT_EQ(whole.method, "thing.m");
  EXPECT_FALSE(whole.wants_reply);
  EXPECT_EQ(print_json(whole.params), R"({"a":1})");
  EXPECT_TRUE(whole.fault.is_success());
  const AlinkRequest sparse = parse_request("{}");
  EXPECT_EQ(sparse.id, "");
  EXPECT_TRUE(sparse.wants_reply);
  EXPECT_TRUE(sparse.params.is_null());
  EXPECT_TRUE(sparse.fault.is_success());
}

TEST(Alink, IdsAreEchoedAsTheyAreWritten) {
  const auto echo = [](std::string_view payload) { return parse_request(payload).id; };
  EXPECT_EQ(echo(R"({"id":7})"), "7");
  EXPECT_EQ(echo(R"({"id":4294967296123})"), "4294967296123");
  EXPECT_EQ(echo(R"({"id":"ab|exp-topic|/x/y"})"), "ab|exp-topic|/x/y");
  EXPECT_EQ(echo(R"({"id":{}})"), "");
  EXPECT_EQ(parse_request(R"({"id":")" + std::string(2000, 'x') + "\"}").fault.code,
            alink_code::malformed);
}

TEST(Alink, OtherBytesHaveTheirCodes) {
  const auto code = [](std::string_view payload) { return parse_request(payload).fault.code; };
  EXPECT_EQ(code(""), alink_code::not_json);
  EXPECT_EQ(code("{"), alink_code::not_json);
  EXPECT_EQ(code("{} {}"), alink_code::not_json);
  EXPECT_EQ(code("\xff\xfe"), alink_code::not_json);
  EXPECT_EQ(code(std::string(100'000, '[')), alink_code::not_json);
  EXPECT_EQ(code("[]"), alink_code::malformed);
  EXPECT_EQ(code("null"), alink_code::malformed);
}

TEST(Alink, RepliesHaveANumberAsCodeATextAsIdAndAlwaysData) {
  const AlinkRequest request = parse_request(R"({"id":1})");
  EXPECT_EQ(print_reply(request, "thing.event.property.post", {}, boost::json::object()),
            R"({"code":200,"data":{},"id":"1","message":"success",)"
            R"("method":"thing.event.property.post","version":"1.0"})");
}

TEST(Alink, RequestsAreTextsThroughout) {
  EXPECT_EQ(print_request(5, "thing.service.Dim", boost::json::object{{"To", 30.0}}),
            R"({"method":"thing.service.Dim","id":"5","params":{"To":30.0},"version":"1.0"})");
}

TEST(Alink, AnswersOfDevicesAreReadOrAreNone) {
  const auto reply = parse_reply(R"({"id":"5","code":200,"data":{"From":3}})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->id, 5u);
  EXPECT_EQ(reply->code, 200);
  EXPECT_EQ(print_json(reply->data), R"({"From":3})");
  EXPECT_EQ(print_json(parse_reply(R"({"id":5,"code":"460"})")->data), "{}");
  for (const char* garbage : {"", "[]", "{}", R"({"id":"5"})", R"({"id":"5","code":{}})"}) {
    EXPECT_FALSE(parse_reply(garbage)) << garbage;
  }
  for (const char* other : {R"({"code":200})", R"({"id":"x","code":200})",
                            R"({"id":"-5","code":200})", R"({"id":"5000000000","code":200})"}) {
    EXPECT_FALSE(parse_reply(other)->id) << other;
  }
}

TEST(JsonText, NumbersKeepTheirDigits) {
  const auto again = [](std::string_view text) { return print_json(parse_json(text).value()); };
  for (const char* text : {"0.3", "36.6", "23.456789", "-0.1", "1234567890.125", "100000.0", "0.0",
                           "9007199254740993", "18446744073709551615", "1e+300", "5e-324"}) {
    EXPECT_EQ(again(text), text);
  }
  EXPECT_EQ(again("1e5"), "100000.0");
  EXPECT_EQ(again(R"([1.5,{"a":[2.25,"x"]},true,null])"), R"([1.5,{"a":[2.25,"x"]},true,null])");
  EXPECT_FALSE(parse_json("1e999"));
}

TEST(JsonText, TextsAreShownWithoutQuotes) {
  EXPECT_EQ(plain_text(parse_json(R"("on")").value()), "on");
  EXPECT_EQ(plain_text(parse_json("23.5").value()), "23.5");
  EXPECT_EQ(plain_text(parse_json(R"({"a": [1]})").value()), R"({"a":[1]})");
}

}  // namespace
}  // namespace herald::thing
