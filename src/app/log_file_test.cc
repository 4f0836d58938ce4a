#include "app/log_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace herald::app {
namespace {

namespace fs = std::filesystem;

class LogFileTest : public testing::Test {
 protected:
  LogFileTest() {
    std::string name = testing::TempDir() + "/log_file_XXXXXX";
    folder_ = ::mkdtemp(name.data());
    path_ = folder_ / "audit.log";
  }
  ~LogFileTest() override { fs::remove_all(folder_); }

  std::string text_of(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  fs::path folder_;
  fs::path path_;
};

TEST_F(LogFileTest, IsItsOwnersAndGoesOn) {
  std::ofstream(path_) << "old\n";
  LogFile file(path_, 100, 2);
  ASSERT_TRUE(file.write("new\n"));
  EXPECT_EQ(text_of("audit.log"), "old\nnew\n");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(LogFileTest, IsRotatedBySize) {
  LogFile file(path_, 10, 3);
  for (const char* line : {"one-line\n", "2\n", "three\n", "four-line\n", "5\n"}) {
    ASSERT_TRUE(file.write(line));
  }
  EXPECT_EQ(text_of("audit.log"), "5\n");
  EXPECT_EQ(text_of("audit.log.1"), "four-line\n");
  EXPECT_EQ(text_of("audit.log.2"), "2\nthree\n");
  EXPECT_FALSE(fs::exists(folder_ / "audit.log.3"));
}

TEST_F(LogFileTest, OneFileBeginsAnew) {
  LogFile file(path_, 4, 1);
  ASSERT_TRUE(file.write("one\n"));
  ASSERT_TRUE(file.write("two\n"));
  EXPECT_EQ(text_of("audit.log"), "two\n");
  EXPECT_FALSE(fs::exists(folder_ / "audit.log.1"));
}

TEST_F(LogFileTest, EndsALineThatACrashCutOff) {
  std::ofstream(path_) << "{\"ti";
  LogFile file(path_, 100, 2);
  ASSERT_TRUE(file.write("new\n"));
  EXPECT_EQ(text_of("audit.log"), "{\"ti\nnew\n");
}

TEST_F(LogFileTest, IsAPlainFile) {
  EXPECT_FALSE(LogFile("/dev/null", 100, 2).open());
  EXPECT_FALSE(LogFile(folder_ / "missing" / "audit.log", 100, 2).open());
}

}  // namespace
}  // namespace herald::app
