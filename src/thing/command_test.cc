#include "thing/command.h"

#include <gtest/gtest.h>

#include "thing/json_text.h"
#include "thing/testing.h"

namespace herald::thing {
namespace {

class CommandTest : public ::testing::Test {
 protected:
  std::string set(std::string_view items, Strictness strictness = Strictness::strong) const {
    return shown(settable(model_, parse_json(items)->get_object(), strictness));
  }
  static std::string shown(const Result<boost::json::object>& checked) {
    if (checked) return print_json(*checked);
    return std::to_string(static_cast<int>(checked.error().code)) + " " + checked.error().detail;
  }
  static std::string refused(Code code, const std::string& detail) {
    return std::to_string(static_cast<int>(code)) + " " + detail;
  }

  const ThingModel model_ = testing::lamp();
};

TEST_F(CommandTest, OnlyWritablePropertiesThatFitAreSet) {
  EXPECT_EQ(set(R"({"Power":1,"Label":"hall"})"), R"({"Power":1,"Label":"hall"})");
  EXPECT_EQ(set(R"({"Temperature":20.5})"), refused(Code::property_read_only, "Temperature"));
  EXPECT_EQ(set(R"({"Unknown":1})"), refused(Code::property_not_found, "Unknown"));
  EXPECT_EQ(set(R"({"Power":7})"),
            refused(Code::property_set_failed, "Power: it is neither 0 nor 1 (6308)"));
  EXPECT_EQ(set("{}"), refused(Code::property_set_failed, "there is no property"));
  EXPECT_EQ(set(R"({"Unknown":1,"Power":"x"})", Strictness::none), R"({"Unknown":1,"Power":"x"})");
}

TEST_F(CommandTest, ANullClearsWhereThatIsMeant) {
  const auto items = parse_json(R"({"Power":null})")->get_object();
  EXPECT_FALSE(settable(model_, items, Strictness::strong));
  EXPECT_EQ(shown(settable(model_, items, Strictness::strong, Nulls::kept)), R"({"Power":null})");
}

TEST_F(CommandTest, ServicesNeedAllOfTheirInputs) {
  const Service& dim = *model_.service("Dim");
  const auto inputs = [&](std::string_view text) {
    return shown(inputs_of(dim, parse_json(text)->get_object(), Strictness::strong));
  };
  EXPECT_EQ(inputs(R"({"To":30,"Slowly":1})"), R"({"To":30,"Slowly":1})");
  EXPECT_EQ(inputs(R"({"To":30})"),
            refused(Code::service_failed, "Slowly: Slowly is missing (6302)"));
}

TEST(Command, NumbersWithDecimalsAlwaysHaveThem) {
  const ThingModel model = testing::model_of(parse_tsl(R"({"properties": [
    {"identifier": "Heat", "name": "Heat", "accessMode": "rw",
     "dataType": {"type": "float", "specs": {"min": "0", "max": "100"}}},
    {"identifier": "Spot", "name": "Spot", "accessMode": "rw", "dataType": {"type": "struct",
     "specs": [{"identifier": "X", "name": "X",
                "dataType": {"type": "double", "specs": {"min": "0", "max": "9"}}}]}},
    {"identifier": "Row", "name": "Row", "accessMode": "rw", "dataType": {"type": "array",
     "specs": {"size": "3", "item": {"type": "float"}}}}]})")
                                                 .value());
  const auto items = parse_json(R"({"Heat":30,"Spot":{"X":5},"Row":[1,2.5]})")->get_object();
  EXPECT_EQ(print_json(settable(model, items, Strictness::strong).value()),
            R"({"Heat":30.0,"Spot":{"X":5.0},"Row":[1.0,2.5]})");
}

TEST(Command, TypesHaveNames) {
  const ThingModel model = testing::lamp();
  const auto name = [&](std::string_view property) {
    return name_of(model.property(property)->type);
  };
  EXPECT_EQ(name("Power"), "bool");
  EXPECT_EQ(name("Level"), "int");
  EXPECT_EQ(name("Temperature"), "float");
  EXPECT_EQ(name("Energy"), "double");
  EXPECT_EQ(name("Mode"), "enum");
  EXPECT_EQ(name("Label"), "text");
  EXPECT_EQ(name("Installed"), "date");
  EXPECT_EQ(name("Position"), "struct");
  EXPECT_EQ(name("Curve"), "array");
}

TEST(Command, OnlyObjectsAreParameters) {
  EXPECT_TRUE(parse_object("Items", R"({"Power":1})"));
  for (const char* text : {"", "{", "[]", "1", "null"}) {
    const auto read = parse_object("Items", text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::parameter_not_json);
  }
}

}  // namespace
}  // namespace herald::thing
