#include "app/store_check.h"

#include <fmt/core.h>

#include <CLI/Error.hpp>

#include "app/master_key.h"
#include "app/terminal.h"
#include "base/clock.h"
#include "store/store.h"

namespace herald::app {

void check_store(const std::filesystem::path& data, const std::filesystem::path& master_key_file) {
  const SystemClock clock;
  const bool shows_progress = is_terminal();
  const auto found = verify_rocks_store(
      data / "store", clock,
      [&](bool /*first*/) {
        return MasterKey::find(data, master_key_file, /*make=*/false).map([](const MasterKey& key) {
          return key.sealing();
        });
      },
      [&](std::size_t records) {
        if (shows_progress) fmt::print(stderr, "\r{} records", records);
      });
  if (shows_progress) fmt::print(stderr, "\n");
  if (!found) give_up(found.error().detail);
  fmt::print("{} records, {} messages, {} of them unfinished, {} reports of devices\n",
             found->records, found->messages, found->unfinished, found->things);
  fmt::print("{} recipients: {} open, {} acknowledged, {} expired, {} cancelled, {} dropped\n",
             found->recipients, found->open, found->acked, found->expired, found->cancelled,
             found->dropped);
  if (found->is_sound()) return fmt::print("All of it is sound.\n");
  for (const std::string& problem : found->problems) fmt::print("{}\n", problem);
  const std::size_t more = found->problem_count - found->problems.size();
  if (more > 0) fmt::print("and {} more\n", more);
  throw CLI::RuntimeError(1);
}

}  // namespace herald::app
