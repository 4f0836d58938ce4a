#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "client/device_fleet.h"
#include "core/gateways.h"
#include "core/homes.h"
#include "core/platform_topics.h"
#include "core/publisher.h"
#include "core/receipts.h"
#include "core/registry.h"
#include "model/device_signature.h"
#include "net/loops.h"
#include "net/server.h"
#include "store/store.h"

namespace herald::testing {

// Waits for an answer that comes on another thread.
template <class T>
class Awaited {
 public:
  Done<T> done() {
    return [promise = promise_](Result<T> result) { promise->set_value(std::move(result)); };
  }
  Result<T> result() { return promise_->get_future().get(); }

 private:
  std::shared_ptr<std::promise<Result<T>>> promise_ = std::make_shared<std::promise<Result<T>>>();
};

// Real sockets and two real shards over a store in memory; the API is a handler that echoes.
class ServerTest : public ::testing::Test {
 protected:
  explicit ServerTest(const net::ServerSettings& settings = defaults())
      : server_(loops_, platform_, echo, health_, console_, {}, settings) {
    connect_homes(homes_, broadcasts_, retained_, uplink_, publisher_, rates_);
    add_gateway_topics(system_topics_, gateways_);
    EXPECT_TRUE(server_.listen());
    loops_.start();
    Awaited<Registry::NewAccount> account;
    registry_.create_account("owner", account.done());
    Awaited<std::shared_ptr<const Product>> product;
    registry_.create_product({.key = ProductKey::parse("draft").value(),
                              .account = account.result().value().account.id,
                              .name = "lamp"},
                             product.done());
    product_ = product.result().value();
  }
  ~ServerTest() override {
    server_.stop();
    Awaited<void> flushed;
    store_->messages().flush(flushed.done());
    EXPECT_TRUE(flushed.result());
    loops_.stop();
    store_.reset();
  }

  static net::ServerSettings defaults() {
    net::ServerSettings settings;
    settings.api.port = 0;
    settings.mqtt.port = 0;
    return settings;
  }
  static void echo(api::HttpRequest request, api::Respond respond) {
    respond({.status = 200, .content_type = "text/plain", .body = request.target + request.body});
  }

  net::Address api() const { return {"127.0.0.1", server_.api_port()}; }
  net::Address mqtt() const { return {"127.0.0.1", server_.mqtt_port()}; }

  std::shared_ptr<const Device> add_device(const std::string& name) {
    Awaited<Registry::NewDevices> made;
    registry_.create_devices(product_->key, {{.name = DeviceName::parse(name).value()}},
                             made.done());
    return made.result().value().front();
  }

  // What the device connects with, subscribed to its `get`.
  client::FleetDevice member(const Device& device) const {
    Awaited<std::vector<std::string>> secret;
    registry_.device_secrets({device.id}, secret.done());
    const auto credentials =
        credentials_of(product_->key.view(), device.name.view(), secret.result().value()[0], false);
    return {credentials.client_id,
            credentials.username,
            credentials.password,
            {"/" + product_->key.text() + "/" + device.name.text() + "/user/get"}};
  }

  MessageId publish(Qos qos, std::vector<DeviceId> recipients, std::string payload) {
    auto message = std::make_unique<Message>();
    message->product = product_->key.text();
    message->topic = TopicTemplate::custom(product_->key, "get");
    message->qos = qos;
    message->recipients = std::move(recipients);
    message->payload = std::move(payload);
    Awaited<MessageId> published;
    publisher_.publish(std::move(message), std::chrono::hours(1), {}, published.done());
    return published.result().value();
  }

  std::vector<Receipt> receipts_of(MessageId message) {
    Awaited<KeptMessage> found;
    receipts_.find(message, found.done());
    return found.result().value().receipts;
  }

  SystemClock clock_;
  IdGenerator ids_{clock_, 1};
  std::unique_ptr<Store> store_ = make_memory_store(clock_, ids_);
  net::Loops loops_{2};
  Registry registry_{store_->registry(), ids_, clock_};
  Homes homes_{loops_, registry_, store_->messages(), store_->registry(), clock_};
  Publisher publisher_{store_->messages(), homes_, ids_, clock_};
  Receipts receipts_{store_->messages(), homes_};
  TopicRoutes routes_{store_->registry()};
  Broadcasts broadcasts_;
  Retained retained_{store_->registry(), clock_};
  Ram ram_{store_->registry(), registry_, ids_, clock_};
  SecurityTokens tokens_{std::string(32, 'k')};
  Logins logins_{ram_, clock_};
  Rates rates_{{}, clock_};
  Rrpc rrpc_{loops_, homes_, registry_, ids_, clock_};
  Shadows shadows_{loops_, store_->registry(), registry_, publisher_, clock_};
  Broadcaster broadcaster_{registry_, broadcasts_, homes_, ids_, clock_};
  ThingModels things_{store_->registry(), registry_, clock_};
  ThingUse thing_use_{*store_, registry_, things_, publisher_, rrpc_, ids_, clock_};
  SystemTopics system_topics_ = platform_topics(publisher_, rrpc_, shadows_, clock_);
  Uplink uplink_{registry_,  routes_, broadcasts_, retained_, system_topics_,
                 publisher_, rates_,  ids_,        clock_};
  Registration registration_{registry_};
  DeviceGroups groups_{store_->registry(), registry_, clock_};
  Gateways gateways_{store_->registry(), registry_, homes_, publisher_, clock_};
  Removals removals_{registry_, homes_, routes_, retained_, groups_, shadows_, things_, gateways_};
  AccountQuotas quotas_{store_->registry()};
  Platform platform_{clock_,       registry_, publisher_,    receipts_, homes_,  routes_,
                     retained_,    uplink_,   registration_, rates_,    ram_,    tokens_,
                     logins_,      groups_,   things_,       removals_, quotas_, rrpc_,
                     broadcaster_, shadows_,  thing_use_,    gateways_};
  std::atomic<bool> ready_ = true;
  net::Health health_{loops_, [this] { return ready_.load(); }};
  net::Console console_ = net::Console::open("").value();
  net::Server server_;
  std::shared_ptr<const Product> product_;
};

}  // namespace herald::testing
