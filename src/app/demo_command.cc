#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "app/commands.h"
#include "app/development_certificate.h"
#include "app/file_limit.h"
#include "app/herald.h"
#include "app/interrupts.h"
#include "app/new_account.h"
#include "app/terminal.h"
#include "base/crypto.h"
#include "base/log.h"
#include "client/caller.h"
#include "client/device_fleet.h"
#include "model/device_signature.h"

// The main job, shown on the real thing: a product, 100 devices on real MQTT connections, and
// signed BatchPub calls over real HTTP.
namespace herald::app {
namespace {

constexpr std::size_t device_count = 100;
constexpr std::string_view topic = "get";

struct Options {
  std::string data = "data";
  std::string api = "127.0.0.1:8080";
  std::string mqtt = "127.0.0.1:1883";
  bool once = false;
};

// What one BatchPub came to.
struct Shown {
  int qos = 0;
  std::string payload;
  std::string message_id;
  std::vector<double> milliseconds;  // From the start of the call to each device.
  double call_milliseconds = 0;
  std::size_t wrong = 0;  // Deliveries whose bytes were not those published.
};

double milliseconds_since(client::Instant start,
                          client::Instant end = std::chrono::steady_clock::now()) {
  return std::chrono::duration<double, std::milli>(end - start).count();
}

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().detail);
  return std::move(*result);
}

std::string text_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

struct Fleet {
  std::string product_key;
  std::vector<std::string> names;
  std::vector<client::FleetDevice> devices;
  std::string first_secret;
};

Fleet provision(client::Caller& caller) {
  Fleet fleet;
  const auto product = must(
      caller.must("CreateProduct", {{"ProductName", "demo_" + random_name(8)}, {"NodeType", "0"}}));
  fleet.product_key = text_at(product, "ProductKey");
  must(caller.must("CreateProductTopic", {{"ProductKey", fleet.product_key},
                                          {"TopicShortName", "command"},
                                          {"Operation", "SUB"},
                                          {"Desc", "What the demonstration sends"}}));
  Progress progress("registering devices", device_count);
  for (std::size_t i = 0; i < device_count; ++i) {
    const std::string name = fmt::format("lamp{:03}", i + 1);
    const auto answer = must(
        caller.must("RegisterDevice", {{"ProductKey", fleet.product_key}, {"DeviceName", name}}));
    const std::string secret = text_at(answer.at("Data").as_object(), "DeviceSecret");
    const DeviceCredentials credentials = credentials_of(fleet.product_key, name, secret, false);
    const std::string start = "/" + fleet.product_key + "/" + name + "/user/";
    fleet.names.push_back(name);
    fleet.devices.push_back({credentials.client_id,
                             credentials.username,
                             credentials.password,
                             {start + "command", start + std::string(topic)}});
    if (i == 0) fleet.first_secret = secret;
    progress.to(i + 1);
  }
  return fleet;
}

Shown show(client::Caller& caller, client::DeviceFleet& devices, const Fleet& fleet, int qos,
           std::string payload) {
  Shown shown{.qos = qos, .payload = std::move(payload)};
  client::CallParameters parameters{{"ProductKey", fleet.product_key},
                                    {"TopicShortName", "command"},
                                    {"MessageContent", to_base64(shown.payload)},
                                    {"Qos", std::to_string(qos)}};
  for (std::size_t i = 0; i < fleet.names.size(); ++i) {
    parameters.emplace_back(fmt::format("DeviceName.{}", i + 1), fleet.names[i]);
  }
  const auto start = std::chrono::steady_clock::now();
  devices.on_message([&](std::size_t, const mqtt::Publish& message, client::Instant at) {
    shown.milliseconds.push_back(milliseconds_since(start, at));
    if (message.payload != shown.payload) ++shown.wrong;
  });
  shown.message_id = text_at(must(caller.must("BatchPub", parameters)), "MessageId");
  shown.call_milliseconds = milliseconds_since(start);
  devices.run(std::chrono::seconds(10),
              [&] { return shown.milliseconds.size() >= fleet.names.size(); });
  std::ranges::sort(shown.milliseconds);
  return shown;
}

// How many of the recipients have acknowledged, by the server's own receipts.
std::size_t acknowledged(client::Caller& caller, const std::string& message_id) {
  const auto answer = must(caller.must("QueryMessageReceipts", {{"MessageId", message_id}}));
  boost::system::error_code error;
  const boost::json::value value(answer);
  const auto* count = value.find_pointer("/Data/Totals/acked", error);
  return count != nullptr && count->is_int64() ? static_cast<std::size_t>(count->as_int64()) : 0;
}

bool print(client::Caller& caller, const std::vector<Shown>& all) {
  bool good = true;
  std::vector<std::vector<std::string>> rows{{"BatchPub", "devices", "received", "acknowledged",
                                              "call", "first device", "median", "last device"}};
  for (const Shown& shown : all) {
    const bool complete = shown.milliseconds.size() == device_count && shown.wrong == 0;
    good = good && complete;
    // Acknowledgements arrive a moment after the message: asked until all are in.
    std::string acks = "–";
    if (shown.qos == 1) {
      std::size_t count = 0;
      for (int i = 0; i < 100 && count < device_count; ++i) {
        count = acknowledged(caller, shown.message_id);
        if (count < device_count) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      good = good && count == device_count;
      acks = std::to_string(count);
    }
    const auto at = [&](double part) {
      if (shown.milliseconds.empty()) return std::string("–");
      const auto last = static_cast<double>(shown.milliseconds.size() - 1);
      return fmt::format("{:.2f} ms", shown.milliseconds[static_cast<std::size_t>(part * last)]);
    };
    const std::string received =
        fmt::format("{}{}", shown.milliseconds.size(), complete ? " ✓" : " ✗");
    rows.push_back({fmt::format("QoS {}, {} bytes", shown.qos, shown.payload.size()),
                    std::to_string(device_count), complete ? green(received) : red(received), acks,
                    fmt::format("{:.2f} ms", shown.call_milliseconds), at(0), at(0.5), at(1)});
  }
  fmt::print("\n{}\n", table(rows));
  return good;
}

void print_next_steps(const Herald& herald, const std::filesystem::path& data, const AccessKey& key,
                      const std::string& instance, const std::string& password,
                      const Fleet& fleet) {
  fmt::print("{}\n\n", bold("Herald goes on serving. Ctrl-C stops it."));
  fmt::print("  API endpoint     http://{}:{} (and https, with {} as its authority)\n",
             herald.api().host, herald.api().port, certificate_files(data).ca.string());
  fmt::print("  Console          http://{}:{}/console (account {}{}{})\n", herald.api().host,
             herald.api().port, key.account.value, password.empty() ? "" : ", password ", password);
  fmt::print("  Devices          mqtt://{}:{}\n", herald.mqtt().host, herald.mqtt().port);
  fmt::print("  AccessKeyId      {}\n  AccessKeySecret  {}\n  IotInstanceId    {}\n", key.id,
             key.secret, instance);
  fmt::print("  ProductKey       {}\n\n", fleet.product_key);
  fmt::print("{}\n\n",
             bold("Next: be a device in a second terminal, and call BatchPub in a third."));
  fmt::print(
      "  build/release/herald device --mqtt {}:{} --product-key {} --device-name {} \\\n"
      "    --device-secret {} --topic command\n\n",
      herald.mqtt().host, herald.mqtt().port, fleet.product_key, fleet.names[0],
      fleet.first_secret);
  fmt::print("  export ALIBABA_CLOUD_ACCESS_KEY_ID={} ALIBABA_CLOUD_ACCESS_KEY_SECRET={}\n", key.id,
             key.secret);
  fmt::print(
      "  build/release/herald call --endpoint {}:{} BatchPub --IotInstanceId {} --ProductKey {} "
      "\\\n"
      "    --DeviceName.1 {} --TopicShortName command --MessageContent {} --Qos 1\n\n",
      herald.api().host, herald.api().port, instance, fleet.product_key, fleet.names[0],
      to_base64("hello from Herald"));
  std::fflush(stdout);
}

void demo(const Options& options) {
  Interrupts interrupts;
  raise_file_limit();
  log::set_level(log::Level::warning);
  Settings settings;
  for (const auto& [key, value] :
       {std::pair("api", options.api), std::pair("mqtt", options.mqtt),
        // Registering 100 devices at the documented 30 a second is tedious.
        std::pair("quota.RegisterDevice", std::string("unlimited"))}) {
    must(set(settings, key, value).map([] { return true; }));
  }
  auto herald = must(Herald::open(options.data, settings));
  std::string password;  // Known this once.
  if (!herald->registry().has_accounts()) {
    password = must(initialise(*herald, options.data, {})).console_password;
  }
  if (auto started = herald->start(); !started) give_up(started.error().detail);

  const auto accounts = herald->registry().access_keys();
  const auto key = std::ranges::find_if(accounts, [](const auto& each) { return each->active; });
  if (key == accounts.end()) give_up("no account of " + options.data + " has an active AccessKey");
  const auto instances = herald->registry().instances_of((*key)->account);
  const std::string instance = instances.empty() ? std::string() : instances.front()->id;

  fmt::print("{}\n\n", bold("Herald: one call, a hundred devices"));
  client::Caller caller(herald->api(), {(*key)->id, (*key)->secret}, instance);
  const Fleet fleet = provision(caller);
  client::DeviceFleet devices(herald->mqtt(), fleet.devices, {});
  {
    Progress progress("connecting them over MQTT", device_count);
    if (auto connected = devices.connect([&](std::size_t ready) { progress.to(ready); });
        !connected) {
      give_up(connected.error().detail);
    }
  }
  const std::string large = random_bytes(256 * limits::KiB);
  std::vector<Shown> shown;
  for (const int qos : {0, 1}) {
    shown.push_back(show(caller, devices, fleet, qos, R"({"power":"on","level":80})"));
    shown.push_back(show(caller, devices, fleet, qos, large));
  }
  const bool good = print(caller, shown);
  if (!good) fmt::print("{}\n", red("Not every device received the exact bytes."));
  devices.disconnect();
  if (!options.once) {
    interrupts.expect();
    print_next_steps(*herald, options.data, **key, instance, password, fleet);
    interrupts.wait();
  }
  herald->stop();
  if (!good) throw CLI::RuntimeError(1);
}

}  // namespace

void add_demo_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("demo", "Serve, and show BatchPub reaching 100 simulated devices");
  command->add_option("--data", options->data, "Data directory")->capture_default_str();
  command->add_option("--api", options->api, "HOST:PORT of the OpenAPI")->capture_default_str();
  command->add_option("--mqtt", options->mqtt, "HOST:PORT for devices")->capture_default_str();
  command->add_flag("--once", options->once, "End after the table, with status 0 or 1");
  command->callback([options] { demo(*options); });
}

}  // namespace herald::app
