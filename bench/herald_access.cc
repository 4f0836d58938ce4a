#include "herald_access.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "alink.h"
#include "base/crypto.h"
#include "model/device_signature.h"

namespace herald::bench {
namespace {

namespace json = boost::json;

Result<void> write_access(const Access& access, const std::string& path) {
  std::ofstream file(path, std::ios::trunc);
  file << access.key.id << ' ' << access.key.secret << ' ' << access.instance << ' '
       << access.product << '\n';
  for (const KnownDevice& device : access.devices) {
    file << device.name << ' ' << device.secret << '\n';
  }
  if (!file.flush()) return fail(Code::failed, "cannot write " + path);
  return {};
}

// A text member of a JSON object; empty when there is none.
std::string text_of(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* found = members == nullptr ? nullptr : members->if_contains(name);
  const json::string* text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

Result<Access> read_key(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  boost::system::error_code error;
  const json::value key = json::parse(text.str(), error);
  Access access{.key = {text_of(key, "AccessKeyId"), text_of(key, "AccessKeySecret")},
                .instance = text_of(key, "IotInstanceId")};
  if (access.instance.empty()) access.instance = "-";
  if (access.key.id.empty()) {
    return fail(Code::malformed, path + " is not what `herald init --json` prints");
  }
  return access;
}

// Answers its key.
Result<std::string> make_product(const Access& access, const net::Address& api, bool things) {
  client::Caller caller = access.new_caller(api);
  client::CallParameters parameters{{"ProductName", "bench" + random_name(8)}, {"NodeType", "0"}};
  if (things) {
    parameters.emplace_back("AliyunCommodityCode", "iothub_senior");
    parameters.emplace_back("DataFormat", "1");
  }
  const auto product = caller.must("CreateProduct", parameters);
  if (!product) return tl::unexpected(product.error());
  std::string key = text_of(*product, "ProductKey");
  if (!things) return key;
  const auto imported =
      caller.must("ImportThingModelTsl", {{"ProductKey", key}, {"TslStr", thing_model()}});
  if (!imported) return tl::unexpected(imported.error());
  const auto published = caller.must("PublishThingModel", {{"ProductKey", key}});
  if (!published) return tl::unexpected(published.error());
  return key;
}

}  // namespace

Result<Access> read_access(const std::string& path) {
  std::ifstream file(path);
  Access access;
  file >> access.key.id >> access.key.secret >> access.instance >> access.product;
  if (!file) return fail(Code::malformed, path + " is not what herald-setup writes");
  for (KnownDevice device; file >> device.name >> device.secret;) access.devices.push_back(device);
  return access;
}

std::vector<client::FleetDevice> fleet_devices(const Access& access, std::size_t first,
                                               std::size_t count, bool tls, const TopicOf& topic) {
  std::vector<client::FleetDevice> devices;
  for (std::size_t i = first; i < first + count; ++i) {
    const auto& [name, secret] = access.devices[i];
    auto credentials = credentials_of(access.product, name, secret, tls);
    client::FleetDevice device{.client_id = std::move(credentials.client_id),
                               .username = std::move(credentials.username),
                               .password = std::move(credentials.password),
                               .filters = {}};
    if (topic) device.filters.push_back(topic(access.product, name));
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<void> set_up_herald(const net::Address& api, const std::string& key, std::size_t devices,
                           bool things, const std::string& access) {
  auto known = read_key(key);
  if (!known) return tl::unexpected(std::move(known.error()));
  auto product = make_product(*known, api, things);
  if (!product) return tl::unexpected(std::move(product.error()));
  known->product = *std::move(product);
  known->devices.resize(devices);

  // Side by side, because each answer waits for the disk and one sync serves all that wait.
  constexpr std::size_t helpers = 16;
  std::array<Result<void>, helpers> outcomes;
  const auto register_every = [&](std::size_t helper) -> Result<void> {
    client::Caller caller = known->new_caller(api);
    for (std::size_t i = helper; i < devices; i += helpers) {
      const std::string digits = std::to_string(i);
      std::string name = "device" + std::string(6 - std::min<std::size_t>(digits.size(), 6), '0');
      name += digits;
      auto made =
          caller.must("RegisterDevice", {{"ProductKey", known->product}, {"DeviceName", name}});
      if (!made) return tl::unexpected(std::move(made.error()));
      known->devices[i] = {std::move(name), text_of((*made)["Data"], "DeviceSecret")};
    }
    return {};
  };
  std::vector<std::jthread> threads;
  threads.reserve(helpers);
  for (std::size_t helper = 0; helper < helpers; ++helper) {
    threads.emplace_back([&, helper] { outcomes[helper] = register_every(helper); });
  }
  threads.clear();  // Waits for them.
  for (Result<void>& outcome : outcomes) {
    if (!outcome) return outcome;
  }
  return write_access(*known, access);
}

}  // namespace herald::bench
