// How long a server needs after kill -9 until it serves again, with all on the disk that a large
// one has: devices with a kept session each, deliveries that wait, as few for each of many devices
// and as many for each of few, and finished messages. From a warm page cache, and from a cold one.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string_view>

#include "base/log.h"
#include "filled_store.h"
#include "net/sockets.h"

namespace herald::bench {
namespace {

namespace fs = std::filesystem;

struct Options {
  fs::path data;
  std::size_t devices = 1'000'000;
  std::size_t deliveries = 10'000'000;
  std::size_t few = 1'000;  // Devices that all deliveries are for in the second form.
  std::size_t finished = 20'000'000;
  bool keep = false;  // Filling takes longer than measuring.
};

void say(std::string_view what) { fmt::print(stderr, "{}\n", what); }

// A copy of what a killed server left. Tables are never changed, so they are shared.
void copy_killed(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  fs::create_directory(to, from);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / fs::relative(entry.path(), from);
    const fs::path kind = entry.path().extension();
    if (entry.is_directory()) {
      fs::create_directory(target, entry.path());
    } else if (kind == ".sst" || kind == ".blob") {
      fs::create_hard_link(entry.path(), target);
    } else if (entry.is_regular_file()) {
      fs::copy_file(entry.path(), target);
    }
  }
}

void forget_pages_of(const fs::path& file) {
  const net::Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (open) ::posix_fadvise(open.get(), 0, 0, POSIX_FADV_DONTNEED);
}

// So that what is read next comes from the disk: all files, or, where that is not allowed, these.
void forget_pages(const fs::path& data) {
  ::sync();
  std::ofstream all("/proc/sys/vm/drop_caches");
  all << "3\n" << std::flush;
  if (all.good()) return;
  say("the page cache cannot be dropped: asking that it forget these files");
  for (const auto& entry : fs::recursive_directory_iterator(data)) {
    if (entry.is_regular_file()) forget_pages_of(entry.path());
  }
}

// Makes a data directory unless an earlier run has left it whole.
void make_once(const fs::path& made, const std::function<void(const fs::path&)>& make) {
  if (fs::exists(made)) return;
  const fs::path unfinished = made.parent_path() / "unfinished";
  fs::remove_all(unfinished);
  make(unfinished);
  fs::rename(unfinished, made);
}

void fill(const Options& options, const fs::path& base) {
  say("registering devices");
  phase([&] { make_product(base); });
  phase([&] { register_devices(base, options.devices); });
  phase([&] { keep_sessions(base); });
  say("leaving finished messages");
  phase([&] { leave_finished(base, options.finished); });
}

void measure(const Options& options, const fs::path& base, const WaitingMessages& waiting) {
  const fs::path killed = options.data / fmt::format("waiting-for-{}", waiting.devices);
  const fs::path started = options.data / "started";
  make_once(killed, [&](const fs::path& data) {
    say("leaving deliveries that wait");
    copy_killed(base, data);
    phase([&] { leave_waiting(data, waiting); });
  });
  const auto start = [&](bool cold) {
    copy_killed(killed, started);
    if (cold) forget_pages(started);
    return start_and_kill(started);
  };
  say("starting");
  (void)start(/*cold=*/false);  // Has read what the next one reads.
  const Start warm = start(/*cold=*/false);
  const Start cold = start(/*cold=*/true);
  fmt::print(
      "{} devices with kept sessions, {} messages waiting for each of {}, {} finished: ready after "
      "{:.2f} s (warm), {:.2f} s (cold), {:.0f} MiB resident\n",
      options.devices, waiting.each, waiting.devices, options.finished, warm.seconds, cold.seconds,
      warm.bytes / limits::MiB);
  std::fflush(stdout);
}

int run(const Options& options) {
  if (!options.keep && fs::exists(options.data)) {
    give_up(options.data.string() + " is there already");
  }
  log::set_level(log::Level::error);
  fs::create_directories(options.data);
  const fs::path base = options.data / "base";
  make_once(base, [&](const fs::path& data) { fill(options, data); });
  for (const std::size_t devices : {options.devices, std::min(options.few, options.devices)}) {
    measure(options, base, {.devices = devices, .each = options.deliveries / devices});
  }
  if (!options.keep) fs::remove_all(options.data);
  return 0;
}

int run_main(int argc, char** argv) {
  CLI::App app("The start of a large server");
  Options options;
  app.add_option("--data", options.data, "Directory to be made, and removed at the end")
      ->required();
  app.add_option("--devices", options.devices, "Each with a kept session")->capture_default_str();
  app.add_option("--deliveries", options.deliveries, "That wait: for all, and for few")
      ->capture_default_str();
  app.add_option("--few", options.few, "How many few are")->capture_default_str();
  app.add_option("--finished", options.finished, "Finished messages")->capture_default_str();
  app.add_flag("--keep", options.keep,
               "Do not remove it, and use what an earlier run has left in it");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
