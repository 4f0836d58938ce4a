#include "thing/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "thing/testing.h"

namespace herald::thing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

class CheckTest : public ::testing::Test {
 protected:
  // The code of what is wrong with a property's value; none: nothing.
  std::optional<FaultCode> code(std::string_view identifier, std::string_view value,
                                Strictness strictness = Strictness::weak) const {
    const auto wrong = check_property(lamp_, identifier, json::parse(value), strictness);
    return wrong ? std::optional(wrong->code) : std::nullopt;
  }
  void expect_fits(std::string_view identifier, std::initializer_list<const char*> values,
                   Strictness strictness = Strictness::weak) const {
    for (const char* value : values) {
      EXPECT_EQ(code(identifier, value, strictness), std::nullopt) << value;
    }
  }
  void expect_wrong(std::string_view identifier, FaultCode expected,
                    std::initializer_list<const char*> values,
                    Strictness strictness = Strictness::weak) const {
    for (const char* value : values)
      EXPECT_EQ(code(identifier, value, strictness), expected) << value;
  }
  // Wrong only where specs count.
  void expect_out_of_specs(std::string_view identifier, FaultCode expected,
                           std::initializer_list<const char*> values) const {
    expect_fits(identifier, values, Strictness::weak);
    expect_wrong(identifier, expected, values, Strictness::strong);
  }

  const ThingModel lamp_ = testing::lamp();
};

TEST_F(CheckTest, Ints) {
  expect_fits("Level", {"0", "100", "50"}, Strictness::strong);
  expect_out_of_specs("Level", FaultCode::not_int, {"-1", "101", "2147483647", "-2147483648"});
  expect_wrong("Level", FaultCode::not_int,
               {"1.5", "1.0", "\"1\"", "true", "null", "{}", "[]", "2147483648", "-2147483649",
                "18446744073709551615"});
}

TEST_F(CheckTest, Floats) {
  expect_fits("Temperature", {"-40", "20", "20.0", "120.5", "1e2"}, Strictness::strong);
  expect_out_of_specs("Temperature", FaultCode::not_float, {"-40.1", "120.6"});
  expect_wrong("Temperature", FaultCode::not_float, {"\"20.0\"", "true", "null", "1e39"});
}

TEST_F(CheckTest, Doubles) {
  expect_fits("Energy", {"0", "1e12"}, Strictness::strong);
  expect_out_of_specs("Energy", FaultCode::not_double, {"-0.5", "1e300"});
  expect_wrong("Energy", FaultCode::not_double, {"\"1\"", "[]"});
}

TEST_F(CheckTest, Bools) {
  expect_fits("Power", {"0", "1"}, Strictness::strong);
  expect_wrong("Power", FaultCode::not_bool, {"2", "-1", "true", "false", "\"1\"", "1.0", "null"});
}

TEST_F(CheckTest, Enums) {
  expect_fits("Mode", {"1", "2"}, Strictness::strong);
  expect_out_of_specs("Mode", FaultCode::not_enum, {"0", "3"});
  expect_wrong("Mode", FaultCode::not_enum, {"\"1\"", "1.5", "true", "{}"});
}

TEST_F(CheckTest, Texts) {
  expect_fits("Label", {"\"\"", "\"0123456789012345\""}, Strictness::strong);
  expect_out_of_specs("Label", FaultCode::not_text, {"\"01234567890123456\"", "\"灯灯灯灯灯灯\""});
  expect_wrong("Label", FaultCode::not_text, {"1", "null", "[]"});
}

TEST_F(CheckTest, Dates) {
  expect_fits("Installed", {"\"1524448722000\"", "\"0\""}, Strictness::strong);
  expect_wrong("Installed", FaultCode::not_date,
               {"1524448722000", "\"\"", "\"-1\"", "\"2018-04-23\"", "\"12345678901234567890\""});
}

TEST_F(CheckTest, Structs) {
  expect_fits("Position", {R"({"Longitude":1.5,"Fixed":1})", R"({"Fixed":0})", "{}"},
              Strictness::strong);
  expect_out_of_specs("Position", FaultCode::not_double, {R"({"Longitude":180.5})"});
  expect_wrong("Position", FaultCode::not_struct, {"1", "[]", "\"{}\""});
  expect_wrong("Position", FaultCode::not_bool, {R"({"Fixed":true})"});
  expect_wrong("Position", FaultCode::parameter_unknown, {R"({"Latitude":1.5})"});
  const auto wrong =
      check_property(lamp_, "Position", json::parse(R"({"Fixed":7})"), Strictness::weak);
  EXPECT_EQ(wrong->identifier, "Position.Fixed");
}

TEST_F(CheckTest, Arrays) {
  expect_fits("Curve", {"[]", "[1,2,3]"}, Strictness::strong);
  expect_out_of_specs("Curve", FaultCode::array_too_long, {"[1,2,3,4]"});
  expect_wrong("Curve", FaultCode::not_array, {"1", "{}", "\"[]\""});
  expect_wrong("Curve", FaultCode::array_element, {"[1,\"2\"]", "[1.5]", "[[1]]"});
  expect_fits("Stops", {R"([{"At":"1"},{}])"}, Strictness::strong);
  expect_wrong("Stops", FaultCode::array_element, {R"([{"At":"1"},{"At":1}])", R"([{"X":1}])"});
  const auto wrong =
      check_property(lamp_, "Stops", json::parse(R"([{},{"At":1}])"), Strictness::weak);
  EXPECT_EQ(wrong->identifier, "Stops[1].At");
}

TEST_F(CheckTest, UnknownPropertiesAreNamed) {
  const auto wrong = check_property(lamp_, "Colour", json::value(1), Strictness::weak);
  EXPECT_EQ(wrong->code, FaultCode::property_unknown);
  EXPECT_EQ(wrong->identifier, "Colour");
  EXPECT_THAT(wrong->text, HasSubstr("Colour"));
  // What strangers sent is not repeated at any length.
  EXPECT_EQ(check_property(lamp_, std::string(1'000, 'x'), {}, Strictness::weak)->identifier.size(),
            128u);
}

TEST_F(CheckTest, PropertiesOfBlocksAreCalledByBlock) {
  FunctionBlock block{.id = "strip", .name = "Strip"};
  block.properties.push_back({.identifier = "Level", .name = "Level", .type = NumberType()});
  const ThingModel model = ThingModel::make({block}).value();
  EXPECT_FALSE(check_property(model, "strip:Level", json::value(1), Strictness::strong));
  EXPECT_EQ(check_property(model, "strip:Level", json::value("1"), Strictness::weak)->identifier,
            "strip:Level");
  EXPECT_EQ(check_property(model, "Level", json::value(1), Strictness::weak)->code,
            FaultCode::property_unknown);
}

TEST_F(CheckTest, EventsMayTellLess) {
  const Event& broken = *lamp_.event("Broken");
  const auto code_of = [&](std::string_view outputs) {
    const auto wrong = check_event(broken, json::parse(outputs), Strictness::weak);
    return wrong ? std::optional(wrong->code) : std::nullopt;
  };
  EXPECT_EQ(code_of(R"({"Part":"wire"})"), std::nullopt);
  EXPECT_EQ(code_of("{}"), std::nullopt);
  EXPECT_EQ(code_of(R"({"Part":1})"), FaultCode::not_text);
  EXPECT_EQ(code_of(R"({"Whole":"wire"})"), FaultCode::parameter_unknown);
  EXPECT_EQ(code_of("[]"), FaultCode::malformed_request);
  EXPECT_EQ(check_event(broken, json::parse(R"({"Whole":1})"), Strictness::weak)->text,
            "tsl parse: params not exist -> Whole");
}

TEST_F(CheckTest, ServicesAreAskedWithEverything) {
  const Service& dim = *lamp_.service("Dim");
  const auto code_of = [&](std::string_view inputs) {
    const auto wrong = check_inputs(dim, json::parse(inputs), Strictness::weak);
    return wrong ? std::optional(wrong->code) : std::nullopt;
  };
  EXPECT_EQ(code_of(R"({"To":5,"Slowly":1})"), std::nullopt);
  EXPECT_EQ(code_of(R"({"To":5})"), FaultCode::input_missing);
  EXPECT_EQ(code_of(R"({"To":"5","Slowly":1})"), FaultCode::not_int);
  EXPECT_EQ(code_of(R"({"To":5,"Slowly":1,"Now":1})"), FaultCode::parameter_unknown);
  EXPECT_EQ(code_of("null"), FaultCode::malformed_request);
  EXPECT_EQ(check_inputs(dim, json::parse(R"({"To":5})"), Strictness::weak)->identifier, "Slowly");
  EXPECT_FALSE(check_outputs(dim, json::parse("{}"), Strictness::strong));
  EXPECT_EQ(check_outputs(dim, json::parse(R"({"From":-1})"), Strictness::strong)->code,
            FaultCode::not_int);
}

TEST_F(CheckTest, WithoutStrictnessEverythingFits) {
  EXPECT_FALSE(check_property(lamp_, "Colour", json::value("red"), Strictness::none));
  EXPECT_FALSE(check_property(lamp_, "Level", json::value("red"), Strictness::none));
  EXPECT_FALSE(check_event(*lamp_.event("Broken"), {}, Strictness::none));
  EXPECT_FALSE(check_inputs(*lamp_.service("Dim"), {}, Strictness::none));
}

TEST_F(CheckTest, ProductsSayHowStrictly) {
  EXPECT_EQ(strictness_of(0), Strictness::strong);
  EXPECT_EQ(strictness_of(1), Strictness::weak);
  EXPECT_EQ(strictness_of(2), Strictness::none);
  EXPECT_EQ(strictness_of(7), Strictness::weak);
}

}  // namespace
}  // namespace herald::thing
