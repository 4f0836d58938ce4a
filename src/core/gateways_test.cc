#include "core/gateways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/wait_for.h"
#include "core/gateway_codes.h"
#include "core/removals.h"
#include "core/testing.h"

// What a gateway asks for and is told, over a store in memory.
namespace herald {
namespace {

namespace json = boost::json;
namespace code = gateway_code;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GatewaysTest : public ::testing::Test {
 protected:
  GatewaysTest() {
    add_gateway_topics(topics_, gateways_);
    bench_.registry.create_product(
        {.key = ProductKey::parse("draft").value(),
         .account = bench_.account,
         .name = "gateways",
         .node_type = 1},
        [this](Result<std::shared_ptr<const Product>> made) { product_ = made.value(); });
    bench_.settle();
    hall_ = add_gateway("hall");
    roof_ = add_gateway("roof");
    lamp_ = bench_.add_device("lamp1");
  }
  ~GatewaysTest() override { bench_.settle(); }

  DeviceId add_gateway(const std::string& name) {
    DeviceId id;
    bench_.registry.create_devices(
        product_->key, {{.name = DeviceName::parse(name).value()}},
        [&id](Result<Registry::NewDevices> made) { id = made.value()[0]->id; });
    bench_.settle();
    bench_.connect(id, 0, /*clean_session=*/true);
    return id;
  }
  const Device& device(DeviceId id) const {
    kept_ = bench_.registry.device(id)->device;
    return *kept_;
  }
  std::string secret_of(DeviceId id) {
    return wait_for<std::vector<std::string>>(
               [&](auto done) { bench_.registry.device_secrets({id}, std::move(done)); })
        .value()
        .front();
  }

  // As topo/add and login have it.
  json::object named(DeviceId id) {
    const Device& named = device(id);
    return {{"productKey", named.product.view()}, {"deviceName", named.name.view()}};
  }
  json::object signed_by(DeviceId id, std::string_view secret) {
    json::object params = named(id);
    const std::string name = device(id).name.text(), product = device(id).product.text();
    Hasher hasher = Hasher::hmac(Digest::sha1, secret);
    hasher.add("clientIdxdeviceName" + name + "productKey" + product + "timestamp1");
    params["clientId"] = "x";
    params["timestamp"] = 1;
    params["signmethod"] = "hmacSha1";
    params["sign"] = to_hex(hasher.finish());
    return params;
  }

  // Publishes an Alink request; answers the code and keeps the data.
  std::int64_t ask(DeviceId gateway, const std::string& what, const json::value& params) {
    const std::size_t before = told_.size();
    const DeviceIdentity identity(device(gateway));
    std::atomic<bool> answered = false;
    topics_.handle(
        identity, bench_.account,
        {.topic = "/sys/" + identity.product.text() + "/" + identity.name.text() + "/thing/" + what,
         .payload = json::serialize(json::object{{"id", "7"}, {"params", params}})},
        [&](UplinkVerdict verdict) {
          EXPECT_EQ(verdict, UplinkVerdict::taken);
          answered = true;
        });
    while (!answered) bench_.settle();
    hear();
    if (told_.size() == before) return 0;
    const json::value reply = told_.back().second;
    EXPECT_EQ(reply.at("id").as_string(), "7");
    data_ = reply.at("data");
    const std::int64_t code = reply.at("code").as_int64();
    told_.pop_back();
    return code;
  }

  // What connected devices were told: the end of the topic, and the message.
  void hear() {
    bench_.settle();
    for (; heard_ < bench_.edges[0].delivered.size(); ++heard_) {
      bench_.homes.recent(bench_.edges[0].delivered[heard_].message, [this](
                                                                         Result<KeptMessage> kept) {
        const Message& message = *kept.value().message;
        const std::string topic = message.topic.text();
        told_.emplace_back(topic.substr(topic.find("/thing/") + 7), json::parse(message.payload));
      });
      bench_.settle();
    }
  }
  // The same since the last call, with the status of changes.
  std::vector<std::string> news() {
    hear();
    std::vector<std::string> all;
    for (const auto& [topic, message] : told_) {
      const auto* params = message.at("params").if_object();
      const json::value* status = params ? params->if_contains("status") : nullptr;
      all.push_back(status ? topic + " " + json::serialize(*status) : topic);
    }
    told_.clear();
    return all;
  }
  void bind(DeviceId gateway, DeviceId sub, Gateways::By by) {
    gateways_.bind(device(gateway), {sub}, by, {},
                   [](const Result<void>& bound) { EXPECT_TRUE(bound); });
    bench_.settle();
  }
  json::value data_;

  mutable std::shared_ptr<const Device> kept_;
  testing::Bench bench_;
  Gateways gateways_{bench_.store->registry(), bench_.registry, bench_.homes, bench_.publisher,
                     bench_.clock};
  SystemTopics topics_;
  std::shared_ptr<const Product> product_;
  DeviceId hall_, roof_, lamp_;
  std::size_t heard_ = 0;
  std::vector<std::pair<std::string, json::value>> told_;
};

TEST_F(GatewaysTest, AGatewayAddsDevicesOfWhichItHasTheSecrets) {
  const json::array right{signed_by(lamp_, secret_of(lamp_))};
  EXPECT_EQ(ask(hall_, "topo/add", json::array{signed_by(lamp_, "another")}),
            code::sign_wrong_in_topology);
  EXPECT_EQ(gateways_.topology().gateway_of(lamp_), std::nullopt);
  EXPECT_EQ(ask(hall_, "topo/add", right), 200);
  EXPECT_EQ(gateways_.topology().gateway_of(lamp_), hall_);
  EXPECT_THAT(news(), IsEmpty()) << "it knows";
  EXPECT_EQ(ask(hall_, "topo/get", json::object()), 200);
  EXPECT_EQ(data_, json::value(json::array{named(lamp_)}));

  EXPECT_EQ(ask(roof_, "topo/add", right), 200);
  EXPECT_EQ(gateways_.topology().gateway_of(lamp_), roof_);
  EXPECT_THAT(news(), ElementsAre("topo/change 1")) << "the gateway before is told";
}

TEST_F(GatewaysTest, WhatCannotBeAddedIsRefused) {
  const auto add = [this](const json::value& params) { return ask(hall_, "topo/add", params); };
  EXPECT_EQ(add(json::object()), 460);
  EXPECT_EQ(add(json::array()), 460);
  EXPECT_EQ(add(json::array{"lamp"}), 460);
  EXPECT_EQ(add(json::array(31, named(lamp_))), 460);
  EXPECT_EQ(add(json::array{signed_by(hall_, secret_of(hall_))}), code::itself);
  EXPECT_EQ(add(json::array{signed_by(roof_, secret_of(roof_))}), code::device_unknown)
      << "no gateway belongs to another";
  json::object unknown = named(lamp_);
  unknown["deviceName"] = "nobody";
  EXPECT_EQ(add(json::array{unknown}), code::device_unknown);
  EXPECT_EQ(add(json::array{named(lamp_)}), 460) << "without a method";
  const json::array right{signed_by(lamp_, secret_of(lamp_))};
  bench_.registry.set_disabled(lamp_, true, {}, [](const Result<void>&) {});
  bench_.settle();
  EXPECT_EQ(add(right), code::device_disabled);
  EXPECT_THAT(gateways_.topology().sub_devices_of(hall_), IsEmpty());
}

TEST_F(GatewaysTest, ADeviceThatIsNoGatewayHasNoSubDevices) {
  const DeviceId fan = bench_.add_device("fan1");
  bench_.connect(fan, 0, true);
  EXPECT_EQ(ask(fan, "topo/add", json::array{signed_by(lamp_, secret_of(lamp_))}), 460);
  EXPECT_EQ(ask(fan, "topo/get", json::object()), 460);
}

TEST_F(GatewaysTest, AGatewayGivesDevicesAway) {
  bind(hall_, lamp_, Gateways::By::gateway);
  const json::array lamp{named(lamp_)};
  EXPECT_EQ(ask(roof_, "topo/delete", lamp), code::not_in_topology);
  EXPECT_EQ(ask(hall_, "topo/delete", lamp), 200);
  EXPECT_EQ(gateways_.topology().gateway_of(lamp_), std::nullopt);
  EXPECT_EQ(ask(hall_, "topo/delete", lamp), code::not_in_topology);
}

TEST_F(GatewaysTest, RegistrationGivesTheSecretsOfDevicesThatWait) {
  const json::array lamp{named(lamp_)};
  EXPECT_EQ(ask(hall_, "sub/register", lamp), code::registration_off);
  bench_.registry.change_product(
      bench_.product->key,
      [](Product& product) -> Result<void> {
        product.dynamic_registration = true;
        return {};
      },
      {}, [](const Result<void>&) {});
  bench_.settle();
  EXPECT_EQ(ask(hall_, "sub/register", lamp), 200);
  EXPECT_EQ(std::string(data_.at(0).at("deviceSecret").as_string()), secret_of(lamp_));
  EXPECT_EQ(data_.at(0).at("iotId").as_string(), device(lamp_).iot_id);

  bind(roof_, lamp_, Gateways::By::gateway);
  EXPECT_EQ(ask(hall_, "sub/register", lamp), code::bound_elsewhere);
  EXPECT_EQ(ask(roof_, "sub/register", lamp), 200);
  const DeviceId active = bench_.add_device("lamp2");
  bench_.registry.set_online(active, bench_.clock.now(), "");
  EXPECT_EQ(ask(hall_, "sub/register", json::array{named(active)}), code::already_active);
}

TEST_F(GatewaysTest, FoundDevicesAreAccepted) {
  EXPECT_EQ(ask(hall_, "list/found", json::array{named(lamp_)}), 200);
  EXPECT_EQ(ask(hall_, "list/found", "lamp"), 460);
}

TEST_F(GatewaysTest, WhatApplicationsChangeGatewaysAreTold) {
  bind(hall_, lamp_, Gateways::By::application);
  EXPECT_THAT(news(), ElementsAre("topo/change 0"));
  gateways_.tell_disabled(device(lamp_), true);
  EXPECT_THAT(news(), ElementsAre("disable", "topo/change 8"));
  gateways_.tell_disabled(device(lamp_), false);
  EXPECT_THAT(news(), ElementsAre("enable", "topo/change 2"));
  gateways_.ask_to_add(device(hall_), {bench_.registry.device(lamp_)->device},
                       [](const Result<MessageId>& sent) { EXPECT_TRUE(sent); });
  EXPECT_THAT(news(), ElementsAre("topo/add/notify"));
  gateways_.unbind({{lamp_, hall_}}, Gateways::By::application, {},
                   [](const Result<void>& gone) { EXPECT_TRUE(gone); });
  EXPECT_THAT(news(), ElementsAre("topo/change 1"));
}

TEST_F(GatewaysTest, ADeviceThatLeavesItsGatewayLeavesItsConnection) {
  bind(hall_, lamp_, Gateways::By::gateway);
  const ConnectionRef shared{0, 900, 1};
  Home& home = bench_.homes.home_of_device(lamp_);
  home.connect({.device = bench_.registry.device(lamp_)->device,
                .connection = shared,
                .window = 8,
                .by_gateway = true},
               [](const ConnectAnswer& answer) { EXPECT_TRUE(answer.accepted); });
  bench_.settle();
  bind(roof_, lamp_, Gateways::By::gateway);
  EXPECT_THAT(bench_.edges[0].cuts, ElementsAre(std::pair(shared, CutReason::left_gateway)));
  home.gone(lamp_, shared, {});
  bench_.settle();

  // One on a connection of its own stays.
  bench_.edges[0].cuts.clear();
  bench_.connect(lamp_, 0, true);
  bind(hall_, lamp_, Gateways::By::gateway);
  EXPECT_THAT(bench_.edges[0].cuts, IsEmpty());
}

TEST_F(GatewaysTest, DeletedDevicesLeaveTheirTopology) {
  TopicRoutes routes(bench_.store->registry());
  Retained retained(bench_.store->registry(), bench_.clock);
  DeviceGroups groups(bench_.store->registry(), bench_.registry, bench_.clock);
  Shadows shadows(bench_.shards, bench_.store->registry(), bench_.registry, bench_.publisher,
                  bench_.clock);
  ThingModels things(bench_.store->registry(), bench_.registry, bench_.clock);
  Removals removals(bench_.registry, bench_.homes, routes, retained, groups, shadows, things,
                    gateways_);
  const DeviceId fan = bench_.add_device("fan1");
  bind(hall_, lamp_, Gateways::By::gateway);
  bind(hall_, fan, Gateways::By::gateway);
  removals.remove_device(lamp_, {}, [](const Result<void>& gone) { EXPECT_TRUE(gone); });
  EXPECT_THAT(news(), ElementsAre("delete", "topo/change 1"));
  EXPECT_THAT(gateways_.topology().sub_devices_of(hall_), ElementsAre(fan));
  removals.remove_device(hall_, {}, [](const Result<void>& gone) { EXPECT_TRUE(gone); });
  bench_.settle();
  EXPECT_EQ(gateways_.topology().gateway_of(fan), std::nullopt);
}

}  // namespace
}  // namespace herald
