#include "api/audit.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <vector>

#include "api/testing.h"

namespace herald::api {
namespace {

using namespace std::chrono_literals;
using testing::Pairs;
using testing::TestPlatform;

struct Kept final : Audit {
  void write(AuditRecord record) override { records.push_back(std::move(record)); }
  const AuditRecord& last() const { return records.back(); }
  std::vector<AuditRecord> records;
};

class AuditTest : public ::testing::Test {
 protected:
  std::string resources() const { return boost::json::serialize(kept.last().resources); }
  Kept kept;
  TestPlatform platform{{.quotas = {{"DeleteProduct", 1}}}, &kept};
  std::string product = platform.make_product("audited");
};

TEST_F(AuditTest, AWriteIsRecordedWithItsCaller) {
  const AuditRecord& record = kept.last();
  const std::string account = std::to_string(platform.account.account.id.value);
  EXPECT_EQ(record.operation, "CreateProduct");
  EXPECT_EQ(record.identity, "acs:ram::" + account + ":root");
  EXPECT_EQ(record.access_key, platform.account.key.id);
  EXPECT_EQ(record.code, "OK");
  EXPECT_EQ(record.time, platform.clock.now());
  EXPECT_EQ(resources(), R"({"ProductName":"audited"})");
}

TEST_F(AuditTest, FailuresAndRefusalsHaveTheirCodes) {
  platform.call("DeleteProduct", {{"ProductKey", "unknown"}});
  EXPECT_EQ(kept.last().code, "iot.prod.NotExistedProduct");
  platform.call("DeleteProduct", {{"ProductKey", product}});
  EXPECT_EQ(kept.last().code, "Throttling.User");
  EXPECT_EQ(resources(), R"({"ProductKey":")" + product + "\"}");
  EXPECT_EQ(kept.records.size(), 3u);
}

TEST_F(AuditTest, ReadsAndUnknownCallersAreNot) {
  platform.call("GetDeviceStatus", {{"ProductKey", product}, {"DeviceName", "lamp1"}});
  AccessKey wrong = platform.account.key;
  wrong.secret += "x";
  platform.call("DeleteProduct", {{"ProductKey", product}}, &wrong);
  platform.call("NoSuchOperation", {});
  EXPECT_EQ(kept.records.size(), 1u);
}

TEST_F(AuditTest, ReadsThatGiveOutSecretsAre) {
  platform.call("QueryProduct", {{"ProductKey", product}});
  EXPECT_EQ(kept.last().operation, "QueryProduct");
}

TEST_F(AuditTest, APublishHasItsMessageAndAFewOfItsDevices) {
  platform.call("CreateProductTopic",
                {{"ProductKey", product}, {"TopicShortName", "get"}, {"Operation", "SUB"}});
  Pairs call{{"ProductKey", product}, {"TopicShortName", "get"}, {"MessageContent", "aGlkZGVu"}};
  for (int i = 1; i <= 5; ++i) {
    platform.make_device(product, "lamp" + std::to_string(i));
    call.emplace_back("DeviceName." + std::to_string(i), "lamp" + std::to_string(i));
  }
  const auto answer = platform.call("BatchPub", std::move(call));
  EXPECT_EQ(kept.last().message_id, answer.text("MessageId"));
  EXPECT_EQ(kept.last().request_id, answer.text("RequestId"));
  EXPECT_EQ(resources(), R"({"ProductKey":")" + product +
                             R"(","DeviceName":{"count":5,"first":["lamp1","lamp2","lamp3"]},)"
                             R"("TopicShortName":"get"})");
}

TEST_F(AuditTest, ListsOfObjectsAreCounted) {
  Pairs call{{"GroupId", "group"}};
  for (int i = 1; i <= 4; ++i) {
    const std::string item = "Device." + std::to_string(i);
    call.emplace_back(item + ".ProductKey", "a1");
    call.emplace_back(item + ".DeviceName", "lamp" + std::to_string(i));
    call.emplace_back(item + ".Hidden", "x");
  }
  platform.call("BatchAddDeviceGroupRelations", std::move(call));
  EXPECT_EQ(resources(),
            R"({"GroupId":"group","Device":{"count":4,"first":[)"
            R"({"DeviceName":"lamp1","ProductKey":"a1"},{"DeviceName":"lamp2","ProductKey":"a1"},)"
            R"({"DeviceName":"lamp3","ProductKey":"a1"}]}})");
}

TEST_F(AuditTest, WhatIsNoTextOrTooLongIsMadeFit) {
  platform.call("DeleteProduct", {{"ProductKey", "\xff\n" + std::string(200, 'a')}});
  EXPECT_EQ(kept.last().resources.at("ProductKey").as_string(),
            "?\n" + std::string(126, 'a') + "…");
}

TEST(AuditDeclarations, SecretsAreNeverNames) {
  for (const Operation& operation : all_operations()) {
    for (const ParamInfo& info : operation.params) {
      for (const char* word : {"Secret", "Password", "Document", "Content", "Data", "Token"}) {
        const bool hidden = info.name.find(word) != std::string_view::npos;
        EXPECT_FALSE(hidden && info.names) << operation.name << " " << info.name;
      }
    }
  }
}

TEST(AuditDeclarations, WritesSayWhatTheyAreAbout) {
  for (const Operation& operation : all_operations()) {
    const auto names = std::ranges::count_if(operation.params, [](const ParamInfo& info) {
      return info.names && info.name != "IotInstanceId";
    });
    // ChangePassword is about its caller.
    if (operation.is_audited() && operation.name != "ChangePassword") {
      EXPECT_GT(names, 0) << operation.name;
    }
  }
}

bool has_secret(const Fields& fields) {
  return std::ranges::any_of(fields, [](const Field& field) {
    return field.name.ends_with("Secret") || has_secret(field.members);
  });
}

TEST(AuditDeclarations, WhatAnswersSecretsIsAudited) {
  for (const Operation& operation : all_operations()) {
    EXPECT_TRUE(!has_secret(operation.answer) || operation.is_audited()) << operation.name;
    EXPECT_TRUE(!operation.gives_secrets || has_secret(operation.answer)) << operation.name;
  }
}

}  // namespace
}  // namespace herald::api
