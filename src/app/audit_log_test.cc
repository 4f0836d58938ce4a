#include "app/audit_log.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <vector>

namespace herald::app {
namespace {

namespace fs = std::filesystem;

class AuditLogTest : public testing::Test {
 protected:
  AuditLogTest() {
    std::string name = testing::TempDir() + "/audit_log_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "audit.log";
  }
  ~AuditLogTest() override { fs::remove_all(folder_); }

  static std::vector<std::string> lines_of(const fs::path& path) {
    std::vector<std::string> lines;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  static api::AuditRecord record(std::string request_id) {
    return {.time = time_of(1'716'206'400'000),
            .account = {12},
            .identity = "acs:ram::12:user/alice",
            .access_key = "LTAI\xff",
            .peer = "127.0.0.1",
            .operation = "Pub",
            .resources = {{"ProductKey", "a1"}},
            .code = "OK",
            .request_id = std::move(request_id)};
  }

  fs::path folder_;
  fs::path file_;
  ManualClock clock_{time_of(1'716'206'400'000)};
};

TEST_F(AuditLogTest, ARecordIsOneLineOfJson) {
  auto made = record("R-1");
  made.message_id = "7";
  EXPECT_EQ(audit_line(made),
            R"({"time":"2024-05-20T12:00:00.000Z","account":"12",)"
            R"("identity":"acs:ram::12:user/alice","AccessKeyId":"LTAI?","peer":"127.0.0.1",)"
            R"("operation":"Pub","resources":{"ProductKey":"a1"},"code":"OK",)"
            R"("RequestId":"R-1","MessageId":"7"})"
            "\n");
}

TEST_F(AuditLogTest, AllIsWrittenWhenItStops) {
  AuditLog log(LogFile(file_, limits::MiB, 2), clock_);
  ASSERT_TRUE(log.start());
  for (int i = 0; i < 100; ++i) log.write(record(std::to_string(i)));
  log.stop();
  const auto lines = lines_of(file_);
  ASSERT_EQ(lines.size(), 100u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(boost::json::parse(lines[i]).at("RequestId").as_string(), std::to_string(i));
  }
}

TEST_F(AuditLogTest, ACommandNeedsNoThread) {
  {
    AuditLog(LogFile(file_, limits::MiB, 2), clock_).write(record("R-1"));
  }
  EXPECT_EQ(lines_of(file_).size(), 1u);
}

TEST_F(AuditLogTest, WhatAFullQueueLosesIsNoted) {
  AuditLog log(LogFile(file_, 64 * limits::MiB, 2), clock_);
  for (std::size_t i = 0; i < AuditLog::waiting_max + 3; ++i) log.write(record("R"));
  testing::internal::CaptureStderr();
  log.stop();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("lost 3 records"), std::string::npos);
  const auto lines = lines_of(file_);
  ASSERT_EQ(lines.size(), AuditLog::waiting_max + 1);
  EXPECT_EQ(lines.back(), R"({"time":"2024-05-20T12:00:00.000Z","lost":3})");
}

TEST_F(AuditLogTest, AFileThatFailsIsLoggedAndNotedLater) {
  AuditLog log(LogFile(folder_ / "later" / "audit.log", limits::MiB, 2), clock_);
  log.write(record("R-1"));
  testing::internal::CaptureStderr();
  log.stop();
  EXPECT_NE(testing::internal::GetCapturedStderr().find("is not written"), std::string::npos);
  fs::create_directory(folder_ / "later");
  log.write(record("R-2"));
  log.stop();
  const auto lines = lines_of(folder_ / "later" / "audit.log");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(lines[0].find("R-2"), std::string::npos);
  EXPECT_NE(lines[1].find(R"("lost":1})"), std::string::npos);
}

}  // namespace
}  // namespace herald::app
