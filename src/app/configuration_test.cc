#include "app/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "base/golden.h"

namespace herald::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::filesystem::path file_of(const std::string& text) {
  const auto file =
      std::filesystem::path(::testing::TempDir()) /
      (std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".toml");
  std::ofstream(file) << text;
  return file;
}

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> const char* {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  };
}

TEST(Configuration, AFileSetsAllOfItsKeys) {
  Settings settings;
  EXPECT_THAT(read_file(settings, file_of("shards = 3\napi = \"127.0.0.1:81\"\n[quota]\n"
                                          "BatchPub = \"unlimited\"\nPub = 7\n")),
              IsEmpty());
  EXPECT_EQ(settings.shards, 3u);
  EXPECT_EQ(settings.server.api.port, 81);
  EXPECT_EQ(settings.quotas.at("Pub"), 7u);
}

TEST(Configuration, AFileThatIsNoTomlIsRefusedWithTheLine) {
  Settings settings;
  EXPECT_THAT(read_file(settings, file_of("shards = 3\napi = \n")),
              ElementsAre(HasSubstr(".toml:2: ")));
}

TEST(Configuration, AFileThatIsNotThereIsRefused) {
  Settings settings;
  EXPECT_THAT(read_file(settings, "/nowhere/herald.toml"), ElementsAre(HasSubstr("/nowhere/")));
}

TEST(Configuration, AllThatIsWrongWithAFileIsTold) {
  Settings settings;
  const auto problems = read_file(
      settings, file_of("shard = 3\n[log]\nlevel = \"loud\"\n[limits]\nwindow = 0\nqueue_bytes = "
                        "7\n[tls]\nkey = true\n"));
  EXPECT_THAT(
      problems,
      ElementsAre(HasSubstr(".toml:1: there is no setting 'shard'; did you mean 'shards'?"),
                  HasSubstr(".toml:3: log.level takes debug, info, warning or error, not 'loud'"),
                  HasSubstr(".toml:5: limits.window takes a whole number from 1 to 1024"),
                  HasSubstr(".toml:8: tls.key takes a text or a whole number")));
  EXPECT_EQ(settings.homes.queue_bytes_max, 7u) << "what fits is set";
}

TEST(Configuration, TheEnvironmentSetsKeys) {
  Settings settings;
  EXPECT_THAT(read_environment(settings, environment_of({{"HERALD_API", "127.0.0.1:82"},
                                                         {"HERALD_LIMITS_QUEUE_MESSAGES", "9"},
                                                         {"HERALD_QUOTA_BATCHPUB", "unlimited"},
                                                         {"HERALD_SERVICE_HOST", "elsewhere"}})),
              IsEmpty());
  EXPECT_EQ(settings.server.api.port, 82);
  EXPECT_EQ(settings.homes.queue_messages_max, 9u);
  EXPECT_EQ(settings.quotas.at("BatchPub"), std::nullopt);
}

TEST(Configuration, AVariableThatDoesNotFitIsNamed) {
  Settings settings;
  EXPECT_THAT(read_environment(settings, environment_of({{"HERALD_SHARDS", "many"}})),
              ElementsAre(HasSubstr("HERALD_SHARDS: shards takes a whole number")));
}

TEST(Configuration, NoTwoKeysShareAVariable) {
  std::set<std::string> variables{"HERALD_MASTER_KEY", "HERALD_ENDPOINT", "HERALD_INSTANCE_ID"};
  for (const SettingInfo& info : all_settings()) {
    EXPECT_TRUE(variables.insert(variable_of(info.key)).second) << info.key;
  }
}

TEST(Configuration, WhatIsGivenIsOverTheEnvironmentAndThatOverTheFile) {
  const auto file = file_of("[limits]\nwindow = 2\nsubscriptions = 2\nqueue_messages = 2\n");
  ::setenv("HERALD_LIMITS_SUBSCRIPTIONS", "3", 1);
  ::setenv("HERALD_LIMITS_QUEUE_MESSAGES", "3", 1);
  const auto settings = load({.file = file, .given = {{"limits.queue_messages", "4"}}});
  ::unsetenv("HERALD_LIMITS_SUBSCRIPTIONS");
  ::unsetenv("HERALD_LIMITS_QUEUE_MESSAGES");
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->server.devices.session.window, 2u);
  EXPECT_EQ(settings->homes.subscriptions_per_device, 3u);
  EXPECT_EQ(settings->homes.queue_messages_max, 4u);
}

TEST(Configuration, WhatIsPrintedReadsTheSame) {
  Settings settings;
  ASSERT_TRUE(use_profile(settings, "cloud"));
  ASSERT_TRUE(set(settings, "mqtt2", "[::1]:1884"));
  ASSERT_TRUE(set(settings, "log.level", "error"));
  ASSERT_TRUE(set(settings, "tls.key", "/a \"quoted\"\\path"));
  ASSERT_TRUE(set(settings, "quota.Pub", "unlimited"));
  Settings again;
  EXPECT_THAT(read_file(again, file_of(to_toml(settings))), IsEmpty());
  EXPECT_EQ(to_toml(again), to_toml(settings));
  EXPECT_THAT(differences(settings, again), IsEmpty());
  EXPECT_EQ(again.server.mqtt2->host, "::1");
  EXPECT_EQ(again.tls_key, "/a \"quoted\"\\path");
}

TEST(Configuration, EveryKeyIsExplained) {
  for (const SettingInfo& info : all_settings()) {
    EXPECT_NE(info.doc.empty(), !info.key.starts_with("quota.")) << info.key;
  }
}

TEST(Configuration, DifferencesAreByKey) {
  Settings before, after;
  ASSERT_TRUE(set(after, "shards", "7"));
  ASSERT_TRUE(set(after, "quota.Pub", "7"));
  const auto differing = differences(before, after);
  ASSERT_EQ(differing.size(), 2u);
  EXPECT_EQ(differing[0].key, "shards");
  EXPECT_EQ(differing[0].applies, Applies::at_start);
  EXPECT_EQ(differing[1].key, "quota.Pub");
  EXPECT_EQ(differing[1].applies, Applies::at_once);
}

TEST(Configuration, TheReferenceIsTheReviewedOne) {
  testing::expect_reviewed("docs/configuration.md", configuration_reference());
}

}  // namespace
}  // namespace herald::app
