#include "app/private_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace herald::app {
namespace {

namespace fs = std::filesystem;

class PrivateFile : public testing::Test {
 protected:
  PrivateFile() {
    std::string name = testing::TempDir() + "/private_file_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~PrivateFile() override { fs::remove_all(folder_); }

  static std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static fs::perms others(const fs::path& path) {
    return fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all);
  }

  fs::path folder_;
};

TEST_F(PrivateFile, IsReadableByItsOwnerOnly) {
  ASSERT_TRUE(write_file(folder_ / "key", "secret", Readers::owner));
  EXPECT_EQ(text_of(folder_ / "key"), "secret");
  EXPECT_EQ(others(folder_ / "key"), fs::perms::none);
}

TEST_F(PrivateFile, ReplacesAnOlderOneWithItsPermissions) {
  std::ofstream(folder_ / "key") << "a longer text";
  std::ofstream(folder_ / "key.new") << "left by a crash";
  ASSERT_TRUE(write_file(folder_ / "key", "secret", Readers::owner));
  EXPECT_EQ(text_of(folder_ / "key"), "secret");
  EXPECT_EQ(others(folder_ / "key"), fs::perms::none);
  EXPECT_FALSE(fs::exists(folder_ / "key.new"));
}

TEST_F(PrivateFile, AFailureNamesTheFile) {
  const auto done = write_file(folder_ / "missing" / "key", "secret", Readers::owner);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("missing/key"), std::string::npos);
}

TEST_F(PrivateFile, ADirectoryIsMadeWithItsParents) {
  ASSERT_TRUE(make_directory(folder_ / "a" / "b" / "", Readers::owner));
  EXPECT_EQ(others(folder_ / "a" / "b"), fs::perms::none);
}

TEST_F(PrivateFile, ADirectoryThatIsThereStaysAsItIs) {
  fs::permissions(folder_, fs::perms(0750));
  ASSERT_TRUE(make_directory(folder_, Readers::owner));
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms(0750));
}

}  // namespace
}  // namespace herald::app
