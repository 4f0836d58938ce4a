#include "core/shadow_rules.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace herald::shadow {
namespace {

namespace json = boost::json;

constexpr Time now = time_of(1'700'000'000'999);

// A shadow that messages come to one after the other.
class ShadowRulesTest : public ::testing::Test {
 protected:
  // The error code of the reply to a device; empty: success.
  std::string tell(std::string_view message) {
    Answer answer = answer_device(document_, message, now);
    reply_ = json::parse(answer.reply).as_object();
    EXPECT_EQ(reply_.at("method"), "reply");
    EXPECT_EQ(reply_.at("timestamp"), 1'700'000'000);
    const json::object& payload = reply_.at("payload").as_object();
    if (payload.at("status") == "error") {
      EXPECT_FALSE(answer.document);
      EXPECT_NE(payload.at("content").at("errormessage").as_string(), "");
      return std::string(payload.at("content").at("errorcode").as_string());
    }
    EXPECT_EQ(payload.at("status"), "success");
    if (answer.document) document_ = *answer.document;
    return "";
  }
  // What the device is told that an application changed; empty and `error_` where it did not.
  std::string want(std::string_view message, bool merge = false) {
    auto made = change(document_, message, merge, now);
    if (!made) {
      error_ = made.error().code;
      return "";
    }
    document_ = made->document;
    return made->push;
  }
  Code refused(std::string_view message) {
    EXPECT_EQ(want(message), "") << message;
    return error_;
  }
  std::string state() const { return json::serialize(json::parse(shown(document_)).at("state")); }
  std::string metadata() const {
    return json::serialize(json::parse(shown(document_)).at("metadata"));
  }
  std::int64_t version() const { return json::parse(shown(document_)).at("version").as_int64(); }

  static std::string reported(const std::string& attributes, std::int64_t version) {
    return R"({"method":"update","state":{"reported":)" + attributes + R"(},"version":)" +
           std::to_string(version) + "}";
  }
  static std::string desired(const std::string& attributes, std::int64_t version) {
    return R"({"method":"update","state":{"desired":)" + attributes + R"(},"version":)" +
           std::to_string(version) + "}";
  }
  static std::string many(std::size_t count) {
    std::string text = "{";
    for (std::size_t i = 0; i < count; ++i) {
      text += (i ? ",\"a" : "\"a") + std::to_string(i) + "\":1";
    }
    return text + "}";
  }

  std::string document_;
  json::object reply_;
  Code error_{};
};

// Devices.

TEST_F(ShadowRulesTest, AReportIsMergedAndStamped) {
  EXPECT_EQ(tell(reported(R"({"color":"red","list":[1,2]})", 1)), "");
  EXPECT_EQ(json::serialize(reply_.at("payload")), R"({"status":"success","version":1})");
  EXPECT_EQ(tell(reported(R"({"list":[3],"on":true})", 2)), "");
  EXPECT_EQ(state(), R"({"reported":{"color":"red","list":[3],"on":true}})");
  EXPECT_EQ(metadata(), R"({"reported":{"color":{"timestamp":1700000000},)"
                        R"("list":{"timestamp":1700000000},"on":{"timestamp":1700000000}}})");
  EXPECT_EQ(version(), 2);
}

TEST_F(ShadowRulesTest, ObjectsAreMergedAttributeByAttribute) {
  tell(reported(R"({"rgb":{"r":1,"g":2}})", 1));
  tell(reported(R"({"rgb":{"g":3}})", 2));
  EXPECT_EQ(state(), R"({"reported":{"rgb":{"r":1,"g":3}}})");
}

TEST_F(ShadowRulesTest, NumbersKeepTheirDigits) {
  const std::string numbers = R"({"t":23.5,"x":0.1,"long":2.3333333333333335,"whole":7})";
  EXPECT_EQ(tell(reported(numbers, 1)), "");
  EXPECT_NE(document_.find(numbers), document_.npos) << document_;
  EXPECT_EQ(shown(document_), document_);
  EXPECT_NE(want(desired(numbers, 2)).find(numbers), std::string::npos);
  EXPECT_EQ(tell(reported(R"({"t":1e999})", 3)), "400");
}

TEST_F(ShadowRulesTest, AVersionHasToGrow) {
  EXPECT_EQ(tell(reported(R"({"on":1})", 0)), "409") << "the first is above 0";
  EXPECT_EQ(tell(reported(R"({"on":1})", 1'700'000'000'000)), "");
  EXPECT_EQ(tell(reported(R"({"on":2})", 1'700'000'000'000)), "409");
  EXPECT_EQ(tell(reported(R"({"on":2})", -2)), "409");
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
  EXPECT_EQ(version(), 1'700'000'000'000);
}

TEST_F(ShadowRulesTest, MinusOneBeginsAnew) {
  tell(reported(R"({"on":1})", 9));
  EXPECT_EQ(tell(reported(R"({"on":2})", -1)), "");
  EXPECT_EQ(version(), 0);
  EXPECT_EQ(tell(reported(R"({"on":3})", 1)), "");
}

TEST_F(ShadowRulesTest, GetTellsAll) {
  EXPECT_EQ(tell(R"({"method":"get"})"), "");
  EXPECT_EQ(reply_.at("version"), 0);
  EXPECT_EQ(json::serialize(reply_.at("payload")),
            R"({"status":"success","state":{},"metadata":{}})");
  tell(reported(R"({"on":1})", 4));
  tell(R"({"method":"get"})");
  EXPECT_EQ(reply_.at("version"), 4);
  EXPECT_EQ(json::serialize(reply_.at("payload").at("state")), R"({"reported":{"on":1}})");
}

TEST_F(ShadowRulesTest, ADeviceClearsWhatWasDesired) {
  want(desired(R"({"on":1})", 1));
  EXPECT_EQ(tell(desired(R"("null")", 2)), "");
  EXPECT_EQ(state(), "{}");
  EXPECT_EQ(metadata(), R"({"desired":{"timestamp":1700000000}})");
  want(desired(R"({"on":1})", 3), /*merge=*/true);
  EXPECT_EQ(metadata(), R"({"desired":{"on":{"timestamp":1700000000}}})");
}

TEST_F(ShadowRulesTest, ADeviceReportsAndClearsAtOnce) {
  want(desired(R"({"on":1})", 1));
  EXPECT_EQ(
      tell(R"({"method":"update","state":{"reported":{"on":1},"desired":"null"},"version":2})"),
      "");
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
}

TEST_F(ShadowRulesTest, OnlyApplicationsDesire) {
  EXPECT_EQ(tell(desired(R"({"on":1})", 1)), "404");
  EXPECT_EQ(
      tell(R"({"method":"update","state":{"reported":{"on":1},"desired":{"on":2}},"version":1})"),
      "");
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
}

TEST_F(ShadowRulesTest, DeleteRemovesWhatItMarks) {
  tell(reported(R"({"color":"red","on":1,"rgb":{"r":1,"g":2}})", 1));
  EXPECT_EQ(
      tell(
          R"({"method":"delete","state":{"reported":{"color":"null","rgb":{"g":null},"x":"null"}},"version":2})"),
      "");
  EXPECT_EQ(state(), R"({"reported":{"on":1,"rgb":{"r":1}}})");
  EXPECT_EQ(metadata(),
            R"({"reported":{"on":{"timestamp":1700000000},"rgb":{"timestamp":1700000000}}})");
  EXPECT_EQ(tell(R"({"method":"delete","state":{"reported":"null"},"version":2})"), "409");
  EXPECT_EQ(tell(R"({"method":"delete","state":{"reported":"null"},"version":3})"), "");
  EXPECT_EQ(state(), "{}");
}

TEST_F(ShadowRulesTest, WhatIsWrongIsSaidByNumber) {
  tell(reported(R"({"on":1})", 5));
  const std::pair<std::string, std::string> cases[] = {
      {"", "407"},
      {"on", "400"},
      {"[1]", "400"},
      {R"({"method":"get"} x)", "400"},
      {"{\"method\":\"\xff\"}", "400"},
      {R"({"state":{}})", "401"},
      {R"({"method":1})", "401"},
      {R"({"method":"push"})", "406"},
      {R"({"method":"update","version":6})", "402"},
      {R"({"method":"update","state":"on","version":6})", "402"},
      {R"({"method":"update","state":{"reported":{"on":2}}})", "403"},
      {R"({"method":"update","state":{"reported":{"on":2}},"version":"6"})", "403"},
      {R"({"method":"update","state":{"reported":{"on":2}},"version":6.5})", "403"},
      {R"({"method":"update","state":{"reported":{"on":2}},"version":18446744073709551615})",
       "403"},
      {R"({"method":"update","state":{},"version":6})", "404"},
      {R"({"method":"delete","state":{},"version":6})", "404"},
      {R"({"method":"update","state":{"reported":{}},"version":6})", "405"},
      {R"({"method":"update","state":{"reported":"on"},"version":6})", "405"},
      {R"({"method":"update","state":{"reported":{"on":null}},"version":6})", "405"},
      {R"({"method":"update","state":{"reported":{"":1}},"version":6})", "405"},
      {R"({"method":"delete","state":{"reported":{}},"version":6})", "405"},
      {reported(many(129), 6), "408"},
      {reported(R"({"on":2})", 5), "409"},
  };
  for (const auto& [message, code] : cases) EXPECT_EQ(tell(message), code) << message;
  EXPECT_EQ(state(), R"({"reported":{"on":1}})");
  EXPECT_EQ(tell(reported(R"({"on":2})", 6)), "");
}

TEST_F(ShadowRulesTest, AttributesAreLimited) {
  EXPECT_EQ(tell(reported(many(128), 1)), "");
  EXPECT_EQ(tell(reported(R"({"one":1})", 2)), "408");
  EXPECT_EQ(tell(reported(R"({"a0":{"inner":1}})", 2)), "408") << "those within others count";
  EXPECT_EQ(tell(reported(R"({"a0":2})", 2)), "");
}

TEST_F(ShadowRulesTest, DepthIsLimited) {
  EXPECT_EQ(tell(reported(R"({"b":{"c":{"d":{"e":{"f":1}}}}})", 1)), "");
  EXPECT_EQ(tell(reported(R"({"b":{"c":{"d":{"e":{"f":[]}}}}})", 2)), "400");
  EXPECT_EQ(tell(std::string(8'000, '[')), "400");
}

TEST_F(ShadowRulesTest, BytesAreLimited) {
  const std::string half(bytes_max / 2, 'x');
  EXPECT_EQ(tell(reported(R"({"a":")" + half + half + R"("})", 1)), "400");
  EXPECT_EQ(tell(reported(R"({"a":")" + half + R"("})", 1)), "");
  EXPECT_EQ(tell(reported(R"({"b":")" + half + R"("})", 2)), "408");
}

TEST_F(ShadowRulesTest, AFailureOfTheServerIs500) {
  const auto reply = json::parse(failure_reply(now));
  EXPECT_EQ(reply.at("payload").at("content").at("errorcode"), "500");
}

// Applications.

TEST_F(ShadowRulesTest, AnApplicationReplacesWhatItDesires) {
  tell(reported(R"({"on":0})", 1));
  const auto push = json::parse(want(desired(R"({"on":1,"color":"red"})", 2)));
  EXPECT_EQ(json::serialize(push),
            R"({"method":"control","payload":{"status":"success",)"
            R"("state":{"reported":{"on":0},"desired":{"on":1,"color":"red"}},)"
            R"("metadata":{"reported":{"on":{"timestamp":1700000000}},)"
            R"("desired":{"on":{"timestamp":1700000000},"color":{"timestamp":1700000000}}}},)"
            R"("version":2,"timestamp":1700000000})");
  want(desired(R"({"on":2})", 3));
  EXPECT_EQ(state(), R"({"reported":{"on":0},"desired":{"on":2}})");
}

TEST_F(ShadowRulesTest, OrMergesIt) {
  want(desired(R"({"on":1,"color":"red"})", 1));
  want(desired(R"({"on":2})", 2), /*merge=*/true);
  EXPECT_EQ(state(), R"({"desired":{"on":2,"color":"red"}})");
}

TEST_F(ShadowRulesTest, VersionZeroIsNotCompared) {
  want(desired(R"({"on":1})", 7));
  EXPECT_NE(want(desired(R"({"on":2})", 0)), "");
  EXPECT_EQ(version(), 7);
  EXPECT_NE(want(desired(R"({"on":3})", -1)), "");
  EXPECT_EQ(version(), 0);
}

TEST_F(ShadowRulesTest, WhatIsWrongIsSaidByCode) {
  want(desired(R"({"on":1})", 5));
  const std::pair<std::string, Code> cases[] = {
      {"", Code::shadow_message_empty},
      {"on", Code::shadow_message_not_json},
      {"[]", Code::shadow_message_not_json},
      {std::string(bytes_max + 1, ' '), Code::shadow_message_too_large},
      {R"({"state":{}})", Code::shadow_method_missing},
      {R"({"method":"get"})", Code::shadow_method_not_update},
      {R"({"method":1})", Code::shadow_method_not_update},
      {R"({"method":"update","state":{"desired":{"on":1}}})", Code::shadow_version_missing},
      {R"({"method":"update","state":{"desired":{"on":1}},"version":null})",
       Code::shadow_version_missing},
      {R"({"method":"update","version":6})", Code::shadow_state_missing},
      {R"({"method":"update","state":[],"version":6})", Code::shadow_state_missing},
      {R"({"method":"update","state":{"reported":{"on":1}},"version":6})",
       Code::shadow_desired_missing},
      {desired("null", 6), Code::shadow_desired_null},
      {desired(R"("on")", 6), Code::shadow_desired_not_object},
      {desired("{}", 6), Code::shadow_desired_empty},
      {desired(R"({"on":null})", 6), Code::shadow_attribute_null},
      {desired(R"({"on":{"":1}})", 6), Code::shadow_attribute_null},
      {desired(many(129), 6), Code::shadow_attributes_too_many},
      {desired(R"({"on":2})", 5), Code::shadow_version_invalid},
      {R"({"method":"update","state":{"desired":{"on":1}},"version":"6"})",
       Code::shadow_version_invalid},
  };
  for (const auto& [message, code] : cases) EXPECT_EQ(refused(message), code) << message;
  EXPECT_EQ(state(), R"({"desired":{"on":1}})");
}

TEST_F(ShadowRulesTest, AnAttributeMayBeCalledTimestamp) {
  tell(reported(R"({"timestamp":1})", 1));
  tell(reported(R"({"on":1})", 2));
  EXPECT_EQ(state(), R"({"reported":{"timestamp":1,"on":1}})");
  EXPECT_EQ(metadata(), R"({"reported":{"timestamp":{"timestamp":1700000000},)"
                        R"("on":{"timestamp":1700000000}}})");
}

TEST_F(ShadowRulesTest, ADamagedDocumentIsNone) {
  document_ = "{";
  EXPECT_EQ(tell(R"({"method":"get"})"), "");
  EXPECT_EQ(shown(""), R"({"state":{},"metadata":{},"timestamp":0,"version":0})");
}

}  // namespace
}  // namespace herald::shadow
