// How long a call waits for its refusal while the disk is in trouble: the store on a disk that
// answers with errors or hangs, and the whole server, called over HTTP, on a disk that is full.
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sched.h>
#include <sys/mount.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"
#include "client/caller.h"
#include "contract/faulty_files.h"
#include "filled_store.h"
#include "measure.h"
#include "store/disk_store.h"
#include "store/rocks_disk.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using rocksdb::IOStatus;
using testing::FaultyFiles;
using Which = FaultyFiles::Which;

constexpr auto recovers_within = 60s;

struct Options {
  fs::path data;
  std::size_t calls = 1'000;  // In each kind of trouble.
};

// Answers by what they say, with their times.
class Answers {
 public:
  void add(const std::string& what, std::chrono::nanoseconds taken) {
    Kind& kind = kinds_[what];
    ++kind.count;
    kind.times.add(taken);
    kind.longest = std::max(kind.longest, taken);
  }
  void print(std::string_view trouble) const {
    for (const auto& [what, kind] : kinds_) {
      using Milliseconds = std::chrono::duration<double, std::milli>;
      fmt::print("{:<28}{:>8} x {:<26} p50 {:>8.3f} ms, p99 {:>8.3f} ms, longest {:>8.3f} ms\n",
                 trouble, kind.count, what, kind.times.quantile_us(0.5) / 1e3,
                 kind.times.quantile_us(0.99) / 1e3, Milliseconds(kind.longest).count());
    }
    std::fflush(stdout);
  }

 private:
  struct Kind {
    std::size_t count = 0;
    Histogram times;
    std::chrono::nanoseconds longest{0};
  };
  std::map<std::string, Kind> kinds_;
};

// The store alone.

struct Trouble {
  std::string_view name;
  void (*begin)(FaultyFiles&);
};
const std::array troubles = {
    Trouble{"writes fail",
            [](FaultyFiles& files) { files.fail_writes(Which::all, IOStatus::IOError("I/O")); }},
    Trouble{"syncs fail",
            [](FaultyFiles& files) { files.fail_syncs(Which::all, IOStatus::IOError("I/O")); }},
    Trouble{"no space for writes",
            [](FaultyFiles& files) { files.fail_writes(Which::all, IOStatus::NoSpace("full")); }},
    Trouble{"read-only", [](FaultyFiles& files) { files.turn_read_only(); }},
    Trouble{"syncs hang", [](FaultyFiles& files) { files.stall(); }}};

std::unique_ptr<Message> message() {
  auto made = std::make_unique<Message>();
  made->product = "a1BwAGVxxxx";
  made->request_id = random_uuid();
  made->topic = TopicTemplate::parse("/a1BwAGVxxxx/${deviceName}/user/get");
  made->qos = Qos::at_least_once;
  made->recipients = {{1}};
  made->payload = std::string(64, 'x');
  made->deadline = SystemClock().now() + limits::message_lifetime_max;
  return made;
}

std::string name_of(const Result<SharedMessage>& kept) {
  if (kept) return "taken";
  return kept.error().code == Code::refused ? "refused" : "failed";
}

void append(Store& store, Answers& answers) {
  std::promise<std::string> said;
  const auto start = Clock::now();
  store.messages().append(
      message(), {}, [&](const Result<SharedMessage>& kept) { said.set_value(name_of(kept)); });
  const std::string what = said.get_future().get();
  answers.add(what, Clock::now() - start);
}

void measure_store(const Options& options, const Trouble& trouble) {
  const auto files = std::make_shared<FaultyFiles>();
  const auto env = rocksdb::NewCompositeEnv(files);
  SystemClock clock;
  IdGenerator ids(clock, 1);
  const fs::path folder = options.data / "store";
  auto store = must(open_store(must(open_rocks_disk(folder, clock, env.get())),
                               std::string(32, 'k'), clock, ids, {}));
  Answers answers;
  append(*store, answers);  // The disk is well.
  answers = {};
  trouble.begin(*files);
  std::promise<void> first;  // It fails, or hangs.
  const auto begin = Clock::now();
  store->messages().append(message(), {}, [&](const auto& kept) {
    answers.add("the first: " + name_of(kept), Clock::now() - begin);
    first.set_value();
  });
  while (store->accepts()) std::this_thread::sleep_for(1ms);
  for (std::size_t i = 0; i < options.calls; ++i) append(*store, answers);
  files->heal();
  first.get_future().wait();
  const auto healed = Clock::now();
  while (!store->accepts() && Clock::now() < healed + recovers_within) {
    std::this_thread::sleep_for(1ms);
  }
  answers.add(store->accepts() ? "accepts again" : "does not recover", Clock::now() - healed);
  answers.print(trouble.name);
  store.reset();
  fs::remove_all(folder);
}

// The whole server.

// A disk of its own in memory, as long as this lives; nobody but this program sees it.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path path) : path_(std::move(path)) {
    fs::create_directories(path_);
    mounted_ = ::unshare(CLONE_NEWNS) == 0 &&
               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
               ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=112m,mode=700") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool is_there() const { return mounted_; }

 private:
  fs::path path_;
  bool mounted_ = false;
};

void measure_server(const Options& options, const fs::path& disk) {
  const fs::path filled = options.data / "filled";  // Where there is space.
  phase([&] { make_product(filled); });
  phase([&] { register_devices(filled, 1); });
  phase([&] { keep_sessions(filled); });
  const fs::path data = disk / "data";
  fs::copy(filled, data, fs::copy_options::recursive);
  {
    std::ofstream filler(disk / "filler");
    filler << std::string(48 * limits::MiB, 'x');
  }
  app::Settings settings = unhurried_settings();
  must(app::set(settings, "quota.BatchPub", "unlimited"));
  must(app::set(settings, "store.free_bytes_min", "0"));
  auto herald = must(app::Herald::open(data, settings));
  must(herald->start());
  const auto key = herald->registry().access_keys().front();
  const auto instance = herald->registry().instances_of(key->account).front();
  const std::string product = product_of(*herald).text();
  client::Caller caller(herald->api(), {key->id, key->secret}, instance->id);
  const client::CallParameters parameters{{"ProductKey", product},
                                          {"TopicShortName", "get"},
                                          {"Qos", "1"},
                                          {"DeviceName.1", "device-0000000"},
                                          {"MessageContent", to_base64(std::string(90'000, 'x'))}};
  Answers answers;
  const auto call = [&] {
    const auto start = Clock::now();
    const client::Answer answer = must(caller.call("BatchPub", parameters));
    const bool taken = answer.success();
    answers.add(taken ? "taken" : fmt::format("{} {}", answer.status, answer.code()),
                Clock::now() - start);
    return taken;
  };
  while (call()) continue;  // Until the disk is full.
  for (std::size_t i = 0; i < options.calls; ++i) call();
  answers.print("a full disk, over HTTP");
  herald->stop();
}

int run(const Options& options) {
  if (fs::exists(options.data)) give_up(options.data.string() + " is there already");
  log::set_level(log::Level::error);
  fs::create_directories(options.data);
  for (const Trouble& trouble : troubles) {
    phase([&] { measure_store(options, trouble); });
  }
  if (const SmallDisk disk(options.data / "disk"); disk.is_there()) {
    phase([&] { measure_server(options, options.data / "disk"); });
  } else {
    fmt::print("a full disk: a tmpfs cannot be mounted here\n");
  }
  fs::remove_all(options.data);
  return 0;
}

int run_main(int argc, char** argv) {
  CLI::App app("Refusals while the disk is in trouble");
  Options options;
  app.add_option("--data", options.data, "Directory to be made, and removed at the end")
      ->required();
  app.add_option("--calls", options.calls, "In each kind of trouble")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
