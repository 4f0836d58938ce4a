#include "thing/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "thing/json_text.h"
#include "thing/testing.h"

namespace herald::thing {
namespace {

using ::testing::ElementsAre;

constexpr Time now = time_of(1'790'000'000'000);

class ReportTest : public ::testing::Test {
 protected:
  ReportRules rules(Strictness strictness = Strictness::strong) const {
    return {.model = &model_, .strictness = strictness, .now = now};
  }
  // `Power=1`, with a ? where it does not fit, and how late it is.
  static std::vector<std::string> shown(const Report& report) {
    std::vector<std::string> all;
    for (const Reported& each : report.values) {
      std::string text = each.identifier + "=" + each.value + (each.fits ? "" : "?");
      if (each.time != now) text += "@" + std::to_string((each.time - now).count());
      all.push_back(std::move(text));
    }
    return all;
  }
  Report properties(std::string_view params) {
    return read_properties(parse_json(params).value(), rules());
  }
  Report pack(std::string_view params) { return read_pack(parse_json(params).value(), rules()); }
  Report history(std::string_view params) {
    return read_history(parse_json(params).value(), {"a1BwAGVxxxx", "lamp1"}, rules());
  }

  const ThingModel model_ = testing::lamp();
};

TEST_F(ReportTest, PropertiesComeAloneOrWithATime) {
  EXPECT_THAT(
      shown(properties(R"({"Power":1,"Level":{"value":30,"time":1789999999000},
                                   "Label":{"value":"hall"},"Position":{"Longitude":1.5}})")),
      ElementsAre("Power=1", "Level=30@-1000", "Label=hall", R"(Position={"Longitude":1.5})"));
}

TEST_F(ReportTest, WhatDoesNotFitIsMarkedAndTheRestCounts) {
  const Report report = properties(R"({"Power":7,"Level":30,"Unknown":{"value":1,"unit":"x"}})");
  EXPECT_THAT(shown(report),
              ElementsAre("Power=7?", "Level=30", R"(Unknown={"value":1,"unit":"x"}?)"));
  EXPECT_TRUE(report.fault.is_success());
}

TEST_F(ReportTest, NothingFitsWhereNobodyChecks) {
  const auto params = parse_json(R"({"Power":1})").value();
  EXPECT_THAT(shown(read_properties(params, rules(Strictness::none))), ElementsAre("Power=1?"));
  EXPECT_THAT(shown(read_properties(params, {.now = now})), ElementsAre("Power=1?"));
}

TEST_F(ReportTest, MalformedReportsHaveTheirCodes) {
  for (const char* params : {"null", "[]", "{}", "1", "\"x\""}) {
    EXPECT_EQ(properties(params).fault.code, alink_code::malformed) << params;
  }
  for (const char* time :
       {"1790086400001", "-1", "\"soon\"", "{}", "1.5", "99999999999999999999"}) {
    const Report report =
        properties(std::string(R"({"Level":1,"Power":{"value":1,"time":)") + time + "}}");
    EXPECT_EQ(report.fault.code, alink_code::time) << time;
    EXPECT_TRUE(report.values.empty());
  }
  EXPECT_TRUE(properties(R"({"Power":{"value":1,"time":"1790086400000"}})").fault.is_success());
}

TEST_F(ReportTest, ThereAreLimits) {
  const auto many = [](int count) {
    std::string params = "{";
    for (int i = 0; i < count; ++i) {
      params += (i > 0 ? ",\"p" : "\"p") + std::to_string(i) + "\":1";
    }
    return params + "}";
  };
  EXPECT_EQ(properties(many(200)).values.size(), 200u);
  EXPECT_EQ(properties(many(201)).fault.code, alink_code::too_many_properties);
  EXPECT_EQ(pack(R"({"events":)" + many(21) + "}").fault.code, alink_code::too_many_events);
  EXPECT_TRUE(properties("{\"" + std::string(129, 'x') + "\":1}").values.empty());
}

TEST_F(ReportTest, ABatchHasManyValuesOfOneProperty) {
  EXPECT_THAT(shown(pack(R"({"properties":{"Level":[{"value":1,"time":1790000000001},{"value":2}],
                                   "Curve":[1,2]},
                     "events":{"Broken":[{"value":{"Part":"a"}}]}})")),
              ElementsAre("Level=1@1", "Level=2", "Curve=[1,2]", R"(Broken={"Part":"a"})"));
}

TEST_F(ReportTest, APackOfSubDevicesIsNotADevicesOwn) {
  EXPECT_EQ(pack(R"({"properties":{},"subDevices":[{}]})").fault.code, alink_code::not_in_topology);
  EXPECT_EQ(pack(R"({"properties":[]})").fault.code, alink_code::malformed);
}

TEST_F(ReportTest, HistoryIsOfTheDeviceItself) {
  constexpr const char* own = R"("identity":{"productKey":"a1BwAGVxxxx","deviceName":"lamp1"})";
  EXPECT_THAT(shown(history(std::string("[{") + own +
                            R"(,"properties":[{"Power":{"value":1,"time":1789999999000}},
                                              {"Power":{"value":0,"time":1789999999500}}],
                                "events":[{"Broken":{"value":{},"time":1789999999000}}]}])")),
              ElementsAre("Power=1@-1000", "Power=0@-500", "Broken={}@-1000"));
  EXPECT_EQ(
      history(R"([{"identity":{"productKey":"a1BwAGVxxxx","deviceName":"lamp2"}}])").fault.code,
      alink_code::not_in_topology);
  EXPECT_EQ(history(R"([{"properties":[]}])").fault.code, alink_code::malformed);
  EXPECT_EQ(history(std::string("[{") + own + R"(,"properties":{}}])").fault.code,
            alink_code::malformed);
}

TEST_F(ReportTest, EventsMayTellNothing) {
  const auto event = [&](std::string_view params) {
    return read_event("Broken", parse_json(params).value(), rules());
  };
  EXPECT_THAT(shown(event(R"({"value":{"Part":"a"},"time":1790000000000})")),
              ElementsAre(R"(Broken={"Part":"a"})"));
  EXPECT_THAT(shown(event("{}")), ElementsAre("Broken={}"));
  EXPECT_THAT(shown(event(R"({"Part":1})")), ElementsAre(R"(Broken={"Part":1}?)"));
  EXPECT_EQ(event("[]").fault.code, alink_code::malformed);
}

}  // namespace
}  // namespace herald::thing
