#include "net/health.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald::net {
namespace {

class HealthTest : public ::testing::Test {
 protected:
  void ask(const std::string& path) {
    health_.answer({.method = "GET", .target = path}, asker_, 0, [this](api::HttpResponse said) {
      ++answers_;
      answer_ = std::move(said);
    });
  }
  testing::HandShards shards_{2};
  testing::HandShards asker_{1};
  bool ready_ = true;
  Health health_{shards_, [this] { return ready_; }};
  int answers_ = 0;
  api::HttpResponse answer_;
};

TEST_F(HealthTest, ItIsWellWhenEveryShardAnswers) {
  ask("/healthz");
  EXPECT_EQ(answers_, 0);
  shards_.run();
  EXPECT_EQ(answer_.status, 200);
  EXPECT_EQ(answer_.body, "ok\n");
  asker_.run_late();
  EXPECT_EQ(answers_, 1);
}

TEST_F(HealthTest, AShardThatDoesNotAnswerIsNotWaitedForLong) {
  ask("/healthz");
  asker_.run_late();
  EXPECT_EQ(answer_.status, 503);
  EXPECT_EQ(answer_.body, "not ready\n");
  shards_.run();
  EXPECT_EQ(answers_, 1);
}

TEST_F(HealthTest, ReadyIsWhatThePlatformSays) {
  ask("/readyz");
  EXPECT_EQ(answer_.status, 200);
  ready_ = false;
  ask("/readyz");
  EXPECT_EQ(answer_.status, 503);
  EXPECT_EQ(answer_.body, "not ready\n");
}

TEST_F(HealthTest, OnlyReadingTheTwoPathsIsAProbe) {
  EXPECT_TRUE(Health::is_probe({.method = "HEAD", .target = "/readyz"}));
  EXPECT_FALSE(Health::is_probe({.method = "POST", .target = "/readyz"}));
  EXPECT_FALSE(Health::is_probe({.method = "GET", .target = "/"}));
}

}  // namespace
}  // namespace herald::net
