#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/fields.h"
#include "api/gateway.h"
#include "api/sign.h"
#include "core/gateways.h"
#include "core/platform.h"
#include "core/platform_topics.h"
#include "core/testing.h"

// A platform in memory with one account, for the tests of the gateway and of its operations.
namespace herald::api::testing {

class FakeRegistryStorage final : public RegistryStorage {
 public:
  Result<void> load(const Visitor&) override { return {}; }
  void write(Changes changes, Done<void> done) override {
    if (refuses) return done(fail(Code::refused));
    keep(std::move(changes));
    done({});
  }
  void write_soon(Changes changes) override { keep(std::move(changes)); }
  void device_secrets(std::vector<DeviceId> devices,
                      Done<std::vector<std::string>> done) const override {
    std::vector<std::string> found;
    for (const DeviceId device : devices) {
      const auto at = secrets.find(device);
      found.push_back(at == secrets.end() ? "" : at->second);
    }
    done(std::move(found));
  }

  std::vector<SeenNonce> nonces;  // All that were written.
  std::unordered_map<DeviceId, std::string> secrets;
  bool refuses = false;

 private:
  void keep(Changes changes) {
    for (Change& change : changes) {
      const auto* record = std::get_if<Record>(&change);
      if (record == nullptr) continue;
      if (const auto* nonce = std::get_if<SeenNonce>(record)) nonces.push_back(*nonce);
      if (const auto* secret = std::get_if<DeviceSecret>(record)) {
        secrets[secret->device] = secret->secret;
      }
    }
  }
};

class FakeMessageLog final : public MessageLog {
 public:
  explicit FakeMessageLog(IdGenerator& ids) : ids_(ids) {}
  void append(std::unique_ptr<Message> message, Changes with, Done<SharedMessage> done) override {
    if (refuses) return done(fail(Code::refused));
    if (stalls) {
      stalled = [this, message = std::move(message), with = std::move(with),
                 done = std::move(done)]() mutable {
        append(std::move(message), std::move(with), std::move(done));
      };
      return;
    }
    message->id = MessageId{ids_.next()};
    SharedMessage shared = std::move(message);
    kept[shared->id] = {shared, std::vector<Receipt>(shared->recipients.size())};
    riders = std::move(with);
    last = shared;
    done(shared);
  }
  // Remembers no token: only a store does.
  void append_once(ClientToken token, std::unique_ptr<Message> message, Changes with,
                   Done<SharedMessage> done) override {
    last_token = std::move(token);
    append(std::move(message), std::move(with), std::move(done));
  }
  void record(std::vector<ReceiptOf> receipts) override {
    for (const ReceiptOf& each : receipts) {
      const auto at = kept.find(each.message);
      if (at != kept.end()) at->second.receipts[each.recipient] = each.receipt;
    }
  }
  Result<void> replay(const Visitor&) override { return {}; }
  void fetch(std::vector<MessageId>, Done<std::vector<SharedMessage>> done) override { done({}); }
  void find(MessageId id, Done<KeptMessage> done) override {
    const auto at = kept.find(id);
    if (at == kept.end()) return done(fail(Code::absent));
    done(at->second);
  }
  void find_request(std::string request_id, Done<KeptMessage> done) override {
    for (const auto& [id, each] : kept) {
      if (each.message->request_id == request_id) return done(each);
    }
    done(fail(Code::absent));
  }
  void sweep(Time) override {}
  void flush(Done<void> done) override { done({}); }
  void close(std::vector<ReceiptOf>) override {}

  std::unordered_map<MessageId, KeptMessage> kept;
  SharedMessage last;
  std::optional<ClientToken> last_token;
  Changes riders;
  bool refuses = false;
  bool stalls = false;
  Task stalled;  // Goes on with the append that stalls.

 private:
  IdGenerator& ids_;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;
  boost::json::object body;
  std::string text(std::string_view field) const {
    const auto* value = body.if_contains(field);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  std::string code() const { return text("Code"); }
  // A member of Data.
  const boost::json::value& data(std::string_view field) const {
    return body.at("Data").as_object().at(field);
  }
};

class TestPlatform {
 public:
  explicit TestPlatform(GatewayOptions options = {}, Audit* audit = nullptr)
      : gateway(platform, unlimited(options), audit) {
    registry.create_account(
        "tester", [this](Result<Registry::NewAccount> made) { account = std::move(made.value()); });
    registry.restore(Instance{.id = {}, .account = account.account.id});  // Calls need not name it.
    add_thing_topics(system_topics, thing_use);
    add_gateway_topics(system_topics, gateways);
  }

  ~TestPlatform() { herald::testing::expect_balanced(homes); }
  TestPlatform(const TestPlatform&) = delete;
  TestPlatform& operator=(const TestPlatform&) = delete;

  // Signs the call, hands it in, and checks that a success is as declared.
  Answer call(const std::string& action, Pairs params, const AccessKey* key = nullptr) {
    if (key == nullptr) key = &account.key;
    const auto operations = gateway.operations();
    const auto known = std::ranges::find(operations, action, &Operation::name);
    const Family family = known == operations.end() ? Family::devices : known->family;
    const SignedCall made = sign({.action = action,
                                  .version = std::string(service_of(family).version),
                                  .params = std::move(params),
                                  .access_key = key->id,
                                  .secret = key->secret,
                                  .time = clock.now(),
                                  .nonce = std::to_string(++calls_)});
    const HttpResponse response = send({.method = made.method, .target = made.target});
    Answer answer{response.status, boost::json::parse(response.body).as_object()};
    if (const auto* success = answer.body.if_contains("Success"); success && success->as_bool()) {
      EXPECT_EQ(undeclared(action, answer), "") << response.body;
    }
    return answer;
  }
  // The same in the account's default instance.
  Answer call_in_instance(const std::string& action, Pairs params) {
    params.emplace_back("IotInstanceId", account.instance.id);
    return call(action, std::move(params));
  }

  HttpResponse send(HttpRequest request) {
    // Throws when it is kept twice. Passwords are answered from a thread of their own.
    const auto answered = std::make_shared<std::promise<HttpResponse>>();
    auto response = answered->get_future();
    gateway.handle(std::move(request),
                   [answered](HttpResponse made) { answered->set_value(std::move(made)); });
    shards.run();
    if (response.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      ADD_FAILURE() << "not answered";
      return {};
    }
    return response.get();
  }

  // The key of a new product in the public instance, and devices in it.
  std::string make_product(const std::string& name, const std::string& commodity = "iothub") {
    return call("CreateProduct",
                {{"ProductName", name}, {"NodeType", "0"}, {"AliyunCommodityCode", commodity}})
        .text("ProductKey");
  }
  void make_device(const std::string& product, const std::string& name) {
    EXPECT_EQ(call("RegisterDevice", {{"ProductKey", product}, {"DeviceName", name}}).code(), "");
  }

  ManualClock clock{time_of(1'716'206'400'000)};
  IdGenerator ids{clock, 0};
  herald::testing::HandShards shards{1};
  FakeRegistryStorage storage;
  FakeMessageLog log{ids};
  Registry registry{storage, ids, clock};
  Homes homes{shards, registry, log, storage, clock};
  Publisher publisher{log, homes, ids, clock};
  Receipts receipts{log, homes};
  TopicRoutes routes{storage};
  Broadcasts broadcasts;
  Retained retained{storage, clock};
  Ram ram{storage, registry, ids, clock};
  SecurityTokens tokens{std::string(32, 'k')};
  Logins logins{ram, clock};
  Rates rates{{}, clock};
  Rrpc rrpc{shards, homes, registry, ids, clock};
  Shadows shadows{shards, storage, registry, publisher, clock};
  Broadcaster broadcaster{registry, broadcasts, homes, ids, clock};
  std::unique_ptr<Store> store = make_memory_store(clock, ids);  // Of what devices report.
  ThingModels things{storage, registry, clock};
  ThingUse thing_use{*store, registry, things, publisher, rrpc, ids, clock};
  SystemTopics system_topics = platform_topics(publisher, rrpc, shadows, clock);
  Uplink uplink{registry,  routes, broadcasts, retained, system_topics,
                publisher, rates,  ids,        clock};
  Registration registration{registry};
  DeviceGroups groups{storage, registry, clock};
  Gateways gateways{storage, registry, homes, publisher, clock};
  Removals removals{registry, homes, routes, retained, groups, shadows, things, gateways};
  AccountQuotas quotas{storage};
  Platform platform{clock,       registry, publisher,    receipts, homes,  routes,
                    retained,    uplink,   registration, rates,    ram,    tokens,
                    logins,      groups,   things,       removals, quotas, rrpc,
                    broadcaster, shadows,  thing_use,    gateways};
  Gateway gateway;
  Registry::NewAccount account;

 private:
  static GatewayOptions unlimited(GatewayOptions options) {
    options.nonce_key = "key";
    for (const char* action : {"CreateProductTopic", "QueryProductTopic", "RegisterDevice"}) {
      options.quotas.emplace(action, std::nullopt);
    }
    return options;
  }

  std::string undeclared(const std::string& action, const Answer& answer) const {
    boost::json::object reply = answer.body;
    reply.erase("RequestId");
    reply.erase("Success");
    const auto operations = gateway.operations();
    const auto at = std::ranges::find(operations, action, &Operation::name);
    return difference(reply, at->answer);
  }

  int calls_ = 0;
};

}  // namespace herald::api::testing
