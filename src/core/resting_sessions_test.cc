#include "core/resting_sessions.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(RestingSessions, KeepAllOfASession) {
  const RestingSession session{
      .name = "lamp",
      .subscriptions = {{"/a1/lamp/user/get", 1, time_of(1'700'000'000'000), true, false},
                        {"$share/g/" + std::string(300, 'x'), 0, time_of(1), false, true}},
      .expiry = 3'600,
      .expires_at = time_of(1'700'000'003'600)};
  RestingSessions sessions;
  sessions.put(DeviceId{7}, session);
  const auto found = sessions.find(DeviceId{7});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, session.name);
  EXPECT_EQ(found->subscriptions, session.subscriptions);
  EXPECT_EQ(found->expiry, session.expiry);
  EXPECT_EQ(found->expires_at, session.expires_at);
}

TEST(RestingSessions, WhatIsTakenIsThereNoMore) {
  RestingSessions sessions;
  sessions.put(DeviceId{7}, {.name = "lamp"});
  EXPECT_TRUE(sessions.take(DeviceId{7}));
  EXPECT_FALSE(sessions.take(DeviceId{7}));
  EXPECT_FALSE(sessions.find(DeviceId{7}));
}

}  // namespace
}  // namespace herald
