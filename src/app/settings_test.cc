#include "app/settings.h"

#include <gtest/gtest.h>

namespace herald::app {
namespace {

TEST(Settings, AKeySetsItsValue) {
  Settings settings;
  ASSERT_TRUE(set(settings, "limits.batch_recipients", "10000"));
  EXPECT_EQ(settings.batch_recipients, 10'000u);
}

TEST(Settings, AValueOutOfRangeIsRefusedWithTheRange) {
  Settings settings;
  const auto done = set(settings, "limits.batch_recipients", "10001");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("from 1 to 10000"), std::string::npos);
}

TEST(Settings, AnUnknownKeyIsRefused) {
  Settings settings;
  EXPECT_FALSE(set(settings, "limits.nothing", "1"));
  const auto done = set(settings, "limits.windows", "1");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().detail,
            "there is no setting 'limits.windows'; did you mean 'limits.window'?");
}

TEST(Settings, AQuotaCanBeLifted) {
  Settings settings;
  ASSERT_TRUE(set(settings, "quota.BatchPub", "unlimited"));
  EXPECT_EQ(settings.quotas.at("BatchPub"), std::nullopt);
  ASSERT_TRUE(set(settings, "quota.BatchPub", "200"));
  EXPECT_EQ(settings.quotas.at("BatchPub"), 200u);
  EXPECT_FALSE(set(settings, "quota.BatchPub", "0"));
}

TEST(Settings, AQuotaOfNoOperationIsRefusedWithItsName) {
  Settings settings;
  const auto done = set(settings, "quota.BatchPup", "unlimited");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("'BatchPup'"), std::string::npos);
  EXPECT_NE(done.error().detail.find("did you mean 'BatchPub'?"), std::string::npos);
  EXPECT_TRUE(settings.quotas.empty());
}

TEST(Settings, ALogLevelIsOneOfItsWords) {
  Settings settings;
  ASSERT_TRUE(set(settings, "log.level", "warning"));
  EXPECT_EQ(settings.log_level, log::Level::warning);
  const auto done = set(settings, "log.level", "warn");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("debug, info, warning or error"), std::string::npos);
}

TEST(Settings, ALogIsForPeopleOrJson) {
  Settings settings;
  ASSERT_TRUE(set(settings, "log.format", "json"));
  EXPECT_EQ(settings.log_format, log::Format::json);
  EXPECT_FALSE(set(settings, "log.format", "xml"));
}

TEST(Settings, AddressesHaveAPort) {
  Settings settings;
  ASSERT_TRUE(set(settings, "mqtt", "[::1]:1884"));
  EXPECT_EQ(settings.server.mqtt.host, "::1");
  EXPECT_EQ(settings.server.mqtt.port, 1884);
  EXPECT_FALSE(set(settings, "mqtt", "localhost"));
}

TEST(Settings, MetricsAreServedWhereItIsSaidOrNot) {
  Settings settings;
  EXPECT_EQ(settings.admin.address->port, 9180);
  EXPECT_FALSE(settings.admin.chosen);
  ASSERT_TRUE(set(settings, "admin", "10.0.0.1:81"));
  EXPECT_EQ(settings.admin.address->host, "10.0.0.1");
  EXPECT_TRUE(settings.admin.chosen);
  ASSERT_TRUE(set(settings, "admin", "off"));
  EXPECT_FALSE(settings.admin.address);
  EXPECT_FALSE(set(settings, "admin", "nowhere"));
}

TEST(Settings, RatesAreOffUntilAProfileOrAKeySetsThem) {
  Settings settings;
  EXPECT_FALSE(settings.rates.device_down);
  ASSERT_TRUE(use_profile(settings, "cloud"));
  EXPECT_EQ(settings.rates.device_down, 50u);
  EXPECT_EQ(settings.rates.account_connects, 500u);
  ASSERT_TRUE(set(settings, "rates.device_down", "7"));
  EXPECT_EQ(settings.rates.device_down, 7u);
  ASSERT_TRUE(set(settings, "rates.device_down", "unlimited"));
  EXPECT_FALSE(settings.rates.device_down);
  EXPECT_FALSE(set(settings, "rates.device_down", "0"));
}

}  // namespace
}  // namespace herald::app
