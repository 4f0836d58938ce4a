#include "app/process_usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>

namespace herald::app {
namespace {

TEST(ProcessUsage, AFileThatIsOpenedIsCounted) {
  const auto before = process::open_files();
  const int file = dup(STDERR_FILENO);
  EXPECT_EQ(process::open_files(), before + 1);
  close(file);
  EXPECT_GE(process::open_files_max(), process::open_files());
}

TEST(ProcessUsage, TheProcessStartedBeforeNowAndHasMemory) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_LE(process::start_time(), now.count() + 1);  // The machine knows its start in seconds.
  EXPECT_GT(process::start_time(), now.count() - 3600);
  EXPECT_GT(process::resident_bytes(), 1'000'000);
  EXPECT_GT(process::cpu_seconds(), 0);
}

}  // namespace
}  // namespace herald::app
