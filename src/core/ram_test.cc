#include "core/ram.h"

#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

const AccountId account{1'000'000'000'000'001}, stranger{1'000'000'000'000'002};

std::string policy_of(const std::string& effect, const std::string& action) {
  return R"({"Version":"1","Statement":[{"Effect":")" + effect + R"(","Action":")" + action +
         R"(","Resource":"*"}]})";
}
std::string trust_in(const std::string& name, const std::string& effect = "Allow") {
  return R"({"Effect":")" + effect + R"(","Action":"sts:AssumeRole","Principal":{"RAM":[")" + name +
         R"("]}})";
}
std::string document(const std::string& statements) {
  return R"({"Version":"1","Statement":[)" + statements + "]}";
}

class RamTest : public ::testing::Test {
 protected:
  RamTest() {
    create_user("alice");
    create_role("publisher", trust_in(arn_of(account, "root", "")));
  }

  // What became of a call; nothing: it succeeded.
  template <class Call>
  std::optional<Code> outcome(Call call) {
    std::optional<std::optional<Code>> found;
    call([&](const auto& answer) {
      found = answer ? std::nullopt : std::optional(answer.error().code);
    });
    EXPECT_TRUE(found) << "not answered";
    return found.value_or(Code::absent);
  }
  std::optional<Code> create_user(const std::string& name) {
    return outcome([&](auto done) { ram_.create_user({.account = account, .name = name}, done); });
  }
  std::optional<Code> delete_user(const std::string& name) {
    return outcome([&](auto done) { ram_.delete_user(account, name, done); });
  }
  std::optional<Code> create_role(const std::string& name, const std::string& statements) {
    return outcome([&](auto done) {
      ram_.create_role({.account = account, .name = name, .trust = document(statements)}, done);
    });
  }
  std::optional<Code> delete_role(const std::string& name) {
    return outcome([&](auto done) { ram_.delete_role(account, name, done); });
  }
  std::optional<Code> create_policy(const std::string& name, const std::string& text) {
    return outcome([&](auto done) {
      ram_.create_policy({.account = account, .name = name, .document = text}, done);
    });
  }
  std::optional<Code> attach(Ram::Holder holder, const std::string& name,
                             const std::string& policy) {
    return outcome([&](auto done) { ram_.attach(account, holder, name, policy, done); });
  }
  std::optional<Code> detach(Ram::Holder holder, const std::string& name,
                             const std::string& policy) {
    return outcome([&](auto done) { ram_.detach(account, holder, name, policy, done); });
  }
  AccessKey create_key(const std::string& user) {
    AccessKey key;
    ram_.create_key(account, user, [&](Result<AccessKey> made) { key = made.value(); });
    return key;
  }

  static Principal as_user(const std::string& name, AccountId of = account) {
    Principal made;
    made.account = of;
    made.user = name;
    return made;
  }
  Principal as_role(const std::string& name) const {
    Principal made;
    made.account = account;
    made.role = name;
    made.id = ram_.role(account, name)->id;
    made.session = "test";
    return made;
  }
  static Principal narrowed(Principal of, const std::string& text) {
    of.narrow = std::make_shared<const Policy>(Policy::parse(text).value());
    return of;
  }
  bool trusts(const std::string& statements, const Principal& caller) {
    return Ram::trusts({.trust = document(statements)}, caller);
  }

  static constexpr auto of_user = Ram::Holder::user, of_role = Ram::Holder::role;
  const std::string full_ = "System/AliyunIOTFullAccess";
  const std::string reading_ = "System/AliyunIOTReadOnlyAccess";
  ManualClock clock_{time_of(1'716'206'400'000)};
  IdGenerator ids_{clock_, 0};
  testing::HandStorage storage_;
  Registry registry_{storage_, ids_, clock_};
  Ram ram_{storage_, registry_, ids_, clock_};
};

// Who may do what.

TEST_F(RamTest, AnAccountMayDoEverythingAndItsUsersWhatPoliciesSay) {
  Principal itself;
  itself.account = account;
  EXPECT_TRUE(ram_.allows(itself, "iot:DeleteProduct"));
  EXPECT_FALSE(ram_.allows(as_user("alice"), "iot:Pub"));
  EXPECT_EQ(attach(of_user, "alice", full_), std::nullopt);
  EXPECT_TRUE(ram_.allows(as_user("alice"), "iot:Pub"));
  EXPECT_FALSE(ram_.allows(as_user("alice"), "ram:CreateUser"));
  EXPECT_FALSE(ram_.allows(as_user("alice", stranger), "iot:Pub")) << "another account's alice";
  EXPECT_EQ(detach(of_user, "alice", full_), std::nullopt);
  EXPECT_FALSE(ram_.allows(as_user("alice"), "iot:Pub"));
}

TEST_F(RamTest, WhoIsGoneMayNothing) {
  EXPECT_FALSE(ram_.allows(as_user("nobody"), "iot:Pub"));
  EXPECT_EQ(attach(of_role, "publisher", full_), std::nullopt);
  const Principal session = as_role("publisher");
  EXPECT_TRUE(ram_.allows(session, "iot:Pub"));
  EXPECT_EQ(detach(of_role, "publisher", full_), std::nullopt);
  EXPECT_EQ(delete_role("publisher"), std::nullopt);
  EXPECT_FALSE(ram_.allows(session, "iot:Pub"));
  EXPECT_EQ(ram_.role_of(session), nullptr);
}

TEST_F(RamTest, ARoleOfTheSameNameIsAnother) {
  const Principal session = as_role("publisher");
  EXPECT_EQ(delete_role("publisher"), std::nullopt);
  EXPECT_EQ(create_role("publisher", trust_in(arn_of(account, "root", ""))), std::nullopt);
  EXPECT_EQ(attach(of_role, "publisher", full_), std::nullopt);
  EXPECT_FALSE(ram_.allows(session, "iot:Pub"));
  EXPECT_EQ(ram_.role_of(session), nullptr);
  EXPECT_TRUE(ram_.allows(as_role("publisher"), "iot:Pub"));
}

TEST_F(RamTest, AUserOfTheSameNameStartsWithNothing) {
  const std::string id = ram_.user(account, "alice")->id;
  EXPECT_EQ(attach(of_user, "alice", full_), std::nullopt);
  const AccessKey key = create_key("alice");
  EXPECT_EQ(delete_user("alice"), Code::ram_delete_conflict);
  EXPECT_EQ(detach(of_user, "alice", full_), std::nullopt);
  EXPECT_EQ(delete_user("alice"), Code::ram_delete_conflict);
  EXPECT_EQ(outcome([&](auto done) { ram_.delete_key(account, "alice", key.id, done); }),
            std::nullopt);
  EXPECT_EQ(delete_user("alice"), std::nullopt);
  EXPECT_EQ(create_user("alice"), std::nullopt);
  EXPECT_NE(ram_.user(account, "alice")->id, id);
  EXPECT_FALSE(ram_.allows(as_user("alice"), "iot:Pub"));
  EXPECT_EQ(registry_.access_key(key.id), nullptr);
}

TEST_F(RamTest, TheSessionsPolicyNarrowsAndNeverWidens) {
  EXPECT_EQ(attach(of_role, "publisher", full_), std::nullopt);
  const Principal all = as_role("publisher");
  const Principal one = narrowed(all, policy_of("Allow", "iot:BatchPub"));
  EXPECT_TRUE(ram_.allows(one, "iot:BatchPub"));
  EXPECT_FALSE(ram_.allows(one, "iot:Pub"));
  EXPECT_FALSE(ram_.allows(narrowed(all, policy_of("Allow", "*")), "ram:CreateUser"));
  EXPECT_FALSE(ram_.allows(narrowed(all, policy_of("Deny", "iot:Pub")), "iot:BatchPub"))
      << "it allows nothing";
  EXPECT_EQ(detach(of_role, "publisher", full_), std::nullopt);
  EXPECT_EQ(attach(of_role, "publisher", reading_), std::nullopt);
  EXPECT_FALSE(ram_.allows(one, "iot:BatchPub")) << "the role may no longer";
}

TEST_F(RamTest, APolicyThatIsDeniedOnceIsDenied) {
  EXPECT_EQ(create_policy("silence", policy_of("Deny", "iot:*Pub")), std::nullopt);
  EXPECT_EQ(attach(of_role, "publisher", "Custom/silence"), std::nullopt);
  EXPECT_EQ(attach(of_role, "publisher", full_), std::nullopt);
  EXPECT_FALSE(ram_.allows(as_role("publisher"), "iot:Pub"));
  EXPECT_TRUE(ram_.allows(as_role("publisher"), "iot:QueryDevice"));
}

// Who may assume a role.

TEST_F(RamTest, ARoleTrustsWhomItNames) {
  const std::string alice = trust_in(arn_of(account, "user", "alice"));
  EXPECT_TRUE(trusts(alice, as_user("alice")));
  EXPECT_FALSE(trusts(alice, as_user("bob")));
  EXPECT_FALSE(trusts(alice, as_user("alice", stranger)));
  EXPECT_FALSE(trusts(alice, as_role("publisher")));
  const std::string chain = trust_in(arn_of(account, "role", "publisher"));
  EXPECT_TRUE(trusts(chain, as_role("publisher")));
  EXPECT_FALSE(trusts(chain, as_user("publisher")));
}

TEST_F(RamTest, TrustInAnAccountIsInItsUsersAndRoles) {
  const std::string root = trust_in(arn_of(stranger, "root", ""));
  EXPECT_TRUE(trusts(root, as_user("anybody", stranger)));
  EXPECT_FALSE(trusts(root, as_user("alice")));
  Principal itself;
  itself.account = stranger;
  EXPECT_FALSE(trusts(root, itself)) << "accounts assume no roles";
}

TEST_F(RamTest, DenyBeatsTrustUnderAnyNameOfTheCaller) {
  const std::string root = arn_of(account, "root", ""), alice = arn_of(account, "user", "alice");
  EXPECT_FALSE(trusts(trust_in(root) + "," + trust_in(alice, "Deny"), as_user("alice")));
  EXPECT_TRUE(trusts(trust_in(root) + "," + trust_in(alice, "Deny"), as_user("bob")));
  EXPECT_FALSE(trusts(trust_in(alice) + "," + trust_in(root, "Deny"), as_user("alice")));
  EXPECT_FALSE(trusts(trust_in(root) + "," + trust_in("*", "Deny"), as_user("alice")));
}

TEST_F(RamTest, TrustIsChangedWithTheRoleAndHasToBeReadable) {
  const auto change = [&](const std::string& trust) {
    return outcome([&](auto done) {
      ram_.change_role(
          account, "publisher",
          [&](RamRole& role) -> Result<void> {
            role.trust = trust;
            return {};
          },
          done);
    });
  };
  EXPECT_EQ(change("{}"), Code::ram_policy_malformed);
  EXPECT_TRUE(Ram::trusts(*ram_.role(account, "publisher"), as_user("alice")));
  EXPECT_EQ(change(document(trust_in(arn_of(account, "user", "bob")))), std::nullopt);
  EXPECT_FALSE(Ram::trusts(*ram_.role(account, "publisher"), as_user("alice")));
  EXPECT_EQ(create_role("broken", "7"), Code::ram_policy_malformed);
}

// What there may be.

TEST_F(RamTest, NamesAreTakenOnce) {
  EXPECT_EQ(create_user("alice"), Code::ram_user_exists);
  EXPECT_EQ(create_role("publisher", trust_in("*")), Code::ram_role_exists);
  EXPECT_EQ(create_policy("p", policy_of("Allow", "*")), std::nullopt);
  EXPECT_EQ(create_policy("p", policy_of("Allow", "*")), Code::ram_policy_exists);
  EXPECT_EQ(create_policy("broken", "{}"), Code::ram_policy_malformed);
}

TEST_F(RamTest, AnAccountHasSoManyUsersRolesAndPolicies) {
  for (std::size_t i = 1; i < Ram::users_max; ++i) {
    ram_.restore(RamUser{.account = account, .name = std::to_string(i)});
    ram_.restore(RamRole{.account = account, .name = std::to_string(i)});
  }
  for (std::size_t i = 0; i < Ram::policies_max; ++i) {
    ram_.restore(RamPolicy{
        .account = account, .name = std::to_string(i), .document = policy_of("Allow", "iot:Pub")});
  }
  EXPECT_EQ(create_user("more"), Code::ram_limit);
  EXPECT_EQ(create_role("more", trust_in("*")), Code::ram_limit);
  EXPECT_EQ(create_policy("more", policy_of("Allow", "*")), Code::ram_limit);
  EXPECT_EQ(
      outcome([&](auto done) { ram_.create_user({.account = stranger, .name = "first"}, done); }),
      std::nullopt)
      << "of another account";
  for (std::size_t i = 0; i < Ram::policies_per_identity; ++i) {
    EXPECT_EQ(attach(of_user, "alice", "Custom/" + std::to_string(i)), std::nullopt);
  }
  EXPECT_EQ(attach(of_user, "alice", full_), Code::ram_limit);
}

TEST_F(RamTest, AUserHasTwoKeysAndTouchesNoOthers) {
  EXPECT_EQ(create_user("bob"), std::nullopt);
  const AccessKey first = create_key("alice");
  create_key("alice");
  EXPECT_EQ(outcome([&](auto done) { ram_.create_key(account, "alice", done); }), Code::ram_limit);
  EXPECT_EQ(outcome([&](auto done) { ram_.create_key(account, "nobody", done); }),
            Code::ram_user_not_found);
  for (const auto& [of, user] :
       {std::pair(account, "bob"), std::pair(stranger, "alice"), std::pair(account, "")}) {
    EXPECT_EQ(outcome([&](auto done) { ram_.delete_key(of, user, first.id, done); }),
              Code::ram_key_not_found);
    EXPECT_EQ(outcome([&](auto done) { ram_.set_key_active(of, user, first.id, false, done); }),
              Code::ram_key_not_found);
  }
  EXPECT_TRUE(registry_.access_key(first.id)->active);
}

TEST_F(RamTest, WhatSomebodyHasIsNotDeleted) {
  EXPECT_EQ(create_policy("p", policy_of("Allow", "iot:Pub")), std::nullopt);
  EXPECT_EQ(attach(of_role, "publisher", "Custom/p"), std::nullopt);
  EXPECT_EQ(attach(of_user, "alice", "Custom/p"), std::nullopt);
  EXPECT_EQ(attach(of_user, "alice", "Custom/p"), Code::ram_policy_attached);
  EXPECT_EQ(ram_.attachments(account), (Ram::Attachments{{"Custom/p", 2}}));
  const auto delete_policy = [&] {
    return outcome([&](auto done) { ram_.delete_policy(account, "p", done); });
  };
  EXPECT_EQ(delete_policy(), Code::ram_delete_conflict);
  EXPECT_EQ(detach(of_user, "alice", "Custom/p"), std::nullopt);
  EXPECT_EQ(detach(of_user, "alice", "Custom/p"), Code::ram_policy_not_attached);
  EXPECT_EQ(delete_policy(), Code::ram_delete_conflict);
  EXPECT_EQ(delete_role("publisher"), Code::ram_delete_conflict);
  EXPECT_EQ(detach(of_role, "publisher", "Custom/p"), std::nullopt);
  EXPECT_EQ(delete_policy(), std::nullopt);
  EXPECT_EQ(attach(of_user, "alice", "Custom/p"), Code::ram_policy_not_found);
  EXPECT_EQ(attach(of_user, "alice", "p"), Code::ram_policy_not_found);
}

// What the storage refuses.

TEST_F(RamTest, WhatIsRefusedHasNotHappened) {
  EXPECT_EQ(attach(of_user, "alice", reading_), std::nullopt);
  storage_.next = fail(Code::refused);
  EXPECT_EQ(create_user("bob"), Code::refused);
  EXPECT_EQ(ram_.user(account, "bob"), nullptr);
  EXPECT_EQ(attach(of_user, "alice", full_), Code::refused);
  EXPECT_FALSE(ram_.allows(as_user("alice"), "iot:Pub"));
  EXPECT_EQ(detach(of_user, "alice", reading_), Code::refused);
  EXPECT_TRUE(ram_.allows(as_user("alice"), "iot:QueryDevice"));
  EXPECT_EQ(delete_role("publisher"), Code::refused);
  EXPECT_NE(ram_.role(account, "publisher"), nullptr);
  EXPECT_EQ(outcome([&](auto done) { ram_.create_key(account, "alice", done); }), Code::refused);
  EXPECT_TRUE(registry_.access_keys_of(account, "alice").empty());
}

TEST_F(RamTest, AKeyThatIsDeletedDoesNotComeBack) {
  const AccessKey key = create_key("alice");
  storage_.holds = true;
  ram_.set_key_active(account, "alice", key.id, false, [](const auto&) {});
  ram_.delete_key(account, "alice", key.id, [](const auto&) {});
  storage_.refuse_first();
  EXPECT_EQ(registry_.access_key(key.id), nullptr);
  storage_.keep_first();
  EXPECT_EQ(registry_.access_key(key.id), nullptr);
}

}  // namespace
}  // namespace herald
