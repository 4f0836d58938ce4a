#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/crypto.h"
#include "client/caller.h"
#include "fleet_target.h"
#include "model/device_signature.h"

namespace herald::bench {
namespace {

namespace json = boost::json;

constexpr std::string_view topic_suffix = "get";  // Every new product has this category.

struct KnownDevice {
  std::string name;
  std::string secret;
};

// The access file: a line with key, secret, instance (`-`: none) and product, and a line with name
// and secret for each device.
struct Access {
  client::AccessKeyPair key;
  std::string instance;
  std::string product;
  std::vector<KnownDevice> devices;

  client::Caller new_caller(const net::Address& api) const {
    return {api, key, instance == "-" ? "" : instance};
  }
};

Result<Access> read_access(const std::string& path) {
  std::ifstream file(path);
  Access access;
  file >> access.key.id >> access.key.secret >> access.instance >> access.product;
  if (!file) return fail(Code::malformed, path + " is not what herald-setup writes");
  for (KnownDevice device; file >> device.name >> device.secret;) access.devices.push_back(device);
  return access;
}

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

class HeraldPublisher final : public Publisher {
 public:
  HeraldPublisher(const net::Address& api, const Access& access, const Work& work)
      : caller_(access.new_caller(api)), access_(access), first_(work.first_device) {
    parameters_ = {{"ProductKey", access.product},
                   {"TopicShortName", std::string(topic_suffix)},
                   {"Qos", std::to_string(work.qos)},
                   {"MessageContent", {}}};
    for (std::size_t i = 1; i <= work.batch; ++i) {
      parameters_.emplace_back("DeviceName." + std::to_string(i), std::string());
    }
  }

  Result<void> call(std::size_t first, std::string_view payload) override {
    parameters_[names_at - 1].second = to_base64(payload);
    for (std::size_t i = names_at; i < parameters_.size(); ++i) {
      parameters_[i].second = access_.devices[first_ + first + i - names_at].name;
    }
    return caller_.must("BatchPub", parameters_).map([](const auto&) {});
  }

 private:
  static constexpr std::size_t names_at = 4;  // Behind the parameters that are no names.
  client::Caller caller_;
  const Access& access_;
  std::size_t first_;
  client::CallParameters parameters_;
};

std::vector<client::FleetDevice> fleet_devices(const Access& access, const Work& work) {
  std::vector<client::FleetDevice> devices;
  for (std::size_t i = work.first_device; i < work.first_device + work.devices; ++i) {
    const auto& [name, secret] = access.devices[i];
    auto credentials = credentials_of(access.product, name, secret, work.tls);
    devices.push_back(
        {.client_id = std::move(credentials.client_id),
         .username = std::move(credentials.username),
         .password = std::move(credentials.password),
         .filters = {"/" + access.product + "/" + name + "/user/" + std::string(topic_suffix)}});
  }
  return devices;
}

class HeraldTarget final : public FleetTarget {
 public:
  HeraldTarget(net::Address api, net::Address mqtt, Access access, const Work& work)
      : FleetTarget(std::move(mqtt), fleet_devices(access, work), work),
        api_(std::move(api)),
        access_(std::move(access)),
        work_(work) {}

  Result<std::unique_ptr<Publisher>> new_publisher(std::uint32_t) override {
    return std::make_unique<HeraldPublisher>(api_, access_, work_);
  }

 private:
  net::Address api_;
  Access access_;
  Work work_;
};

}  // namespace

Result<std::unique_ptr<Target>> herald_target(net::Address api, net::Address mqtt,
                                              const std::string& access, const Work& work) {
  auto known = read_access(access);
  if (!known) return tl::unexpected(std::move(known.error()));
  if (known->devices.size() < work.first_device + work.devices) {
    return fail(Code::failed, access + " has too few devices");
  }
  return std::make_unique<HeraldTarget>(std::move(api), std::move(mqtt), std::move(*known), work);
}

Result<void> set_up_herald(net::Address api, const std::string& key, std::size_t devices,
                           const std::string& access) {
  auto known = read_key(key);
  if (!known) return tl::unexpected(std::move(known.error()));
  auto product = known->new_caller(api).must(
      "CreateProduct", {{"ProductName", "bench" + random_name(8)}, {"NodeType", "0"}});
  if (!product) return tl::unexpected(std::move(product.error()));
  known->product = text_of(*product, "ProductKey");
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
