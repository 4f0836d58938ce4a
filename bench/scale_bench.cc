// A million devices of one product, in a store on the disk: how fast they are registered, what
// they, their kept sessions and what waits for them cost in memory after a start, how long the
// start takes, and whether lists and single calls over HTTP stay quick. Each phase is a process of
// its own; those that write end like killed ones.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>

#include "app/herald.h"
#include "app/master_key.h"
#include "app/new_account.h"
#include "base/crypto.h"
#include "base/log.h"
#include "client/caller.h"
#include "measure.h"
#include "store/rocks_disk.h"
#include "store/schema.h"

namespace herald::bench {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

struct Options {
  fs::path data;
  std::size_t devices = 1'000'000;
  std::size_t calls = 1'000;
  int calls_per_second = 100;
  std::size_t waiting = 10;         // Deliveries for each device that has some.
  std::size_t waiting_devices = 0;  // 0: all have.
  std::size_t finished = 0;         // Messages that are kept for their receipts.
};

constexpr std::size_t slice = 1'000;
constexpr std::size_t in_flight_max = 8;

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "{}\n", result.error().detail);
  std::_Exit(1);
}
void must(const Result<void>& result) {
  if (result) return;
  fmt::print(stderr, "{}\n", result.error().detail);
  std::_Exit(1);
}

// Runs `phase` in a process of its own, so that no phase's memory is another's.
void phase(const std::function<void()>& phase) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    phase();
    std::fflush(stdout);
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) std::_Exit(1);
}

double resident() {
  malloc_trim(0);
  return static_cast<double>(resident_bytes(::getpid()).value_or(0));
}
double seconds_since(Instant start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

app::Settings settings() {
  app::Settings settings;
  for (const auto& [key, value] :
       {std::pair("api", "127.0.0.1:0"), std::pair("mqtt", "127.0.0.1:0"),
        std::pair("quota.QueryDevice", "unlimited"), std::pair("quota.RegisterDevice", "unlimited"),
        std::pair("quota.QueryDeviceDetail", "unlimited"),
        std::pair("quota.QueryDeviceByStatus", "unlimited")}) {
    must(app::set(settings, key, value));
  }
  return settings;
}

// At most so many writes at a time.
class InFlight {
 public:
  explicit InFlight(std::size_t max = in_flight_max) : max_(max) {}
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ < max_; });
    ++count_;
  }
  void end() {
    const std::lock_guard lock(mutex_);
    --count_;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

ProductKey product_of(app::Herald& herald) {
  const auto key = herald.registry().access_keys().front();
  const auto instance = herald.registry().instances_of(key->account).front();
  return herald.registry().products_of(key->account, instance->id).front()->key;
}

void make_product(const Options& options) {
  auto herald = must(app::Herald::open(options.data, settings()));
  must(app::initialise(*herald, options.data, {}));
  const auto key = herald->registry().access_keys().front();
  const auto instance = herald->registry().instances_of(key->account).front();
  std::promise<void> made;
  herald->registry().create_product({.key = ProductKey::parse("-").value(),
                                     .account = key->account,
                                     .instance = instance->id,
                                     .name = "million"},
                                    [&](Result<std::shared_ptr<const Product>> product) {
                                      must(std::move(product));
                                      made.set_value();
                                    });
  made.get_future().wait();
  herald->stop();
}

void register_devices(const Options& options) {
  auto herald = must(app::Herald::open(options.data, settings()));
  const ProductKey product = product_of(*herald);
  const auto start = Clock::now();
  InFlight in_flight;
  for (std::size_t i = 0; i < options.devices; i += slice) {
    std::vector<NewDevice> devices(std::min(slice, options.devices - i));
    for (std::size_t j = 0; j < devices.size(); ++j) {
      devices[j].name = DeviceName::parse(fmt::format("device-{:07}", i + j)).value();
    }
    in_flight.begin();
    herald->registry().create_devices(product, std::move(devices),
                                      [&](Result<Registry::NewDevices> made) {
                                        must(std::move(made));
                                        in_flight.end();
                                      });
  }
  in_flight.wait();
  const double taken = seconds_since(start);
  fmt::print("{:<58}{:>12.0f}\n", "devices registered a second, synced",
             static_cast<double>(options.devices) / taken);
  herald->stop();
}

std::unique_ptr<Store> open_store(const fs::path& data, herald::Clock& clock,
                                  IdGenerator& generator) {
  return must(open_rocks_store(data / "store", clock, generator, [&](bool) {
    return app::MasterKey::find(data, {}, /*make=*/false).map([](const auto& key) {
      return key.sealing();
    });
  }));
}

void keep_sessions(const Options& options) {
  auto herald = must(app::Herald::open(options.data, settings()));
  const ProductKey product = product_of(*herald);
  const auto ids = herald->registry().devices().newest(product, 0, options.devices);
  std::vector<KeptSession> sessions;
  for (const DeviceId id : ids) {
    const auto view = herald->registry().device(id);
    sessions.push_back({.device = id,
                        .subscriptions = {{.filter = "/" + product.text() + "/" +
                                                     view->device->name.text() + "/user/get",
                                           .qos = 1,
                                           .since = view->device->created}}});
  }
  herald->stop();
  herald.reset();
  SystemClock clock;
  IdGenerator generator(clock, 1);
  const auto store = open_store(options.data, clock, generator);
  InFlight in_flight;
  for (std::size_t i = 0; i < sessions.size(); i += slice) {
    Changes changes;
    for (std::size_t j = i; j < std::min(i + slice, sessions.size()); ++j) {
      changes.emplace_back(Record(std::move(sessions[j])));
    }
    in_flight.begin();
    store->registry().write(std::move(changes), [&](const Result<void>& kept) {
      must(kept);
      in_flight.end();
    });
  }
  in_flight.wait();
}

// In each message a hundred devices that follow each other, again and again.
void leave_waiting(const Options& options) {
  auto herald = must(app::Herald::open(options.data, settings()));
  const ProductKey product = product_of(*herald);
  const AccountId account = herald->registry().access_keys().front()->account;
  const std::size_t count =
      options.waiting_devices == 0 ? options.devices : options.waiting_devices;
  const auto devices = herald->registry().devices().newest(product, 0, count);
  herald->stop();
  herald.reset();
  SystemClock clock;
  IdGenerator generator(clock, 1);
  auto store = open_store(options.data, clock, generator);
  constexpr std::size_t batch = 100;
  InFlight in_flight(64);
  for (std::size_t i = 0; i < options.waiting * count; i += batch) {
    auto message = std::make_unique<Message>();
    message->account = account;
    message->product = product.text();
    message->request_id = random_uuid();
    message->topic = TopicTemplate::parse("/" + product.text() + "/${deviceName}/user/get");
    message->qos = Qos::at_least_once;
    message->created = clock.now();
    message->deadline = message->created + limits::message_lifetime_max;
    message->payload = std::string(64, 'x');
    for (std::size_t j = i; j < i + batch; ++j) {
      message->recipients.push_back(devices[j % devices.size()]);
    }
    in_flight.begin();
    store->messages().append(std::move(message), {}, [&](Result<SharedMessage> kept) {
      must(std::move(kept));
      in_flight.end();
    });
  }
  in_flight.wait();
  std::_Exit(0);  // As kill -9 would.
}

// An hour ago; past the committer, which would sync each hundred of them.
void leave_finished(const Options& options) {
  const SystemClock clock;
  const auto disk = must(open_rocks_disk(options.data / "store", clock));
  const Time then = clock.now() - std::chrono::hours(1);
  Message message;
  message.product = "a1BwAGVxxxx";
  message.topic = TopicTemplate::parse("/a1BwAGVxxxx/${deviceName}/user/get");
  message.qos = Qos::at_least_once;
  message.created = then;
  message.deadline = then + limits::message_lifetime_max;
  message.recipients = {{1}};
  message.payload = std::string(64, 'x');
  const Receipt acked{.outcome = Outcome::acked, .at = then};
  const auto batch = disk->new_batch();
  for (std::size_t i = 0; i < options.finished;) {
    batch->clear();
    for (const std::size_t end = std::min(i + slice, options.finished); i < end; ++i) {
      message.id = {first_id_at(then) + i};
      message.request_id = fmt::format("request-{:028}", i);
      const std::string key = schema::key_of(message.id);
      batch->put(Family::messages, key, schema::head_of(message));
      batch->put(Family::requests, message.request_id, key);
      batch->put(Family::receipts, schema::chunk_key(message.id, 0),
                 schema::chunk_of({&acked, 1}, then));
    }
    while (!disk->write(*batch, /*sync=*/false)) std::this_thread::sleep_for(100ms);
  }
  must(disk->sync());
}

// So that what is read next comes from the disk.
bool forget_pages() {
  ::sync();
  std::ofstream file("/proc/sys/vm/drop_caches");
  file << "3\n" << std::flush;
  return file.good();
}

// Answers the memory after a start.
double start_once(const Options& options, bool tells_time, std::string_view what) {
  double result = 0;
  int pipe[2];
  if (::pipe(pipe) != 0) std::_Exit(1);
  phase([&] {
    const auto start = Clock::now();
    auto herald = must(app::Herald::open(options.data, settings()));
    if (tells_time) fmt::print("{:<58}{:>12.2f}\n", what, seconds_since(start));
    const double bytes = resident();
    if (::write(pipe[1], &bytes, sizeof bytes) != sizeof bytes) std::_Exit(1);
  });
  if (::read(pipe[0], &result, sizeof result) != sizeof result) std::_Exit(1);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return result;
}

void measure_calls(const Options& options) {
  auto herald = must(app::Herald::open(options.data, settings()));
  must(herald->start());
  const auto key = herald->registry().access_keys().front();
  const auto instance = herald->registry().instances_of(key->account).front();
  const std::string product = product_of(*herald).text();
  const auto measure = [&](std::string_view what, std::string_view action, auto parameters_of) {
    client::Caller caller(herald->api(), {key->id, key->secret}, instance->id);
    Histogram histogram;
    auto next = Clock::now();
    for (std::size_t i = 0; i < options.calls; ++i) {
      std::this_thread::sleep_until(next);
      next += std::chrono::microseconds(1'000'000 / options.calls_per_second);
      client::CallParameters parameters = parameters_of(i);
      parameters.emplace_back("ProductKey", product);
      const auto start = Clock::now();
      must(caller.must(action, parameters));
      histogram.add(Clock::now() - start);
    }
    fmt::print("{:<58}{:>12.2f}{:>12.2f}\n", what, histogram.quantile_us(0.5) / 1'000,
               histogram.quantile_us(0.99) / 1'000);
  };
  fmt::print("{:<58}{:>12}{:>12}\n", fmt::format("calls, {} a second", options.calls_per_second),
             "p50 ms", "p99 ms");
  const auto page = [](std::size_t number) -> client::CallParameters {
    return {{"CurrentPage", std::to_string(number)}, {"PageSize", "50"}};
  };
  const std::size_t pages = options.devices / 50;
  measure("QueryDevice, the first page of 50", "QueryDevice", [&](std::size_t) { return page(1); });
  measure("QueryDevice, a page anywhere", "QueryDevice",
          [&](std::size_t i) { return page(1 + i * 7919 % pages); });
  measure("QueryDeviceByStatus, a page anywhere", "QueryDeviceByStatus", [&](std::size_t i) {
    auto parameters = page(1 + i * 7919 % pages);
    parameters.emplace_back("Status", "0");
    return parameters;
  });
  measure("QueryDeviceDetail of any device", "QueryDeviceDetail",
          [&](std::size_t i) -> client::CallParameters {
            return {{"DeviceName", fmt::format("device-{:07}", i * 7919 % options.devices)}};
          });
  measure("RegisterDevice", "RegisterDevice", [&](std::size_t i) -> client::CallParameters {
    return {{"DeviceName", fmt::format("later-{:07}", i)}};
  });

  client::Caller caller(herald->api(), {key->id, key->secret}, instance->id);
  const auto start = Clock::now();
  must(caller.must("DeleteProduct", {{"ProductKey", product}}));
  fmt::print("{:<58}{:>12.2f}\n", "DeleteProduct answers after ms", seconds_since(start) * 1'000);
  while (!herald->registry().removals().empty()) std::this_thread::sleep_for(10ms);
  fmt::print("{:<58}{:>12.2f}\n", "and has deleted its devices after s", seconds_since(start));
  herald->stop();
}

void measure_queues(const Options& options, double before) {
  if (options.waiting == 0) return;
  if (options.finished > 0) phase([&] { leave_finished(options); });
  phase([&] { leave_waiting(options); });
  const std::size_t devices =
      options.waiting_devices == 0 ? options.devices : options.waiting_devices;
  const std::size_t deliveries = options.waiting * devices;
  const double after = start_once(
      options, true, fmt::format("seconds to start with {} waiting deliveries", deliveries));
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a waiting delivery",
             (after - before) / static_cast<double>(deliveries));
  if (forget_pages()) (void)start_once(options, true, "seconds of the same from a cold disk");
}

int run(const Options& options) {
  if (fs::exists(options.data)) {
    fmt::print(stderr, "{} is there already\n", options.data.string());
    return 1;
  }
  log::set_level(log::Level::error);
  const auto per_device = [&](double before, double after) {
    return (after - before) / static_cast<double>(options.devices);
  };
  phase([&] { make_product(options); });
  const double empty = start_once(options, false, "");
  phase([&] { register_devices(options); });
  const double devices = start_once(options, true, "seconds to start with all devices");
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a device", per_device(empty, devices));
  phase([&] { keep_sessions(options); });
  const double sessions = start_once(options, true, "seconds to start with a kept session each");
  fmt::print("{:<58}{:>12.0f}\n", "bytes of memory for a kept session",
             per_device(devices, sessions));
  measure_queues(options, sessions);
  phase([&] { measure_calls(options); });
  fs::remove_all(options.data);
  return 0;
}

int run_main(int argc, char** argv) {
  CLI::App app("A million devices");
  Options options;
  app.add_option("--data", options.data, "Directory to be made, and removed at the end")
      ->required();
  app.add_option("--devices", options.devices, "How many")->capture_default_str();
  app.add_option("--calls", options.calls, "Calls of each kind")->capture_default_str();
  app.add_option("--rate", options.calls_per_second, "Calls a second")->capture_default_str();
  app.add_option("--waiting", options.waiting, "Deliveries that wait for each device")
      ->capture_default_str();
  app.add_option("--waiting-devices", options.waiting_devices,
                 "For so many devices; default: for all");
  app.add_option("--finished", options.finished, "Finished messages that are kept beside them")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace herald::bench

int main(int argc, char** argv) { return herald::bench::run_main(argc, argv); }
