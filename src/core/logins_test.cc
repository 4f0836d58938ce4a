#include "core/logins.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/crypto.h"
#include "core/testing.h"

namespace herald {
namespace {

const AccountId account{1};

class LoginsTest : public ::testing::Test {
 protected:
  LoginsTest() { ram_.restore(RamUser{.account = account, .name = "alice"}); }

  // What became of a call; nothing: it succeeded.
  template <class Call>
  std::optional<Code> outcome(Call call) {
    std::promise<Result<Ram::SharedUser>> answered;
    call([&](Result<Ram::SharedUser> changed) { answered.set_value(std::move(changed)); });
    const auto changed = answered.get_future().get();
    return changed ? std::nullopt : std::optional(changed.error().code);
  }
  std::optional<Code> create(const std::string& user, const std::string& password) {
    return outcome([&](auto done) {
      logins_.create(account, user, password, /*must_change=*/true, std::move(done));
    });
  }
  std::optional<Code> update(std::optional<std::string> password, std::optional<bool> must_change) {
    return outcome([&](auto done) {
      logins_.update(account, "alice", std::move(password), must_change, std::move(done));
    });
  }
  std::optional<Code> change(const std::string& from, const std::string& to) {
    return outcome(
        [&](auto done) { logins_.change_password(account, "alice", from, to, std::move(done)); });
  }
  std::optional<Code> remove() {
    return outcome([&](auto done) { logins_.remove(account, "alice", std::move(done)); });
  }
  std::shared_ptr<const RamUser> alice() const { return ram_.user(account, "alice"); }

  ManualClock clock_{time_of(1'716'206'400'000)};
  IdGenerator ids_{clock_, 0};
  testing::HandStorage storage_;
  Registry registry_{storage_, ids_, clock_};
  Ram ram_{storage_, registry_, ids_, clock_};
  Logins logins_{ram_, clock_};
};

TEST_F(LoginsTest, PasswordsAreKeptAsHashes) {
  EXPECT_EQ(create("alice", "Secret-1"), std::nullopt);
  EXPECT_EQ(alice()->password.find("Secret-1"), std::string::npos);
  EXPECT_TRUE(is_password(alice()->password, "Secret-1"));
  EXPECT_FALSE(is_password(alice()->password, "Secret-2"));
  EXPECT_TRUE(alice()->must_change_password);
  EXPECT_EQ(alice()->login_created, clock_.now());
}

TEST_F(LoginsTest, AreHashedOnAThreadOfTheirOwn) {
  std::promise<std::thread::id> answered;
  logins_.create(account, "alice", "Secret-1", false,
                 [&](const auto&) { answered.set_value(std::this_thread::get_id()); });
  EXPECT_NE(answered.get_future().get(), std::this_thread::get_id());
}

TEST_F(LoginsTest, AUserHasOneOrNone) {
  EXPECT_EQ(create("nobody", "Secret-1"), Code::ram_user_not_found);
  EXPECT_EQ(update("Secret-2", {}), Code::ram_login_not_found);
  EXPECT_EQ(remove(), Code::ram_login_not_found);
  EXPECT_EQ(create("alice", "Secret-1"), std::nullopt);
  EXPECT_EQ(create("alice", "Secret-2"), Code::ram_login_exists);
  EXPECT_TRUE(is_password(alice()->password, "Secret-1"));
  EXPECT_EQ(remove(), std::nullopt);
  EXPECT_EQ(alice()->password, "");
  EXPECT_FALSE(alice()->must_change_password);
}

TEST_F(LoginsTest, WhatIsNotSetStays) {
  EXPECT_EQ(create("alice", "Secret-1"), std::nullopt);
  EXPECT_EQ(update({}, false), std::nullopt);
  EXPECT_TRUE(is_password(alice()->password, "Secret-1"));
  EXPECT_FALSE(alice()->must_change_password);
  EXPECT_EQ(update("Secret-2", {}), std::nullopt);
  EXPECT_TRUE(is_password(alice()->password, "Secret-2"));
}

TEST_F(LoginsTest, WhoChangesThePasswordKnowsTheOldOne) {
  EXPECT_EQ(change("Secret-1", "Secret-2"), Code::ram_login_not_found);
  EXPECT_EQ(create("alice", "Secret-1"), std::nullopt);
  EXPECT_EQ(change("secret-1", "Secret-2"), Code::ram_password_wrong);
  EXPECT_EQ(change("Secret-1", "Secret-2"), std::nullopt);
  EXPECT_TRUE(is_password(alice()->password, "Secret-2"));
  EXPECT_FALSE(alice()->must_change_password);
}

TEST_F(LoginsTest, WhatTheStorageRefusesIsAsItWas) {
  EXPECT_EQ(create("alice", "Secret-1"), std::nullopt);
  storage_.next = fail(Code::refused);
  EXPECT_EQ(change("Secret-1", "Secret-2"), Code::refused);
  EXPECT_TRUE(is_password(alice()->password, "Secret-1"));
}

TEST_F(LoginsTest, TooManyAreRefusedAndEachIsAnsweredOnce) {
  constexpr std::size_t calls = 2 * Logins::waiting_max;
  std::atomic<std::size_t> refused = 0, answered = 0;
  for (std::size_t i = 0; i < calls; ++i) {
    logins_.create(account, "alice", "Secret-1", false, [&](const auto& made) {
      ++answered;
      if (!made && made.error().code == Code::refused) ++refused;
    });
  }
  EXPECT_GT(refused, 0u);
  logins_.stop();
  EXPECT_EQ(answered, calls);
}

}  // namespace
}  // namespace herald
