#include "simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"

namespace herald::simulation {
namespace {

using ::testing::IsEmpty;

// `./dev simulation` runs more seeds.
TEST(Simulation, KeepsWhatIsPromised) {
  log::set_level(log::Level::error);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    EXPECT_THAT(simulate(seed).wrong, IsEmpty()) << "seed " << seed;
  }
}

TEST(Simulation, ASeedIsAHistory) {
  log::set_level(log::Level::error);
  EXPECT_EQ(simulate(7).hash, simulate(7).hash);
  EXPECT_NE(simulate(7).hash, simulate(8).hash);
}

// A simulation that cannot fail shows nothing.
TEST(Simulation, FindsWhatADiskLosesThatDoesNotSync) {
  log::set_level(log::Level::error);
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    found += simulate(seed, {.disk_syncs = false}).wrong.size();
  }
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace herald::simulation
