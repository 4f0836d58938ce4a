#include "app/admin.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/admin_client.h"
#include "app/new_account.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

class AdminTest : public ::testing::Test {
 protected:
  AdminTest() {
    std::string name = (fs::temp_directory_path() / "herald-admin-XXXXXX").string();
    data_ = ::mkdtemp(name.data());
    herald_ = Herald::open(data_ / "data", {}).value();
    (void)create_account(herald_->registry(), {.name = "default"}).value();
  }
  ~AdminTest() override {
    herald_.reset();
    fs::remove_all(data_);
  }

  Result<json::value> run(std::string_view name, json::object arguments = {}) {
    AdminCall call{
        .herald = *herald_, .arguments = std::move(arguments), .tell = [](auto) { return true; }};
    return run_admin_command(name, call);
  }
  std::string why(std::string_view name, json::object arguments = {}) {
    const auto done = run(name, std::move(arguments));
    return done ? "it was done" : explain(done.error());
  }

  fs::path data_;
  std::unique_ptr<Herald> herald_;
};

TEST(AdminTable, EachCommandIsDeclaredOnceAndUnderATopic) {
  std::set<std::string_view> names;
  for (const AdminCommand& command : admin_commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.summary.empty()) << command.name;
    const auto space = command.name.rfind(' ');
    if (space == command.name.npos) continue;
    const auto topics = admin_topics();
    EXPECT_NE(std::ranges::find(topics, command.name.substr(0, space), &AdminTopic::name),
              topics.end())
        << command.name;
  }
}

TEST_F(AdminTest, ArgumentsAreChecked) {
  EXPECT_THAT(why("account drop"), HasSubstr("there is no command"));
  EXPECT_THAT(why("account create"), HasSubstr("name is missing"));
  EXPECT_THAT(why("account list", {{"name", "x"}}), HasSubstr("takes no name"));
  EXPECT_THAT(why("account create", {{"name", 7}}), HasSubstr("is no text"));
  EXPECT_THAT(why("account create", {{"name", "x"}, {"public-instance", "yes"}}),
              HasSubstr("is no text"));
  EXPECT_THAT(why("import"), HasSubstr("file is missing"));
}

TEST_F(AdminTest, AnAccountIsMeantByIdByNameOrAlone) {
  EXPECT_TRUE(run("instance list"));
  EXPECT_TRUE(run("instance list", {{"account", "default"}}));
  const auto made = run("account create", {{"name", "second"}});
  ASSERT_TRUE(made);
  EXPECT_THAT(why("instance list"), HasSubstr("several accounts"));
  EXPECT_TRUE(run("instance list", {{"account", made->at("AccountId")}}));
  EXPECT_THAT(why("instance list", {{"account", "third"}}), HasSubstr("no account 'third'"));
  EXPECT_THAT(why("account create", {{"name", "123"}}), HasSubstr("taken for an id"));
}

TEST_F(AdminTest, NobodyAdministersWhatIsNoDataDirectory) {
  const auto answer = administer({.data = data_, .command = "account list"});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("is no data directory"));
  EXPECT_TRUE(fs::exists(data_ / "data" / "store"));
}

}  // namespace
}  // namespace herald::app
