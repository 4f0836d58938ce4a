#include "thing/tsl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "thing/feature_json.h"
#include "thing/testing.h"

namespace herald::thing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json::object printed(const ThingModel& model, const FunctionBlock& block, TslStyle style) {
  return json::parse(print_tsl(model, block, "a1BwAGVxxxx", style)).as_object();
}
json::object printed(const ThingModel& model, TslStyle style = TslStyle::full) {
  return printed(model, *model.block(""), style);
}

const json::object& named(const json::value& list, std::string_view identifier) {
  for (const json::value& each : list.as_array()) {
    if (each.at("identifier") == json::value(identifier)) return each.as_object();
  }
  ADD_FAILURE() << identifier;
  return list.as_array().at(0).as_object();
}

Error error_of(std::string_view document) {
  auto parsed = parse_tsl(document);
  if (parsed) return {};
  return parsed.error();
}

// A document with one property of this type.
std::string of_type(std::string_view type) {
  return R"({"properties":[{"identifier":"X","name":"X","accessMode":"r","dataType":)" +
         std::string(type) + "}]}";
}
Error type_error(std::string_view type) { return error_of(of_type(type)); }

TEST(Tsl, EveryTypeIsRead) {
  const ThingModel model = testing::lamp();
  EXPECT_EQ(model.property("Power")->type, DataType(BoolType{"off", "on"}));
  EXPECT_EQ(model.property("Level")->type, DataType(NumberType{.kind = NumberKind::int32,
                                                               .min = Decimal{"0", 0},
                                                               .max = Decimal{"100", 100},
                                                               .step = Decimal{"1", 1},
                                                               .unit = "%",
                                                               .unit_name = "percent"}));
  EXPECT_EQ(std::get<NumberType>(model.property("Temperature")->type).min, (Decimal{"-40.0", -40}));
  EXPECT_EQ(std::get<NumberType>(model.property("Energy")->type).kind, NumberKind::float64);
  EXPECT_EQ(model.property("Mode")->type, DataType(EnumType{{{1, "warm"}, {2, "cold"}}}));
  EXPECT_EQ(model.property("Label")->type, DataType(TextType{16}));
  EXPECT_EQ(model.property("Installed")->type, DataType(DateType{}));
  EXPECT_EQ(std::get<StructType>(model.property("Position")->type).members.size(), 2u);
  EXPECT_EQ(model.property("Curve")->type, DataType(ArrayType{3, NumberType{}}));
  EXPECT_EQ(std::get<ArrayType>(model.property("Stops")->type).item.index(), 2u);
  EXPECT_TRUE(model.property("Power")->writable);
  EXPECT_TRUE(model.property("Power")->required);
  EXPECT_FALSE(model.property("Temperature")->writable);
  EXPECT_EQ(model.property("Level")->description, "In percent");
}

TEST(Tsl, EventsAndServicesAreRead) {
  const ThingModel model = testing::lamp();
  EXPECT_EQ(model.event("Broken")->type, EventType::error);
  EXPECT_EQ(model.event("Broken")->outputs.size(), 1u);
  EXPECT_EQ(model.service("Dim")->call_type, CallType::sync);
  EXPECT_EQ(model.service("Dim")->inputs.size(), 2u);
  EXPECT_EQ(model.service("Dim")->outputs.size(), 1u);
}

TEST(Tsl, WhatIsGeneratedIsLeftOut) {
  const ThingModel model = testing::lamp();
  EXPECT_EQ(model.event("post"), nullptr);
  EXPECT_EQ(model.service("set"), nullptr);
  EXPECT_EQ(model.service("get"), nullptr);
}

TEST(Tsl, WhatIsPrintedReadsTheSame) {
  const ThingModel model = testing::lamp();
  for (const TslStyle style : {TslStyle::full, TslStyle::declared}) {
    EXPECT_EQ(parse_tsl(print_tsl(model, *model.block(""), "a1BwAGVxxxx", style)).value(),
              *model.block(""));
  }
  FunctionBlock block{.id = "strip", .name = "Strip"};
  const ThingModel more = ThingModel::make({block}).value();
  EXPECT_EQ(parse_tsl(print_tsl(more, *more.block("strip"), "a", TslStyle::declared)).value(),
            block);
}

TEST(Tsl, AllPropertiesAreInTheGeneratedEntries) {
  const json::object tsl = printed(testing::lamp());
  const std::size_t count = tsl.at("properties").as_array().size();
  const json::object& post = named(tsl.at("events"), "post");
  EXPECT_EQ(post.at("method"), "thing.event.property.post");
  EXPECT_EQ(post.at("type"), "info");
  EXPECT_EQ(post.at("required"), true);
  EXPECT_EQ(post.at("outputData").as_array().size(), count);
  const json::object& set = named(tsl.at("services"), "set");
  EXPECT_EQ(set.at("method"), "thing.service.property.set");
  EXPECT_EQ(set.at("callType"), "async");
  EXPECT_EQ(set.at("inputData").as_array().size(), 7u);  // The writable ones.
  const json::object& get = named(tsl.at("services"), "get");
  EXPECT_EQ(get.at("method"), "thing.service.property.get");
  EXPECT_EQ(get.at("inputData").as_array().at(0), "Power");
  EXPECT_EQ(get.at("outputData").as_array().size(), count);
}

TEST(Tsl, NumbersOfSpecsAreTexts) {
  const json::object tsl = printed(testing::lamp());
  EXPECT_EQ(named(tsl.at("properties"), "Level").at("dataType").at("specs").at("max"), "100");
  EXPECT_EQ(named(tsl.at("properties"), "Temperature").at("dataType").at("specs").at("min"),
            "-40.0");
  EXPECT_EQ(named(tsl.at("properties"), "Curve").at("dataType").at("specs").at("size"), "3");
  // They may come as numbers.
  const auto block = parse_tsl(of_type(R"({"type":"int","specs":{"min":1,"max":5}})")).value();
  EXPECT_EQ(std::get<NumberType>(block.properties[0].type).max, (Decimal{"5", 5}));
  const auto half = parse_tsl(of_type(R"({"type":"double","specs":{"min":0.5,"max":5}})")).value();
  EXPECT_EQ(std::get<NumberType>(half.properties[0].type).min, (Decimal{"0.5", 0.5}));
}

TEST(Tsl, ASimpleOneHasIdentifiersAndTypes) {
  const json::object tsl = printed(testing::lamp(), TslStyle::simple);
  EXPECT_EQ(named(tsl.at("properties"), "Level"),
            json::parse(R"({"identifier":"Level","dataType":{"type":"int"}})").as_object());
  EXPECT_EQ(named(tsl.at("properties"), "Curve").at("dataType"),
            json::parse(R"({"type":"array","specs":{"item":{"type":"int"}}})"));
  EXPECT_EQ(
      named(tsl.at("events"), "Broken"),
      json::parse(
          R"({"identifier":"Broken","outputData":[{"identifier":"Part","dataType":{"type":"text"}}]})")
          .as_object());
}

TEST(Tsl, TheDefaultBlockNamesTheOthers) {
  const ThingModel model =
      ThingModel::make({testing::lamp_block(), {.id = "strip", .name = "Strip"}}).value();
  const json::object tsl = printed(model);
  EXPECT_EQ(tsl.at("functionBlocks").at(0).at("functionBlockId"), "strip");
  const json::object strip = printed(model, *model.block("strip"), TslStyle::full);
  EXPECT_EQ(strip.at("functionBlockId"), "strip");
  EXPECT_EQ(strip.at("functionBlockName"), "Strip");
  EXPECT_FALSE(strip.contains("functionBlocks"));
}

TEST(Tsl, WhatIsNoDocumentIsUnreadable) {
  for (const char* text : {"", "{", "[]", "1", "{\"a\":\"\xff\"}"}) {
    EXPECT_EQ(error_of(text).code, Code::tsl_unreadable) << text;
  }
  EXPECT_EQ(error_of("{}" + std::string(256 * limits::KiB - 2, ' ')).detail, "");
  EXPECT_EQ(error_of("{}" + std::string(256 * limits::KiB - 1, ' ')).code, Code::tsl_unreadable);
  EXPECT_EQ(error_of(std::string(100'000, '[')).code, Code::tsl_unreadable);
}

TEST(Tsl, FaultsNameTheirPlace) {
  EXPECT_EQ(type_error(R"({"type":"colour"})").detail, "property X: there is no type 'colour'");
  EXPECT_EQ(type_error(R"({})").detail, "property X: type is missing");
  EXPECT_EQ(type_error(R"(7)").detail, "property X: dataType is no object");
  EXPECT_EQ(type_error(R"({"type":"struct","specs":[{"identifier":"In","name":"In"}]})").detail,
            "property X In: type is missing");
  EXPECT_EQ(error_of(R"({"properties":[{"name":"X"}]})").detail, "property: identifier is missing");
  EXPECT_EQ(error_of(R"({"properties":[7]})").detail, "property is no object");
  EXPECT_EQ(error_of(R"({"events":{}})").detail, "events is no list");
  EXPECT_EQ(error_of(R"({"events":[{"identifier":"E","name":"E","type":"bad"}]})").detail,
            "event E: type is none of info, alert, error");
  EXPECT_EQ(error_of(R"({"services":[{"identifier":"S","name":"S","callType":"x"}]})").detail,
            "service S: callType is none of async, sync");
  EXPECT_EQ(error_of(R"({"properties":[{"identifier":"P","name":"P","accessMode":"w"}]})").detail,
            "property P: accessMode is none of r, rw");
  EXPECT_EQ(type_error("{}").code, Code::tsl_malformed);
}

TEST(Tsl, SpecsThatCannotBeReadAreRefused) {
  for (const char* type : {
           R"({"type":"int","specs":{"min":"a"}})",
           R"({"type":"float","specs":{"max":"nan"}})",
           R"({"type":"double","specs":{"max":"1e999"}})",
           R"({"type":"text","specs":{"length":"-1"}})",
           R"({"type":"text","specs":{"length":"5x"}})",
           R"({"type":"bool","specs":{"0":"off"}})",
           R"({"type":"bool"})",
           R"({"type":"enum","specs":{"a":"A"}})",
           R"({"type":"enum","specs":{"1":1}})",
           R"({"type":"enum","specs":{"2147483648":"A"}})",
           R"({"type":"array","specs":{"size":"1"}})",
           R"({"type":"array","specs":{"size":"1","item":{"type":"bool"}}})",
           R"({"type":"array","specs":{"size":"1","item":{"type":"array"}}})",
           R"({"type":"struct","specs":{}})",
           R"({"type":"int","specs":[]})",
       }) {
    EXPECT_EQ(type_error(type).code, Code::tsl_malformed) << type;
  }
}

TEST(Tsl, MissingBoundsAreNone) {
  const auto block = parse_tsl(of_type(R"({"type":"int"})")).value();
  EXPECT_EQ(block.properties[0].type, DataType(NumberType{}));
  const auto text = parse_tsl(of_type(R"({"type":"text"})")).value();
  EXPECT_EQ(text.properties[0].type, DataType(TextType{10'240}));
}

TEST(Features, WhatIsPrintedReadsTheSame) {
  const ThingModel model = testing::lamp();
  const std::string text = print_features(model, *model.block(""),
                                          {.product_key = "a1", .version = "", .description = ""});
  EXPECT_EQ(parse_features(text).value(), *model.block(""));
}

TEST(Features, TheNotationHasItsOwnWords) {
  const ThingModel model = testing::lamp();
  const json::value document = json::parse(print_features(
      model, *model.block(""), {.product_key = "a1", .version = "v1", .description = "first"}));
  EXPECT_EQ(document.at("_ppk"), json::parse(R"({"version":"v1","description":"first"})"));
  EXPECT_EQ(document.at("productKey"), "a1");
  const json::object& level = named(document.at("properties"), "Level");
  EXPECT_EQ(level.at("dataType"), "INT");
  EXPECT_EQ(level.at("rwFlag"), "READ_WRITE");
  EXPECT_EQ(level.at("dataSpecs").at("max"), "100");
  const json::object& mode = named(document.at("properties"), "Mode");
  EXPECT_EQ(mode.at("dataSpecsList").at(1),
            json::parse(R"({"dataType":"ENUM","name":"cold","value":2})"));
  const json::object& position = named(document.at("properties"), "Position");
  EXPECT_EQ(position.at("dataSpecsList").at(0).at("childDataType"), "DOUBLE");
  const json::object& curve = named(document.at("properties"), "Curve");
  EXPECT_EQ(curve.at("dataSpecs").at("childDataType"), "INT");
  EXPECT_EQ(named(document.at("events"), "Broken").at("eventType"), "ERROR_EVENT_TYPE");
  const json::object& dim = named(document.at("services"), "Dim");
  EXPECT_EQ(dim.at("callType"), "SYNC");
  EXPECT_EQ(dim.at("inputParams").at(1).at("paraOrder"), 1);
}

TEST(Features, FaultsNameTheirPlace) {
  const auto error = [](std::string_view property) {
    auto parsed =
        parse_features(R"({"properties":[{"identifier":"X","name":"X","rwFlag":"READ_ONLY",)" +
                       std::string(property) + "}]}");
    return parsed ? "" : parsed.error().detail;
  };
  EXPECT_EQ(error(R"("dataType":"INT")"), "");
  EXPECT_EQ(error(R"("dataType":"int")"), "property X: there is no type 'int'");
  EXPECT_EQ(error(R"("dataType":"BOOL")"), "property X: a bool has the items 0 and 1");
  EXPECT_EQ(error(R"("dataType":"ENUM","dataSpecsList":[{"name":"a"}])"),
            "property X: an item without a value");
  EXPECT_EQ(error(R"("dataType":"ARRAY","dataSpecs":{"size":"1","childDataType":"BOOL"})"),
            "property X: an array is of INT, FLOAT, DOUBLE, TEXT or STRUCT");
  EXPECT_EQ(
      error(
          R"("dataType":"STRUCT","dataSpecsList":[{"identifier":"a","name":"a","childDataType":"STRUCT"}])"),
      "property X a: a member of a struct is no struct");
}

TEST(Features, NestedStructsDoNotRunAway) {
  std::string nested = R"("x")";
  for (int i = 0; i < 1'000; ++i) nested = R"([{"dataSpecsList":)" + nested + "}]";
  EXPECT_EQ(parse_features(R"({"properties":)" + nested + "}").error().code, Code::tsl_unreadable);
}

}  // namespace
}  // namespace herald::thing
