#include "thing/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "thing/testing.h"

namespace herald::thing {
namespace {

using testing::fault_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Decimal decimal(const std::string& text) { return {text, std::stod(text)}; }

FunctionBlock with(DataType type) {
  return {.properties = {{.identifier = "Power", .name = "Power", .type = std::move(type)}}};
}

std::vector<Parameter> parameters(std::size_t count) {
  std::vector<Parameter> list;
  for (std::size_t i = 0; i < count; ++i)
    list.push_back({"p" + std::to_string(i), "p", DateType()});
  return list;
}

std::vector<Property> properties(std::size_t count) {
  std::vector<Property> list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back({.identifier = "p" + std::to_string(i), .name = "p", .type = DateType()});
  }
  return list;
}

std::vector<Event> events(std::size_t count) {
  std::vector<Event> list;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back({.identifier = "e" + std::to_string(i), .name = "e"});
  }
  return list;
}

// Fits with `max` and is refused with one more.
void expect_limit(std::size_t max, const std::function<FunctionBlock(std::size_t)>& block) {
  EXPECT_EQ(fault_of(block(max)), "");
  EXPECT_NE(fault_of(block(max + 1)), "");
}

TEST(Rules, IdentifiersAreWordsOfFiftyCharacters) {
  EXPECT_TRUE(is_identifier("Power_1"));
  EXPECT_TRUE(is_identifier("1"));
  EXPECT_TRUE(is_identifier(std::string(50, 'a')));
  for (const std::string text : {"", "a-b", "a b", "a:b", "a.b", "灯"})
    EXPECT_FALSE(is_identifier(text));
  EXPECT_FALSE(is_identifier(std::string(51, 'a')));
  for (const char* word : {"set", "get", "post", "time", "value"})
    EXPECT_FALSE(is_identifier(word));
  EXPECT_TRUE(is_identifier("Set"));
}

TEST(Rules, FaultsNameTheIdentifier) {
  FunctionBlock block = with(DateType());
  block.properties[0].identifier = "a-b";
  EXPECT_THAT(fault_of(block), StartsWith("property a-b: an identifier has"));
  block = {.id = "lights", .name = "Lights", .events = events(1)};
  block.events[0].name = "";
  EXPECT_THAT(fault_of(block), StartsWith("event lights:e0: a name has"));
}

TEST(Rules, NamesHaveThirtyCharacters) {
  const auto named = [](const std::string& name) {
    FunctionBlock block = with(DateType());
    block.properties[0].name = name;
    return block;
  };
  std::string chinese;
  for (int i = 0; i < 30; ++i) chinese += "灯";
  EXPECT_EQ(fault_of(named(chinese)), "");
  EXPECT_NE(fault_of(named(chinese + "灯")), "");
  EXPECT_NE(fault_of(named("")), "");
  EXPECT_NE(fault_of(named("\xff")), "");
}

TEST(Rules, NumbersFitTheirType) {
  const auto number = [](NumberKind kind, const char* min, const char* max) {
    return fault_of(with(NumberType{.kind = kind, .min = decimal(min), .max = decimal(max)}));
  };
  EXPECT_EQ(number(NumberKind::int32, "-2147483648", "2147483647"), "");
  EXPECT_THAT(number(NumberKind::int32, "-2147483649", "0"), HasSubstr("out of the type's range"));
  EXPECT_THAT(number(NumberKind::int32, "0", "2147483648"), HasSubstr("out of the type's range"));
  EXPECT_THAT(number(NumberKind::int32, "0.5", "1"), HasSubstr("out of the type's range"));
  EXPECT_EQ(number(NumberKind::float32, "-1e38", "1e38"), "");
  EXPECT_NE(number(NumberKind::float32, "0", "1e39"), "");
  EXPECT_EQ(number(NumberKind::float64, "-1e300", "1e300"), "");
  EXPECT_EQ(number(NumberKind::int32, "5", "5"), "");
  EXPECT_THAT(number(NumberKind::int32, "6", "5"), HasSubstr("min 6 is above max 5"));
  EXPECT_EQ(fault_of(with(NumberType{})), "");
}

TEST(Rules, AStepIsWithinTheRange) {
  const auto stepped = [](const char* step) {
    return fault_of(with(NumberType{.kind = NumberKind::float32,
                                    .min = decimal("0"),
                                    .max = decimal("10"),
                                    .step = decimal(step)}));
  };
  EXPECT_EQ(stepped("0.1"), "");
  EXPECT_EQ(stepped("10"), "");
  EXPECT_THAT(stepped("0"), HasSubstr("not above 0"));
  EXPECT_THAT(stepped("-1"), HasSubstr("not above 0"));
  EXPECT_THAT(stepped("11"), HasSubstr("wider than the range"));
}

TEST(Rules, TextsAndArraysHaveALength) {
  expect_limit(10'240, [](std::size_t size) { return with(TextType{size}); });
  EXPECT_NE(fault_of(with(TextType{0})), "");
  expect_limit(512, [](std::size_t size) { return with(ArrayType{size, NumberType()}); });
  EXPECT_NE(fault_of(with(ArrayType{0, NumberType()})), "");
  EXPECT_NE(fault_of(with(ArrayType{1, TextType{0}})), "");
}

TEST(Rules, EnumsHaveUpToAHundredItems) {
  expect_limit(100, [](std::size_t count) {
    EnumType type;
    for (std::size_t i = 0; i < count; ++i) {
      type.items.emplace_back(static_cast<std::int32_t>(i), "x");
    }
    return with(type);
  });
  EXPECT_NE(fault_of(with(EnumType())), "");
  EXPECT_THAT(fault_of(with(EnumType{{{1, "a"}, {1, "b"}}})), HasSubstr("1 twice"));
}

TEST(Rules, StructsHaveUpToFiftySimpleMembers) {
  expect_limit(50, [](std::size_t count) { return with(StructType{parameters(count)}); });
  EXPECT_NE(fault_of(with(StructType())), "");
  const StructType inner{parameters(1)};
  EXPECT_THAT(fault_of(with(StructType{{{"inner", "inner", inner}}})),
              HasSubstr("inner of a struct"));
  EXPECT_THAT(fault_of(with(StructType{{{"inner", "inner", ArrayType{1, NumberType()}}}})),
              HasSubstr("inner of a struct"));
  EXPECT_THAT(fault_of(with(StructType{{{"a", "a", DateType()}, {"a", "a", DateType()}}})),
              HasSubstr("twice"));
  EXPECT_NE(fault_of(with(ArrayType{1, StructType{parameters(51)}})), "");
}

TEST(Rules, ServicesAndEventsHaveBoundedLists) {
  expect_limit(100, [](std::size_t count) {
    return FunctionBlock{
        .services = {{.identifier = "Dim", .name = "Dim", .inputs = parameters(count)}}};
  });
  expect_limit(100, [](std::size_t count) {
    return FunctionBlock{
        .services = {{.identifier = "Dim", .name = "Dim", .outputs = parameters(count)}}};
  });
  expect_limit(50, [](std::size_t count) {
    return FunctionBlock{
        .events = {{.identifier = "Off", .name = "Off", .outputs = parameters(count)}}};
  });
}

TEST(Rules, AModelHasUpToThreeHundredFeatures) {
  expect_limit(256,
               [](std::size_t count) { return FunctionBlock{.properties = properties(count)}; });
  expect_limit(44, [](std::size_t count) {
    return FunctionBlock{.properties = properties(256), .events = events(count)};
  });
  // Blocks count together.
  FunctionBlock other{.id = "other", .name = "other", .properties = properties(1)};
  EXPECT_NE(fault_of({FunctionBlock{.properties = properties(256)}, other}), "");
}

TEST(Rules, AnIdentifierIsThereOncePerKindAndBlock) {
  FunctionBlock block{.properties = properties(1), .events = events(1)};
  block.events[0].identifier = "p0";
  const FunctionBlock other{.id = "other", .name = "other", .properties = properties(1)};
  EXPECT_EQ(fault_of({block, other}), "");
  block.properties.push_back(block.properties[0]);
  EXPECT_EQ(fault_of(block), "property p0: it is there twice");
}

TEST(Rules, BlocksHaveIdsAndNames) {
  const auto blocks = [](std::size_t count) {
    std::vector<FunctionBlock> list;
    for (std::size_t i = 0; i < count; ++i)
      list.push_back({.id = "b" + std::to_string(i), .name = "Block"});
    return list;
  };
  EXPECT_EQ(fault_of(blocks(200)), "");
  EXPECT_NE(fault_of(blocks(201)), "");
  EXPECT_EQ(fault_of(FunctionBlock{.id = std::string(30, 'a'), .name = "Four"}), "");
  EXPECT_NE(fault_of(FunctionBlock{.id = std::string(31, 'a'), .name = "Four"}), "");
  EXPECT_NE(fault_of(FunctionBlock{.id = "a:b", .name = "Four"}), "");
  EXPECT_NE(fault_of(FunctionBlock{.id = "a", .name = "The"}), "");
  EXPECT_NE(fault_of(FunctionBlock{.id = "a", .name = std::string(31, 'a')}), "");
  EXPECT_NE(fault_of({FunctionBlock{.id = "a", .name = "Four"},
                      FunctionBlock{.id = "a", .name = "Four"}}),
            "");
}

TEST(Rules, VersionsAreShort) {
  for (const char* text : {"1", "v1.0.2", "2024.05.20.1200"}) EXPECT_TRUE(is_version(text)) << text;
  for (const char* text : {"", "1_0", "1-0", "12345678901234567", "版"}) {
    EXPECT_FALSE(is_version(text)) << text;
  }
}

TEST(ThingModel, FeaturesAreFoundByTheirFullIdentifier) {
  FunctionBlock block{
      .id = "strip", .name = "Strip", .properties = properties(1), .events = events(1)};
  const ThingModel made = ThingModel::make({block, testing::lamp_block()}).value();
  // It can move.
  const ThingModel model = [&] {
    return ThingModel::make({block, testing::lamp_block()}).value();
  }();
  EXPECT_EQ(model.blocks().front().id, "");
  ASSERT_NE(model.property("strip:p0"), nullptr);
  EXPECT_EQ(model.property("strip:p0"), &model.block("strip")->properties[0]);
  EXPECT_EQ(model.property("p0"), nullptr);
  EXPECT_EQ(model.property("strip:Level"), nullptr);
  EXPECT_NE(model.event("strip:e0"), nullptr);
  EXPECT_NE(model.service("Dim"), nullptr);
  EXPECT_EQ(model.service("Power"), nullptr);
  EXPECT_EQ(model.block("other"), nullptr);
}

TEST(ThingModel, MethodsNameTheBlock) {
  const ThingModel model = testing::lamp();
  EXPECT_EQ(method_of(*model.block(""), *model.event("Broken")), "thing.event.Broken.post");
  EXPECT_EQ(method_of(*model.block(""), *model.service("Dim")), "thing.service.Dim");
  const FunctionBlock block{.id = "strip", .name = "Strip", .events = events(1)};
  EXPECT_EQ(method_of(block, block.events[0]), "thing.event.strip:e0.post");
}

TEST(ThingModel, AnEmptyOneHasItsDefaultBlock) {
  const ThingModel model;
  EXPECT_EQ(model.blocks().size(), 1u);
  EXPECT_NE(model.block(""), nullptr);
}

}  // namespace
}  // namespace herald::thing
