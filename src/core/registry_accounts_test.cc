#include <gtest/gtest.h>

#include "core/testing.h"

namespace herald {
namespace {

using testing::HandStorage;

class AccountsTest : public ::testing::Test {
 protected:
  template <class T, class Call>
  Result<T> now(Call call) {
    std::optional<Result<T>> result;
    call([&](Result<T> done) { result = std::move(done); });
    return *std::move(result);
  }
  Result<Registry::NewAccount> create(Registry::AccountDraft draft) {
    return now<Registry::NewAccount>(
        [&](auto done) { registry.create_account(std::move(draft), std::move(done)); });
  }
  Result<std::shared_ptr<const Product>> adopt(const Registry::NewAccount& owner,
                                               const std::string& instance, const char* key) {
    return now<std::shared_ptr<const Product>>([&](auto done) {
      registry.adopt_product({.key = ProductKey::parse(key).value(),
                              .account = owner.account.id,
                              .instance = instance,
                              .name = key,
                              .secret = "burned in"},
                             std::move(done));
    });
  }

  ManualClock clock{time_of(1'716'206'400'000)};
  IdGenerator ids{clock, 0};
  HandStorage storage;
  Registry registry{storage, ids, clock};
};

TEST_F(AccountsTest, KeysAreBroughtAlongOnce) {
  const Registry::AccountDraft draft{.name = "one", .key_id = "LTAIold", .key_secret = "burned in"};
  const auto made = create(draft);
  ASSERT_TRUE(made);
  EXPECT_EQ(registry.access_key("LTAIold")->secret, "burned in");
  const auto again = create(draft);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::refused);
  EXPECT_EQ(registry.accounts().size(), 1u);
}

TEST_F(AccountsTest, ThePublicInstanceHasNoId) {
  const auto made = create({.name = "one", .public_instance = true}).value();
  EXPECT_EQ(made.instance.id, "");
  EXPECT_TRUE(registry.has_public_instance(made.account.id));
  EXPECT_FALSE(registry.has_public_instance(create({.name = "two"})->account.id));
}

TEST_F(AccountsTest, AnInstanceWithProductsStays) {
  const auto owner = create({.name = "one"}).value();
  const auto made = now<Instance>(
      [&](auto done) { registry.create_instance(owner.account.id, "second", std::move(done)); });
  ASSERT_TRUE(made);
  const auto product = adopt(owner, made->id, "a1burned");
  ASSERT_TRUE(product) << product.error().detail;
  EXPECT_EQ((*product)->secret, "burned in");
  const auto remove = [&] {
    return now<void>(
        [&](auto done) { registry.delete_instance(owner.account.id, made->id, std::move(done)); });
  };
  EXPECT_EQ(remove().error().code, Code::refused);
  ASSERT_TRUE(
      now<void>([&](auto done) { registry.delete_product((*product)->key, {}, std::move(done)); }));
  EXPECT_TRUE(remove());
  EXPECT_EQ(registry.instance(made->id), nullptr);
  EXPECT_EQ(adopt(owner, made->id, "a1burned").error().code, Code::instance_not_found);
}

TEST_F(AccountsTest, NobodyTakesTheProductKeyOfAnother) {
  const auto one = create({.name = "one"}).value();
  const auto two = create({.name = "two"}).value();
  ASSERT_TRUE(adopt(one, one.instance.id, "a1burned"));
  EXPECT_EQ(adopt(two, two.instance.id, "a1burned").error().code, Code::refused);
}

TEST_F(AccountsTest, InstancesOfOthersAreOutOfReach) {
  const auto one = create({.name = "one"}).value();
  const auto two = create({.name = "two"}).value();
  EXPECT_EQ(now<void>([&](auto done) {
              registry.rename_instance(two.account.id, one.instance.id, "mine", std::move(done));
            })
                .error()
                .code,
            Code::instance_not_found);
  EXPECT_EQ(registry.instance(one.instance.id)->name, "default");
}

}  // namespace
}  // namespace herald
