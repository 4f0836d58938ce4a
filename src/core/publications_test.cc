#include "core/publications.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

using namespace std::chrono_literals;

constexpr Time noon = time_of(1'716'206'400'000);
const auto all = [](const Publications::Publication&) { return true; };

class PublicationsTest : public ::testing::Test {
 protected:
  void publish(std::uint64_t id, Time created, std::size_t recipients = 1,
               AccountId account = {1}) {
    Message message{.id = MessageId{id}, .account = account, .product = "a1product000"};
    message.created = created;
    for (std::size_t i = 0; i < recipients; ++i) message.recipients.push_back(DeviceId{i + 1});
    publications_.add(message);
  }
  Publications publications_;
};

TEST_F(PublicationsTest, ListsTheNewestFirstInParts) {
  for (std::uint64_t id = 1; id <= 5; ++id) publish(id, noon);
  const auto part = publications_.latest(AccountId{1}, all, 1, 2);
  EXPECT_EQ(part.total, 5u);
  ASSERT_EQ(part.publications.size(), 2u);
  EXPECT_EQ(part.publications[0].id, MessageId{4});
  EXPECT_EQ(part.publications[1].id, MessageId{3});
}

TEST_F(PublicationsTest, KeepsAccountsApart) {
  publish(1, noon);
  EXPECT_EQ(publications_.latest(AccountId{2}, all, 0, 10).total, 0u);
}

TEST_F(PublicationsTest, ForgetsTheOldestWhenThereAreTooManyMessagesOrRecipients) {
  for (std::uint64_t id = 1; id <= Publications::messages_max + 1; ++id) publish(id, noon);
  EXPECT_EQ(publications_.latest(AccountId{1}, all, 0, 1).total, Publications::messages_max);
  publish(20'000, noon, Publications::recipients_max);
  EXPECT_EQ(publications_.latest(AccountId{1}, all, 0, 1).total, 1u);
}

TEST_F(PublicationsTest, CountsByIntervalOverTheLastDay) {
  publish(1, noon - 25h, 7);
  publish(2, noon - 10min, 2);
  publish(3, noon, 3);
  publish(4, noon + 1min, 4);
  const auto counts = publications_.counts(AccountId{1}, noon + 2min);
  ASSERT_EQ(counts.size(), Publications::intervals);
  EXPECT_EQ(counts.back().begin, noon);
  EXPECT_EQ(counts.back().messages, 2);
  EXPECT_EQ(counts.back().recipients, 7);
  EXPECT_EQ(counts[counts.size() - 2].messages, 0);
  EXPECT_EQ(counts[counts.size() - 3].recipients, 2);
  EXPECT_EQ(counts.front().messages, 0);
}

}  // namespace
}  // namespace herald
