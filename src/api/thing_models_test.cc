#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "api/testing.h"
#include "thing/feature_json.h"
#include "thing/testing.h"

namespace herald::api {
namespace {

namespace json = boost::json;
using testing::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using testing::Pairs;
using testing::TestPlatform;

// One property in the notation of CreateThingModel.
std::string property(const std::string& identifier) {
  return R"({"properties":[{"identifier":")" + identifier +
         R"(","name":"Name","rwFlag":"READ_ONLY",)" +
         R"("dataType":"INT","dataSpecs":{"min":"0","max":"9"}}]})";
}

class ThingModelOperationsTest : public ::testing::Test {
 protected:
  // A second passes before each call: quotas begin anew.
  Answer call(const std::string& action, Pairs params = {}) {
    platform_.clock.advance(std::chrono::seconds(1));
    const bool names_product = std::ranges::any_of(
        params, [](const auto& each) { return each.first.ends_with("ProductKey"); });
    if (!names_product) params.emplace_back("ProductKey", product_);
    return platform_.call(action, std::move(params));
  }
  std::string code(const std::string& action, Pairs params = {}) {
    return call(action, std::move(params)).code();
  }
  std::string import(std::string_view tsl = thing::testing::lamp_tsl) {
    return code("ImportThingModelTsl", {{"TslStr", std::string(tsl)}});
  }
  std::string publish(const std::string& version) {
    return code("PublishThingModel", {{"ModelVersion", version}, {"Description", "words"}});
  }
  json::object tsl(const std::string& action = "GetThingModelTsl", Pairs params = {}) {
    const Answer answer = call(action, std::move(params));
    EXPECT_EQ(answer.code(), "");
    return json::parse(answer.data("TslStr").as_string()).as_object();
  }
  json::object model(const std::string& action = "QueryThingModel", Pairs params = {}) {
    const Answer answer = call(action, std::move(params));
    EXPECT_EQ(answer.code(), "");
    EXPECT_EQ(answer.text("ProductKey"), product_);
    return json::parse(answer.data("ThingModelJson").as_string()).as_object();
  }
  static std::vector<std::string> identifiers(const json::value& list) {
    std::vector<std::string> found;
    for (const auto& each : list.as_array()) found.emplace_back(each.at("identifier").as_string());
    return found;
  }
  std::vector<std::string> versions() {
    std::vector<std::string> found;
    const Answer answer = call("ListThingModelVersion");
    for (const auto& each : answer.data("ModelVersions").as_array()) {
      found.emplace_back(each.at("ModelVersion").as_string());
    }
    return found;
  }

  TestPlatform platform_;
  std::string product_ = platform_.make_product("Lamps", "iothub_senior");
};

TEST_F(ThingModelOperationsTest, WhatIsImportedIsAnswered) {
  EXPECT_EQ(import(), "");
  const json::object answered = tsl();
  EXPECT_EQ(answered.at("profile").at("productKey"), product_.c_str());
  EXPECT_EQ(answered.at("properties").as_array().size(), 10u);
  EXPECT_THAT(identifiers(answered.at("events")), ElementsAre("post", "Broken"));
  EXPECT_THAT(identifiers(answered.at("services")), ElementsAre("set", "get", "Dim"));
  EXPECT_EQ(thing::parse_tsl(json::serialize(answered)).value(), thing::testing::lamp_block());
  const json::object features = model();
  EXPECT_EQ(thing::parse_features(json::serialize(features)).value(), thing::testing::lamp_block());
  EXPECT_FALSE(features.contains("_ppk"));
}

TEST_F(ThingModelOperationsTest, ANewProductHasAnEmptyDraftAndNoVersion) {
  EXPECT_THAT(identifiers(tsl().at("properties")), IsEmpty());
  EXPECT_THAT(versions(), IsEmpty());
  EXPECT_EQ(code("GetThingModelTslPublished"), "Thing.model.not.found");
  EXPECT_EQ(code("QueryThingModelPublished"), "Thing.model.not.found");
  EXPECT_EQ(code("QueryThingModel", {{"ModelVersion", "v1"}}), "Thing.model.not.found");
}

TEST_F(ThingModelOperationsTest, EditsAreOfTheDraft) {
  EXPECT_EQ(code("CreateThingModel", {{"ThingModelJson", property("Level")}}), "");
  EXPECT_EQ(publish("v1"), "");
  EXPECT_EQ(code("CreateThingModel", {{"ThingModelJson", property("Power")}}), "");
  EXPECT_THAT(identifiers(tsl().at("properties")), ElementsAre("Level", "Power"));
  EXPECT_THAT(identifiers(tsl("GetThingModelTslPublished").at("properties")), ElementsAre("Level"));
  EXPECT_EQ(publish("v2"), "");
  EXPECT_THAT(versions(), ElementsAre("v2", "v1"));
  const json::object newest = model("QueryThingModelPublished");
  EXPECT_THAT(identifiers(newest.at("properties")), ElementsAre("Level", "Power"));
  EXPECT_EQ(newest.at("_ppk"), json::parse(R"({"version":"v2","description":"words"})"));
  const json::object first = model("QueryThingModel", {{"ModelVersion", "v1"}});
  EXPECT_THAT(identifiers(first.at("properties")), ElementsAre("Level"));
  EXPECT_EQ(call("ListThingModelVersion").data("ModelVersions").at(0).at("Description"), "words");
}

TEST_F(ThingModelOperationsTest, AFeatureIsReplacedUnderItsNameOrAnother) {
  EXPECT_EQ(code("CreateThingModel", {{"ThingModelJson", property("Level")}}), "");
  const auto update = [&](const std::string& identifier, const std::string& features) {
    return code("UpdateThingModel", {{"Identifier", identifier}, {"ThingModelJson", features}});
  };
  EXPECT_EQ(update("Level", property("Brightness")), "");
  EXPECT_THAT(identifiers(model().at("properties")), ElementsAre("Brightness"));
  EXPECT_EQ(update("Level", property("Level")), "iot.prod.QueryProductAbilitiesNotFound");
  EXPECT_EQ(update("Brightness", "{}"), "iot.tsl.InvalidFormattedTslError");
  EXPECT_EQ(update("Brightness", property("a-b")), "iot.tsl.InvalidFormattedTslError");
  EXPECT_EQ(code("UpdateThingModel", {{"Identifier", "Brightness"}}), "MissingThingModelJson");
  EXPECT_EQ(code("UpdateThingModel", {{"ThingModelJson", property("a")}}), "MissingIdentifier");
  EXPECT_EQ(code("UpdateThingModel"), "MissingThingModelJson");
}

TEST_F(ThingModelOperationsTest, FeaturesAreDeletedByKind) {
  EXPECT_EQ(import(), "");
  EXPECT_EQ(code("DeleteThingModel", {{"PropertyIdentifier.1", "Level"},
                                      {"PropertyIdentifier.2", "Mode"},
                                      {"EventIdentifier.1", "Broken"},
                                      {"ServiceIdentifier.1", "Dim"}}),
            "");
  EXPECT_EQ(tsl().at("properties").as_array().size(), 8u);
  EXPECT_THAT(identifiers(tsl().at("events")), ElementsAre("post"));
  EXPECT_EQ(
      code("DeleteThingModel", {{"PropertyIdentifier.1", "Power"}, {"EventIdentifier.1", "x"}}),
      "iot.prod.QueryProductAbilitiesNotFound");
  EXPECT_EQ(tsl().at("properties").as_array().size(), 8u);
  EXPECT_EQ(code("DeleteThingModel"), "MissingPropertyIdentifier");
  Pairs many;
  for (int i = 1; i <= 11; ++i) {
    many.emplace_back("PropertyIdentifier." + std::to_string(i), "p" + std::to_string(i));
  }
  EXPECT_EQ(code("DeleteThingModel", many), "InvalidPropertyIdentifier");
}

TEST_F(ThingModelOperationsTest, OneCallAddsTenFeatures) {
  const auto create = [&](int count) {
    std::string list;
    for (int i = 0; i < count; ++i) {
      list += (i > 0 ? "," : "") + (R"({"identifier":"e)" + std::to_string(i)) +
              R"(","eventName":"e","eventType":"INFO_EVENT_TYPE"})";
    }
    return code("CreateThingModel", {{"ThingModelJson", R"({"events":[)" + list + "]}"}});
  };
  EXPECT_EQ(create(0), "iot.tsl.InvalidFormattedTslError");
  EXPECT_EQ(create(11), "iot.tsl.InvalidFormattedTslError");
  EXPECT_EQ(create(10), "");
  EXPECT_EQ(create(1), "iot.tsl.InvalidFormattedTslError");  // It is there already.
  EXPECT_EQ(code("CreateThingModel"), "MissingThingModelJson");
}

TEST_F(ThingModelOperationsTest, BlocksHaveNamesOfTheirOwn) {
  const Pairs strip{{"FunctionBlockId", "strip"}};
  const auto with = [&](Pairs more) {
    more.insert(more.end(), strip.begin(), strip.end());
    return more;
  };
  EXPECT_EQ(code("CreateThingModel", with({{"ThingModelJson", property("Level")}})),
            "iot.tsl.InvalidFormattedTslError");  // A new block needs a name.
  EXPECT_EQ(code("CreateThingModel", with({{"ThingModelJson", property("Level")},
                                           {"FunctionBlockName", "Light strip"}})),
            "");
  EXPECT_THAT(identifiers(tsl().at("properties")), IsEmpty());
  EXPECT_EQ(tsl().at("functionBlocks").at(0).at("functionBlockName"), "Light strip");
  EXPECT_THAT(identifiers(tsl("GetThingModelTsl", strip).at("properties")), ElementsAre("Level"));
  EXPECT_EQ(model("QueryThingModel", strip).at("name"), "Light strip");
  EXPECT_EQ(code("UpdateThingModel", with({{"FunctionBlockName", "Strip"}})), "");
  EXPECT_EQ(model("QueryThingModel", strip).at("name"), "Strip");
  EXPECT_EQ(code("ImportThingModelTsl", with({{"TslStr", std::string(thing::testing::lamp_tsl)}})),
            "");
  EXPECT_EQ(model("QueryThingModel", strip).at("name"), "Strip");
  EXPECT_EQ(model("QueryThingModel", strip).at("properties").as_array().size(), 10u);
  const json::object printed = tsl("GetThingModelTsl", strip);
  EXPECT_EQ(printed.at("events").at(1).at("method"), "thing.event.strip:Broken.post");
  EXPECT_EQ(code("DeleteThingModel", strip), "");
  EXPECT_EQ(code("QueryThingModel", strip), "Thing.model.not.found");
  EXPECT_EQ(code("DeleteThingModel", strip), "Thing.model.not.found");
}

TEST_F(ThingModelOperationsTest, ASimpleTslHasOnlyTypes) {
  EXPECT_EQ(import(), "");
  EXPECT_FALSE(tsl("GetThingModelTsl", {{"Simple", "true"}})
                   .at("properties")
                   .at(0)
                   .as_object()
                   .contains("name"));
}

TEST_F(ThingModelOperationsTest, WhatBreaksARuleIsNamed) {
  EXPECT_EQ(import("{"), "iot.tsl.TslParseError");
  EXPECT_EQ(import(std::string(256 * 1024 + 1, ' ')), "iot.tsl.TslParseError");
  EXPECT_EQ(code("ImportThingModelTsl"), "MissingTslStr");
  const Answer refused =
      call("ImportThingModelTsl",
           {{"TslStr", R"({"events":[{"identifier":"E","name":"E","type":"x"}]})"}});
  EXPECT_EQ(refused.code(), "iot.tsl.InvalidFormattedTslError");
  EXPECT_THAT(refused.text("ErrorMessage"), HasSubstr("event E"));
}

TEST_F(ThingModelOperationsTest, VersionsHaveNames) {
  EXPECT_EQ(publish("1_0"), "Thing.Model.Version.Invalid");
  EXPECT_EQ(publish("v1"), "");
  EXPECT_EQ(publish("v1"), "Thing.Model.Version.Invalid");
  EXPECT_EQ(publish(""), "");
  EXPECT_THAT(versions(), ElementsAre(MatchesRegex("[0-9]{13}"), "v1")) << "called by the time";
  EXPECT_EQ(code("PublishThingModel", {{"Description", std::string(101, 'x')}}),
            "InvalidDescription");
}

TEST_F(ThingModelOperationsTest, AReleasedProductIsNotEdited) {
  EXPECT_EQ(code("ReleaseProduct"), "");
  EXPECT_EQ(import(), "Product.has.published");
  EXPECT_EQ(publish("v1"), "Product.has.published");
  EXPECT_EQ(code("QueryThingModel"), "");
  EXPECT_EQ(code("CancelReleaseProduct"), "");
  EXPECT_EQ(import(), "");
}

TEST_F(ThingModelOperationsTest, AProductWithoutThingModelHasNone) {
  product_ = platform_.make_product("Plain");
  EXPECT_EQ(import(), "iot.prod.NotSeniorProduct");
  for (const char* action : {"QueryThingModel", "GetThingModelTsl", "QueryThingModelPublished",
                             "GetThingModelTslPublished", "ListThingModelVersion"}) {
    EXPECT_EQ(code(action), "iot.prod.NotSeniorProduct") << action;
  }
  EXPECT_EQ(publish("v1"), "iot.prod.NotSeniorProduct");
}

TEST_F(ThingModelOperationsTest, AVersionIsCopiedToTheDraftOfAnotherProduct) {
  EXPECT_EQ(import(), "");
  EXPECT_EQ(publish("v1"), "");
  const std::string other = platform_.make_product("Others", "iothub_senior");
  const auto copy = [&](const std::string& target, const std::string& version) {
    return code("CopyThingModel", {{"SourceProductKey", product_},
                                   {"TargetProductKey", target},
                                   {"SourceModelVersion", version}});
  };
  EXPECT_EQ(copy(other, "v1"), "");
  EXPECT_EQ(copy(other, "v2"), "Thing.model.not.found");
  EXPECT_EQ(copy(other, ""), "MissingSourceModelVersion");
  EXPECT_EQ(copy("unknown", "v1"), "iot.prod.NotExistedProduct");
  EXPECT_EQ(copy(platform_.make_product("Plain"), "v1"), "iot.prod.NotSeniorProduct");
  const std::string lights = platform_
                                 .call("CreateProduct", {{"ProductName", "Lights"},
                                                         {"NodeType", "0"},
                                                         {"CategoryKey", "Lighting"},
                                                         {"AliyunCommodityCode", "iothub_senior"}})
                                 .text("ProductKey");
  EXPECT_EQ(copy(lights, "v1"), "Category.not.same");
  product_ = other;
  EXPECT_EQ(tsl().at("properties").as_array().size(), 10u);
  EXPECT_THAT(versions(), IsEmpty());
}

}  // namespace
}  // namespace herald::api
