#include "simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "simulated_caller.h"
#include "simulated_device.h"
#include "simulated_server.h"
#include "world.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// More turns than any run needs that ends.
constexpr std::size_t turns_max = 2'000'000;

SimulatedServer::Settings settings_of(Chance& chance) {
  SimulatedServer::Settings settings;
  settings.shards = static_cast<ShardIndex>(chance.between(2, 4));
  if (chance.one_in(3)) settings.homes.held_bytes_max = chance.below(2'000);
  if (chance.one_in(3)) settings.homes.inflight_bytes_max = chance.below(1'000);
  if (chance.one_in(5))
    settings.rates.device_down = static_cast<std::uint32_t>(chance.between(2, 9));
  settings.connections.session.window = chance.one_of(std::vector<std::size_t>{1, 2, 8, 64});
  if (chance.one_in(3)) settings.connections.unsent_bytes_max = 200;
  settings.line_bytes = chance.one_of(std::vector<std::size_t>{300, 4'000, 64'000});
  return settings;
}

class Simulation {
 public:
  Simulation(std::uint64_t seed, const Options& options)
      : options_(options),
        chance_(seed),
        recorder_(timeline_, {}, options.history),
        world_{.timeline = timeline_, .chance = chance_, .recorder = recorder_},
        settings_(settings_of(chance_)),
        slow_shard_(static_cast<ShardIndex>(chance_.below(2 * settings_.shards))) {}

  Verdict run() {
    set_up();
    for (std::int64_t ends = chance_.between(0, 3); ends > 0 && is_sound(); --ends) {
      live(chance_.up_to(Micros(1'000'000), Micros(5'000'000)));
    }
    rest();
    stop();
    start();  // What was told stands.
    ask_for_receipts();
    stop();
    recorder_.write(crash::Settled());
    return judge();
  }

 private:
  bool is_sound() const { return world_.wrong.empty(); }

  // The story.

  void set_up() {
    start();
    Registry& registry = server_->platform().registry;
    std::optional<AccountId> account;
    registry.create_account(
        {.name = "owner", .key_id = "key", .key_secret = "secret"},
        [&](const Result<Registry::NewAccount>& made) { account = made.value().account.id; });
    run_until([&] { return account.has_value(); });
    publishing_.account = *account;
    bool made_product = false;
    registry.adopt_product({.key = publishing_.product,
                            .account = *account,
                            .name = "lamp",
                            .secret = "product secret"},
                           [&](const auto& made) { made_product = made.has_value(); });
    run_until([&] { return made_product; });
    std::vector<NewDevice> wanted;
    for (std::int64_t left = chance_.between(10, 20); left > 0; --left) {
      wanted.push_back(
          {.name = DeviceName::parse(fmt::format("device{:04}", wanted.size())).value(),
           .secret = std::string(32, 's')});
    }
    const std::vector<NewDevice> drafts = wanted;
    registry.create_devices(publishing_.product, std::move(wanted),
                            [&](const Result<Registry::NewDevices>& made) {
                              for (const auto& device : made.value()) {
                                publishing_.devices.push_back(device->id);
                              }
                            });
    run_until([&] { return !publishing_.devices.empty(); });
    if (!options_.disk_syncs) platter_.break_sync();

    for (const NewDevice& draft : drafts) {
      const auto number = static_cast<crash::Device>(devices_.size());
      const auto sessions = number % 2 == 0   ? SimulatedDevice::Sessions::kept
                            : number % 8 == 1 ? SimulatedDevice::Sessions::clean
                                              : SimulatedDevice::Sessions::either;
      devices_.push_back(std::make_unique<SimulatedDevice>(
          world_, number,
          SimulatedDevice::Identity{publishing_.product.text(), draft.name->text(), draft.secret},
          sessions));
      devices_.back()->begin();
    }
    for (std::int64_t left = chance_.between(2, 4); left > 0; --left) {
      callers_.push_back(std::make_unique<SimulatedCaller>(
          world_, publishing_, published_, static_cast<std::size_t>(chance_.between(10, 30))));
      callers_.back()->begin();
    }
    do_chores();
  }

  // For so long, then the server ends in one way or the other, and comes back.
  void live(Micros time) {
    const Instant end = timeline_.now() + time;
    if (chance_.one_in(5)) {
      run_until([&] { return timeline_.now() >= end; });
      stop();
    } else {
      kill_at_ = end;
      run_until([&] { return world_.server == nullptr; });
      server_.reset();
    }
    const Instant back = timeline_.now() + chance_.up_to(Micros(20'000), Micros(400'000));
    run_until([&] { return timeline_.now() >= back; });
    start();
  }

  // The callers come to their ends, then everything arrives.
  void rest() {
    run_until([&] {
      return std::ranges::all_of(callers_, [](const auto& caller) { return caller->is_done(); });
    });
    world_.calm = true;
    for (const auto& device : devices_) device->calm_down();
    run_until([&] {
      return server_->count(Outcome::queued) == 0 && server_->count(Outcome::inflight) == 0 &&
             is_quiet() &&
             std::ranges::all_of(devices_, [](const auto& device) { return device->is_ready(); });
    });
    ask_for_receipts();
    if (!server_->is_balanced()) wrong("the ledger: recipients are missing, or in two states");
  }

  void ask_for_receipts() {
    std::size_t asked = 0;
    std::size_t answered = 0;
    for (const PublishedCall& published : published_) {
      if (published.qos == 0) continue;
      ++asked;
      SimulatedCaller::ask(world_, publishing_, published, /*is_over=*/true, [&] { ++answered; });
    }
    run_until([&] { return answered == asked; });
  }

  // The server.

  void start() {
    recorder_.write(crash::Started());
    server_ = std::make_unique<SimulatedServer>(platter_, timeline_, chance_, settings_,
                                                [this] { while_syncing(); });
    world_.server = server_.get();
    world_.takes_new = true;
    recorder_.write(crash::Ready());
  }

  void kill() {
    kill_at_.reset();
    recorder_.write(crash::Killed());
    server_->crash();
    platter_.crash(chance_);
    world_.server = nullptr;
    world_.takes_new = false;
    for (const auto& caller : callers_) caller->server_is_gone();
    recorder_.write(crash::Gone());
  }

  // As app::Herald::stop.
  void stop() {
    constexpr seconds patience{5};
    recorder_.write(crash::Stopping());
    world_.takes_new = false;
    const auto within = [&](auto is_over) {
      const Instant end = timeline_.now() + patience;
      run_until([&] { return is_over() || timeline_.now() >= end; });
    };
    within([&] {
      return std::ranges::none_of(callers_,
                                  [](const auto& caller) { return caller->is_waiting(); });
    });
    server_->hold_all();
    within([&] { return server_->count(Outcome::inflight) == 0; });
    server_->close_connections();
    within([&] { return is_quiet(); });
    bool closed = false;
    server_->close_log([&] { closed = true; });
    run_until([&] { return closed; });
    world_.server = nullptr;
    for (const auto& caller : callers_) caller->server_is_gone();
    std::exchange(server_, nullptr).reset();
    platter_.crash(chance_);  // Everything is on it.
    recorder_.write(crash::Gone());
  }

  void do_chores() {
    timeline_.after(Micros(chance_.between(200'000, 3'000'000)), [this] {
      if (world_.server != nullptr && world_.takes_new) {
        const Platform& platform = server_->platform();
        platform.registry.write_seen();
        server_->store().messages().sweep(platform.clock.now());
        platform.homes.sweep();
        server_->tick();
      }
      if (!world_.calm) do_chores();
    });
  }

  // What happens next.

  template <class Condition>
  void run_until(Condition is_met) {
    while (!is_met() && is_sound()) {
      if (world_.server != nullptr && kill_at_ && timeline_.now() >= *kill_at_) {
        kill();
        continue;
      }
      step(/*committer_is_busy=*/false, kill_at_.value_or(Instant::max()));
    }
  }

  // The others go on; perhaps the end comes.
  void while_syncing() {
    const Instant end = timeline_.now() + chance_.up_to(Micros(3'000), Micros(200'000));
    const SimulatedServer* server = world_.server;
    while (timeline_.now() < end && is_sound()) {
      if (server != nullptr && kill_at_ && timeline_.now() >= *kill_at_) return kill();
      step(/*committer_is_busy=*/true, std::min(end, kill_at_.value_or(end)));
    }
  }

  // One turn of somebody; or, when nobody has one, on to the next instant at which somebody has.
  void step(bool committer_is_busy, Instant no_later_than) {
    if (++turns_taken_ > turns_max) return wrong("it does not end");
    timeline_.run();
    turns_.clear();
    if (world_.server != nullptr) server_->collect(turns_, committer_is_busy);
    std::erase_if(turns_, [this](const auto& turn) { return is_stalled(turn); });
    if (turns_.empty()) return timeline_.go_to(std::min(no_later_than, next(committer_is_busy)));
    SimulatedServer::Turn turn = chance_.one_of(turns_);
    // One shard gets less of the processor than the others, in some runs.
    if (turn.shard == slow_shard_ && chance_.percent(80)) turn = chance_.one_of(turns_);
    if (chance_.one_in(1'000)) {
      stalled_shard_ = turn.shard;
      stalled_until_ = timeline_.now() + chance_.up_to(Micros(2'000), Micros(50'000));
    }
    server_->take(turn);
    timeline_.pass(chance_.up_to(Micros(20), Micros(300)));
  }

  bool is_stalled(const SimulatedServer::Turn& turn) const {
    using Of = SimulatedServer::Turn::Of;
    return (turn.of == Of::shard_tasks || turn.of == Of::shard_connections) &&
           turn.shard == stalled_shard_ && timeline_.now() < stalled_until_;
  }

  Instant next(bool committer_is_busy) const {
    Instant next = timeline_.next().value_or(Instant::max());
    if (world_.server != nullptr) {
      next = std::min(next, server_->next(committer_is_busy).value_or(next));
    }
    if (timeline_.now() < stalled_until_) next = std::min(next, stalled_until_);
    return next;
  }

  bool is_quiet() const {
    std::vector<SimulatedServer::Turn> turns;
    server_->collect(turns, /*committer_is_busy=*/true);
    return turns.empty();
  }

  // The end.

  void wrong(std::string what) { world_.wrong.push_back(std::move(what)); }

  Verdict judge() {
    crash::Checker& checker = recorder_.checker();
    if (is_sound()) checker.finish();
    Verdict verdict{.wrong = world_.wrong, .hash = recorder_.hash(), .totals = checker.totals()};
    for (const crash::Violation& violation : checker.violations()) {
      verdict.wrong.push_back(
          fmt::format("line {}: {}: {}", violation.line, violation.rule, violation.detail));
    }
    return verdict;
  }

  const Options options_;
  Timeline timeline_;
  Chance chance_;
  Recorder recorder_;
  World world_;
  const SimulatedServer::Settings settings_;
  const ShardIndex slow_shard_;  // None, if there is no such shard.
  Platter platter_;
  Publishing publishing_{.product = ProductKey::parse("simulated").value()};
  std::vector<PublishedCall> published_;
  std::vector<std::unique_ptr<SimulatedDevice>> devices_;
  std::vector<std::unique_ptr<SimulatedCaller>> callers_;
  std::optional<Instant> kill_at_;
  std::optional<ShardIndex> stalled_shard_;
  Instant stalled_until_{};
  std::vector<SimulatedServer::Turn> turns_;
  std::size_t turns_taken_ = 0;
  std::unique_ptr<SimulatedServer> server_;
};

}  // namespace

Verdict simulate(std::uint64_t seed, const Options& options) {
  return Simulation(seed, options).run();
}

}  // namespace herald::simulation
