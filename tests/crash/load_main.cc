// Kills a server at random instants while it is used as hard as it can be, and writes down what its
// clients saw.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "callers.h"
#include "devices.h"
#include "server_process.h"

namespace herald::crash {
namespace {

using std::chrono::milliseconds;

struct Options {
  std::string program;
  std::string work;
  std::size_t rounds = 5;
  std::uint64_t seed = 1;
  std::size_t devices = 200;
  std::size_t callers = 4;
};

constexpr std::size_t rounds_between_rests = 10;
constexpr std::chrono::seconds settled_within{120};
constexpr std::size_t receipts_asked_max = 300;  // Of calls for which nothing speaks specially.

void must(const Result<void>& done) {
  if (done) return;
  fmt::print(stderr, "crash_load: {}\n", done.error().detail);
  std::exit(2);
}

// A server with a product and devices, and everybody who uses it.
class Load {
 public:
  explicit Load(const Options& options)
      : options_(options),
        random_(options.seed),
        file_(std::filesystem::path(options.work) / "history"),
        history_(file_),
        server_(options.program, options.work, history_) {}

  void run() {
    set_up();
    for (std::size_t round = 1; round <= options_.rounds; ++round) {
      devices_->be_calm(false);
      callers_->go();
      play_round();
      if (round % rounds_between_rests == 0 || round == options_.rounds) rest();
    }
    must(server_.stop());
    history_.write(Settled());
    callers_.reset();
    devices_.reset();
  }

 private:
  void set_up() {
    must(server_.init());
    server_.start();
    must(server_.wait_until_ready());
    platform_ = {.api = server_.api(), .key = server_.key(), .instance = server_.instance()};
    client::Caller caller(platform_.api, platform_.key, platform_.instance);
    const auto product =
        caller.must("CreateProduct", {{"ProductName", "crash"}, {"NodeType", "0"}});
    must(product.map([](const auto&) {}));
    platform_.product = std::string(product->at("ProductKey").as_string());
    std::vector<KnownDevice> devices;
    for (std::size_t i = 0; i < options_.devices; ++i) {
      const std::string name = fmt::format("device{:04}", i);
      const auto made =
          caller.must("RegisterDevice", {{"ProductKey", platform_.product}, {"DeviceName", name}});
      must(made.map([](const auto&) {}));
      devices.push_back({name, std::string(made->at("Data").at("DeviceSecret").as_string())});
      platform_.devices.push_back(name);
    }
    sender_.emplace(platform_, options_.seed, history_, outstanding_);
    devices_.emplace(server_.mqtt(), platform_.product, std::move(devices), options_.seed, history_,
                     outstanding_);
    callers_.emplace(platform_, options_.callers, options_.seed, history_, outstanding_);
  }

  // The server serves; it ends, and serves again.
  void play_round() {
    pass(within(1500));
    if (one_in(10)) {
      must(server_.stop());
    } else {
      must(server_.kill());
    }
    while (one_in(5)) {  // Killed while it starts.
      server_.start();
      pass(within(300));
      must(server_.kill());
    }
    server_.start();
    must(server_.wait_until_ready());
  }

  // Nobody calls, all devices behave, and everything arrives. Then the receipts of what did not.
  void rest() {
    callers_->pause();
    devices_->be_calm(true);
    wait_for("the devices", [this] { return devices_->are_ready(); });
    std::vector<Call> last;
    for (std::size_t first = 0; first < options_.devices; first += 100) {
      CallSender::Draft draft;
      for (std::size_t i = first; i < std::min(first + 100, options_.devices); ++i) {
        draft.recipients.push_back(static_cast<Device>(i));
      }
      last.push_back(sender_->send(draft).call);
    }
    wait_for("the last messages", [&] {
      return std::ranges::all_of(last, [&](Call call) { return outstanding_.has_arrived(call); }) &&
             devices_->are_ready();
    });
    ask_for_receipts();
  }

  // Of all calls that did not arrive where a device never ends its session, and of some others.
  void ask_for_receipts() {
    client::Caller caller(platform_.api, platform_.key, platform_.instance);
    std::size_t asked = 0;
    for (const Outstanding::Left& left : outstanding_.take()) {
      const bool matters =
          left.is_brief || std::ranges::any_of(left.recipients, &Devices::is_steady);
      if (!matters && ++asked > receipts_asked_max) continue;
      auto seen = receipts_of(platform_, caller, left.call, left.message);
      must(seen.map([](const auto&) {}));
      history_.write(*std::move(seen));
    }
  }

  // What is still missing then is for the checker to say.
  template <class Condition>
  void wait_for(std::string_view what, Condition condition) {
    const auto give_up = std::chrono::steady_clock::now() + settled_within;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > give_up) {
        fmt::print(stderr, "crash_load: waited in vain for {}\n", what);
        return;
      }
      pass(milliseconds(5));
    }
  }

  static void pass(milliseconds time) { std::this_thread::sleep_for(time); }
  milliseconds within(int most) {
    return milliseconds(std::uniform_int_distribution<>(0, most)(random_));
  }
  bool one_in(int count) { return std::uniform_int_distribution<>(1, count)(random_) == 1; }

  Options options_;
  std::mt19937_64 random_;
  std::ofstream file_;
  Writer history_;
  ServerProcess server_;
  Platform platform_;
  Outstanding outstanding_;
  std::optional<CallSender> sender_;
  std::optional<Devices> devices_;
  std::optional<Callers> callers_;
};

}  // namespace
}  // namespace herald::crash

int main(int count, char** words) {
  using namespace herald::crash;
  Options options;
  CLI::App app("Kills a server again and again under load");
  app.add_option("--herald", options.program, "The program")->required();
  app.add_option("--work", options.work, "Directory, which is made anew")->required();
  app.add_option("--rounds", options.rounds, "How often it is ended")->capture_default_str();
  app.add_option("--seed", options.seed, "Of all that is random")->capture_default_str();
  app.add_option("--devices", options.devices, "How many there are")->capture_default_str();
  app.add_option("--callers", options.callers, "Applications that call")->capture_default_str();
  CLI11_PARSE(app, count, words);
  std::filesystem::remove_all(options.work);
  std::filesystem::create_directories(options.work);
  Load(options).run();
}
