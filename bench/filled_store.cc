#include "filled_store.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include "app/master_key.h"
#include "app/new_account.h"
#include "base/crypto.h"
#include "measure.h"
#include "net/http_client.h"
#include "store/rocks_disk.h"
#include "store/schema.h"

namespace herald::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t slice = 1'000;
constexpr std::size_t slices_in_flight = 8;
constexpr std::size_t messages_in_flight = 64;
constexpr std::size_t recipients_max = 100;

std::unique_ptr<Store> open_store(const fs::path& data, herald::Clock& clock,
                                  IdGenerator& generator) {
  return must(open_rocks_store(data / "store", clock, generator, [&](bool) {
    return app::MasterKey::find(data, {}, /*make=*/false).map([](const auto& key) {
      return key.sealing();
    });
  }));
}

}  // namespace

void give_up(std::string_view why) {
  fmt::print(stderr, "{}\n", why);
  std::_Exit(1);
}

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

void InFlight::begin() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return count_ < max_; });
  ++count_;
}
void InFlight::end() {
  const std::lock_guard lock(mutex_);
  --count_;
  changed_.notify_all();
}
void InFlight::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return count_ == 0; });
}

app::Settings unhurried_settings() {
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

ProductKey product_of(app::Herald& herald) {
  const auto key = herald.registry().access_keys().front();
  const auto instance = herald.registry().instances_of(key->account).front();
  return herald.registry().products_of(key->account, instance->id).front()->key;
}

void make_product(const fs::path& data) {
  auto herald = must(app::Herald::open(data, unhurried_settings()));
  must(app::initialise(*herald, data, {}));
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

double register_devices(const fs::path& data, std::size_t count) {
  auto herald = must(app::Herald::open(data, unhurried_settings()));
  const ProductKey product = product_of(*herald);
  const auto start = std::chrono::steady_clock::now();
  InFlight in_flight(slices_in_flight);
  for (std::size_t i = 0; i < count; i += slice) {
    std::vector<NewDevice> devices(std::min(slice, count - i));
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
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  herald->stop();
  return taken.count();
}

void keep_sessions(const fs::path& data) {
  auto herald = must(app::Herald::open(data, unhurried_settings()));
  const ProductKey product = product_of(*herald);
  std::vector<KeptSession> sessions;
  for (const DeviceId id :
       herald->registry().devices().newest(product, 0, std::numeric_limits<std::size_t>::max())) {
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
  const auto store = open_store(data, clock, generator);
  InFlight in_flight(slices_in_flight);
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

// Past the committer, which would sync each hundred of them.
void leave_finished(const fs::path& data, std::size_t count) {
  using namespace std::chrono_literals;
  const SystemClock clock;
  const auto disk = must(open_rocks_disk(data / "store", clock));
  const Time then = clock.now() - 1h;
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
  for (std::size_t i = 0; i < count;) {
    batch->clear();
    for (const std::size_t end = std::min(i + slice, count); i < end; ++i) {
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

Start start_and_kill(const fs::path& data) {
  int ends[2];
  if (::pipe(ends) != 0) give_up("no pipe");
  phase([&] {
    const auto begin = std::chrono::steady_clock::now();
    auto herald = must(app::Herald::open(data, unhurried_settings()));
    must(herald->start());
    net::HttpClient http(herald->api());
    while (must(http.send("GET", "/readyz", {}, {})).status != 200) std::this_thread::yield();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    malloc_trim(0);
    const Start start{.seconds = taken.count(),
                      .bytes = static_cast<double>(must(resident_bytes(::getpid())))};
    if (::write(ends[1], &start, sizeof start) != sizeof start) give_up("no pipe");
    std::_Exit(0);
  });
  Start start;
  if (::read(ends[0], &start, sizeof start) != sizeof start) give_up("no pipe");
  ::close(ends[0]);
  ::close(ends[1]);
  return start;
}

void leave_waiting(const fs::path& data, const WaitingMessages& wanted) {
  auto herald = must(app::Herald::open(data, unhurried_settings()));
  const ProductKey product = product_of(*herald);
  const AccountId account = herald->registry().access_keys().front()->account;
  const auto devices = herald->registry().devices().newest(product, 0, wanted.devices);
  herald->stop();
  herald.reset();
  SystemClock clock;
  IdGenerator generator(clock, 1);
  auto store = open_store(data, clock, generator);
  const std::size_t batch = std::min(recipients_max, devices.size());
  InFlight in_flight(messages_in_flight);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < wanted.each * devices.size(); i += batch) {
    auto message = std::make_unique<Message>();
    message->account = account;
    message->product = product.text();
    message->request_id = random_uuid();
    message->topic = TopicTemplate::parse("/" + product.text() + "/${deviceName}/user/get");
    message->qos = Qos::at_least_once;
    message->created = clock.now();
    message->deadline = message->created + limits::message_lifetime_max;
    message->payload = std::string(64, 'x');
    std::memcpy(message->payload.data(), &number, sizeof number);
    ++number;
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
  std::fflush(stdout);
  std::_Exit(0);
}

}  // namespace herald::bench
