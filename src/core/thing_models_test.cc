#include "core/thing_models.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/gateways.h"
#include "core/homes.h"
#include "core/removals.h"
#include "core/testing.h"
#include "store/testing.h"

namespace herald {
namespace {

using testing::Bench;

class ThingModelsTest : public ::testing::Test {
 protected:
  ~ThingModelsTest() override { bench_.settle(); }

  const Product& product() const { return *bench_.product; }

  // Errors as codes; none: it was done.
  std::optional<Code> change(const ThingModels::DraftChange& change) {
    std::optional<Code> code;
    things_.change_draft(product(), change, {}, [&](const Result<void>& done) {
      if (!done) code = done.error().code;
    });
    bench_.settle();
    return code;
  }
  std::optional<Code> add(const std::string& identifier) {
    return change([&](ThingModels::Blocks& blocks) -> Result<void> {
      blocks.front().properties.push_back(
          {.identifier = identifier, .name = identifier, .type = thing::DateType()});
      return {};
    });
  }
  std::optional<Code> publish(const std::string& version) {
    std::optional<Code> code;
    things_.publish(product(), version, "words", {}, [&](const Result<void>& done) {
      if (!done) code = done.error().code;
    });
    bench_.settle();
    return code;
  }
  bool is_published(std::string_view identifier) const {
    const auto model = things_.published(product().key.view());
    return model && model->property(identifier) != nullptr;
  }
  std::size_t records() {
    std::size_t count = 0;
    for (const Record& record : testing::loaded(*bench_.store)) {
      count += std::holds_alternative<ThingDraft>(record) ||
                       std::holds_alternative<ThingVersions>(record)
                   ? 1
                   : 0;
    }
    return count;
  }

  Bench bench_;
  ThingModels things_{bench_.store->registry(), bench_.registry, bench_.clock};
};

TEST_F(ThingModelsTest, AProductBeginsWithoutAny) {
  EXPECT_EQ(things_.published(product().key.view()), nullptr);
  EXPECT_TRUE(things_.draft(product())->blocks().front().properties.empty());
  EXPECT_EQ(things_.version(product(), "").error().code, Code::thing_model_not_found);
  EXPECT_TRUE(things_.versions(product()).empty());
}

TEST_F(ThingModelsTest, DevicesAreHeldToWhatIsPublished) {
  EXPECT_EQ(add("Power"), std::nullopt);
  EXPECT_NE(things_.draft(product())->property("Power"), nullptr);
  EXPECT_EQ(things_.published(product().key.view()), nullptr);
  EXPECT_EQ(publish("v1"), std::nullopt);
  EXPECT_TRUE(is_published("Power"));
  EXPECT_EQ(add("Level"), std::nullopt);
  EXPECT_FALSE(is_published("Level"));
  EXPECT_EQ(publish("v2"), std::nullopt);
  EXPECT_TRUE(is_published("Level"));
  EXPECT_EQ(things_.version(product(), "v1")->model->property("Level"), nullptr);
  EXPECT_EQ(things_.version(product(), "")->version, "v2");
  EXPECT_EQ(things_.version(product(), "v3").error().code, Code::thing_model_not_found);
}

TEST_F(ThingModelsTest, TenVersionsAreKeptTheNewestFirst) {
  for (int i = 1; i <= 11; ++i) EXPECT_EQ(publish("v" + std::to_string(i)), std::nullopt);
  const auto list = things_.versions(product());
  ASSERT_EQ(list.size(), 10u);
  EXPECT_EQ(list.front().version, "v11");
  EXPECT_EQ(list.back().version, "v2");
  EXPECT_EQ(list.front().description, "words");
}

TEST_F(ThingModelsTest, VersionsAreCalledByTheirNameOrTheTime) {
  EXPECT_EQ(publish(""), std::nullopt);
  EXPECT_EQ(things_.versions(product()).front().version,
            std::to_string(millis(bench_.clock.now())));
  EXPECT_EQ(publish("a b"), Code::thing_version_invalid);
  EXPECT_EQ(publish("v1"), std::nullopt);
  EXPECT_EQ(publish("v1"), Code::thing_version_invalid);
}

TEST_F(ThingModelsTest, AChangeThatBreaksARuleChangesNothing) {
  EXPECT_EQ(add("Power"), std::nullopt);
  EXPECT_EQ(add("Power"), Code::tsl_malformed);
  EXPECT_EQ(change([](ThingModels::Blocks&) -> Result<void> { return fail(Code::absent); }),
            Code::absent);
  EXPECT_EQ(things_.draft(product())->blocks().front().properties.size(), 1u);
}

TEST_F(ThingModelsTest, AModelAsAWholeIsBounded) {
  std::optional<Code> code;
  const std::string words(60'000, 'x');
  for (int i = 0; i < 5 && !code; ++i) {
    code = change([&](ThingModels::Blocks& blocks) -> Result<void> {
      blocks.front().events.push_back(
          {.identifier = "e" + std::to_string(i), .name = "e", .description = words});
      return {};
    });
  }
  EXPECT_EQ(code, Code::tsl_malformed);
  EXPECT_EQ(things_.draft(product())->blocks().front().events.size(), 4u);
}

TEST_F(ThingModelsTest, AReleasedProductIsNotEdited) {
  bench_.registry.change_product(
      product().key,
      [](Product& changed) -> Result<void> {
        changed.released = true;
        return {};
      },
      {}, [](const Result<void>&) {});
  bench_.settle();
  EXPECT_EQ(add("Power"), Code::product_released);
  EXPECT_EQ(publish("v1"), Code::product_released);
}

TEST_F(ThingModelsTest, WhatWasKeptIsThereAfterARestart) {
  EXPECT_EQ(change([](ThingModels::Blocks& blocks) -> Result<void> {
              blocks.push_back({.id = "strip", .name = "Strip"});
              blocks.back().services.push_back({.identifier = "Dim", .name = "Dim"});
              return {};
            }),
            std::nullopt);
  EXPECT_EQ(publish("v1"), std::nullopt);
  EXPECT_EQ(add("Power"), std::nullopt);
  ThingModels again(bench_.store->registry(), bench_.registry, bench_.clock);
  for (Record& record : testing::loaded(*bench_.store)) {
    if (auto* draft = std::get_if<ThingDraft>(&record)) again.restore(std::move(*draft));
    if (auto* published = std::get_if<ThingVersions>(&record)) again.restore(std::move(*published));
  }
  EXPECT_NE(again.draft(product())->property("Power"), nullptr);
  const auto model = again.published(product().key.view());
  ASSERT_NE(model, nullptr);
  EXPECT_NE(model->service("strip:Dim"), nullptr);
  EXPECT_EQ(model->property("Power"), nullptr);
  EXPECT_EQ(again.versions(product()).size(), 1u);
}

TEST_F(ThingModelsTest, WhatCannotBeReadIsEmpty) {
  things_.restore(
      ThingDraft{.account = product().account, .product = product().key, .blocks = {"nonsense"}});
  EXPECT_TRUE(things_.draft(product())->blocks().front().properties.empty());
}

TEST_F(ThingModelsTest, ADeletedProductTakesItsModelsAlong) {
  EXPECT_EQ(add("Power"), std::nullopt);
  EXPECT_EQ(publish("v1"), std::nullopt);
  EXPECT_EQ(records(), 2u);
  TopicRoutes routes(bench_.store->registry());
  Retained retained(bench_.store->registry(), bench_.clock);
  DeviceGroups groups(bench_.store->registry(), bench_.registry, bench_.clock);
  Shadows shadows(bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                  bench_.clock);
  Gateways gateways(bench_.store->registry(), bench_.registry, bench_.homes, bench_.publisher,
                    bench_.clock);
  Removals removals(bench_.registry, bench_.homes, routes, retained, groups, shadows, things_,
                    gateways);
  removals.remove_product(product().key, {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
  while (!bench_.registry.removals().empty()) bench_.settle();
  EXPECT_EQ(records(), 0u);
  EXPECT_EQ(things_.published(product().key.view()), nullptr);
  EXPECT_EQ(add("Power"), Code::product_not_found);
}

}  // namespace
}  // namespace herald
