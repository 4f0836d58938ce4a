#include "store/schema.h"

#include <gtest/gtest.h>

#include <variant>
#include <vector>

namespace herald {
namespace {

constexpr Time start = time_of(1'790'000'000'000);
constexpr Time later = start + Milliseconds(123'456);
const ProductKey product_key = ProductKey::parse("a1BwAGVxxxx").value();

Message full_message() {
  return {.id = {77},
          .account = {7},
          .product = "a1BwAGVxxxx",
          .request_id = "57B144CF-09FC-4916-A272-A62902D5B207",
          .topic = TopicTemplate::custom(product_key, "get"),
          .qos = Qos::at_least_once,
          .created = start,
          .deadline = later,
          .properties = {.user = {{"a", "b"}, {"a", ""}},
                         .response_topic = TopicTemplate::parse("/reply/${deviceName}"),
                         .correlation_data = std::string("\0\xff", 2),
                         .content_type = "text/plain",
                         .payload_format = std::uint8_t{1}},
          .recipients = {{1'000'000}, {1}, {~0ULL}},
          .payload = "payload"};
}

// What was written for `record`, read again.
template <class T>
T again(const T& record) {
  const schema::Entry entry = schema::entry_of(Record(record));
  return std::get<T>(
      schema::read_record(entry.family, entry.key, entry.value.value_or("")).value());
}

TEST(Schema, KeysSortByAge) {
  EXPECT_LT(schema::key_of({255}), schema::key_of({256}));
  EXPECT_LT(schema::chunk_key({255}, 300), schema::key_of({256}));
  EXPECT_LT(schema::chunk_key({255}, 255), schema::chunk_key({255}, 256));
  EXPECT_EQ(schema::read_key(schema::key_of({255})).value(), MessageId{255});
  EXPECT_EQ(schema::read_key("short").error().code, Code::malformed);
}

TEST(Schema, HeadsHoldAllButThePayload) {
  const Message message = full_message();
  const auto head = schema::read_head({77}, schema::head_of(message)).value();
  EXPECT_EQ(head.payload_bytes, 7u);
  EXPECT_EQ(head.message.id, message.id);
  EXPECT_EQ(head.message.account, message.account);
  EXPECT_EQ(head.message.product, message.product);
  EXPECT_EQ(head.message.request_id, message.request_id);
  EXPECT_EQ(head.message.topic, message.topic);
  EXPECT_EQ(head.message.qos, message.qos);
  EXPECT_EQ(head.message.created, message.created);
  EXPECT_EQ(head.message.deadline, message.deadline);
  EXPECT_EQ(head.message.properties, message.properties);
  EXPECT_EQ(head.message.recipients, message.recipients);
  EXPECT_EQ(head.message.payload, "");
}

TEST(Schema, ARecordCutAnywhereIsReadOrRefused) {
  const std::string head = schema::head_of(full_message());
  for (std::size_t size = 0; size < head.size(); ++size) {
    const auto read = schema::read_head({77}, head.substr(0, size));
    EXPECT_TRUE(read || read.error().code == Code::malformed);
  }
}

TEST(Schema, ARecordWithAnyByteChangedIsReadOrRefused) {
  const std::string head = schema::head_of(full_message());
  for (std::size_t at = 0; at < head.size(); ++at) {
    for (const char byte : {'\0', '\x7f', '\x80', '\xff'}) {
      std::string changed = head;
      changed[at] = byte;
      const auto read = schema::read_head({77}, changed);
      EXPECT_TRUE(read || read.error().code == Code::malformed);
    }
  }
}

TEST(Schema, ChunksHoldWhatIsFinal) {
  const std::vector<Receipt> receipts{
      {.outcome = Outcome::acked, .at = later},
      {.outcome = Outcome::inflight, .at = later},
      {.outcome = Outcome::dropped, .reason = DropReason::device_deleted, .at = start},
      {.outcome = Outcome::dropped, .reason = DropReason::unreadable, .at = start},
      {}};
  std::vector<Receipt> read(6);
  ASSERT_TRUE(schema::read_chunk(schema::chunk_of(receipts, start), start, read));
  EXPECT_EQ(read, (std::vector<Receipt>{receipts[0], {}, receipts[2], receipts[3], {}, {}}));
}

TEST(Schema, ChunksWithOutcomesThatAreNoneAreRefused) {
  std::vector<Receipt> read(2);
  EXPECT_FALSE(schema::read_chunk("\x07", start, read));
  EXPECT_FALSE(schema::read_chunk("\x03\x0A", start, read));
  EXPECT_FALSE(schema::read_chunk("\x03\x01\x80", start, read));
}

TEST(Schema, AccountsAndTheirKeysReadBack) {
  const auto account = again(Account{.id = {7}, .name = "acme", .created = start});
  EXPECT_EQ(account.id, AccountId{7});
  EXPECT_EQ(account.name, "acme");
  EXPECT_EQ(account.created, start);

  const auto key = again(
      AccessKey{.id = "id", .secret = "secret", .account = {7}, .active = false, .created = start});
  EXPECT_EQ(key.id, "id");
  EXPECT_EQ(key.secret, "secret");
  EXPECT_EQ(key.account, AccountId{7});
  EXPECT_FALSE(key.active);
  EXPECT_EQ(key.created, start);

  const auto instance =
      again(Instance{.id = "iot-1", .account = {7}, .name = "mine", .created = start});
  EXPECT_EQ(instance.id, "iot-1");
  EXPECT_EQ(instance.account, AccountId{7});
  EXPECT_EQ(instance.name, "mine");
  EXPECT_EQ(instance.created, start);
}

TEST(Schema, ProductsReadBack) {
  const auto product = again(Product{
      .key = product_key,
      .account = {7},
      .instance = "iot-1",
      .name = "lamp",
      .secret = "secret",
      .description = "a lamp",
      .commodity_code = "iothub_senior",
      .auth_type = "secret",
      .category_key = "Lamp",
      .node_type = -1,
      .data_format = 0,
      .net_type = 6,
      .protocol_type = "modbus",
      .validate_type = 2,
      .id2 = true,
      .released = true,
      .created = start,
      .topics = {
          {.id = {9}, .suffix = "get/+", .permission = Permission::all, .description = "all"},
          {.id = {10}, .suffix = "update"}}});
  EXPECT_EQ(product.key, product_key);
  EXPECT_EQ(product.account, AccountId{7});
  EXPECT_EQ(product.instance, "iot-1");
  EXPECT_EQ(product.name, "lamp");
  EXPECT_EQ(product.secret, "secret");
  EXPECT_EQ(product.description, "a lamp");
  EXPECT_EQ(product.commodity_code, "iothub_senior");
  EXPECT_EQ(product.auth_type, "secret");
  EXPECT_EQ(product.category_key, "Lamp");
  EXPECT_EQ(product.node_type, -1);
  EXPECT_EQ(product.data_format, 0);
  EXPECT_EQ(product.net_type, 6);
  EXPECT_EQ(product.protocol_type, "modbus");
  EXPECT_EQ(product.validate_type, 2);
  EXPECT_TRUE(product.id2);
  EXPECT_TRUE(product.released);
  EXPECT_EQ(product.created, start);
  ASSERT_EQ(product.topics.size(), 2u);
  EXPECT_EQ(product.topics[0].id, TopicId{9});
  EXPECT_EQ(product.topics[0].suffix, "get/+");
  EXPECT_EQ(product.topics[0].permission, Permission::all);
  EXPECT_EQ(product.topics[0].description, "all");
  EXPECT_EQ(product.topics[1].suffix, "update");
}

TEST(Schema, DevicesReadBack) {
  const auto device = again(Device{.id = {5},
                                   .product = product_key,
                                   .name = DeviceName::parse("lamp-1").value(),
                                   .iot_id = "iot id",
                                   .nickname = "nick",
                                   .disabled = true,
                                   .created = start,
                                   .last_online = later,
                                   .address = "10.0.0.1"});
  EXPECT_EQ(device.id, DeviceId{5});
  EXPECT_EQ(device.product, product_key);
  EXPECT_EQ(device.name.view(), "lamp-1");
  EXPECT_EQ(device.iot_id, "iot id");
  EXPECT_EQ(device.nickname, "nick");
  EXPECT_TRUE(device.disabled);
  EXPECT_EQ(device.created, start);
  EXPECT_EQ(device.activated, std::nullopt);
  EXPECT_EQ(device.last_online, later);
  EXPECT_EQ(device.address, "10.0.0.1");
}

TEST(Schema, SecretsOfDevicesReadBack) {
  const auto secret = again(DeviceSecret{{5}, "secret"});
  EXPECT_EQ(secret.device, DeviceId{5});
  EXPECT_EQ(secret.secret, "secret");
}

TEST(Schema, TagsAndApplicationsReadBack) {
  const Tags tags{{"room", "hall"}, {"floor", "2"}};
  EXPECT_EQ(again(Product{.key = product_key, .tags = tags}).tags, tags);
  EXPECT_EQ(again(Device{.id = {5},
                         .product = product_key,
                         .name = DeviceName::parse("lamp-1").value(),
                         .tags = tags})
                .tags,
            tags);
  const auto application = again(DeviceApplication{.id = 9,
                                                   .product = product_key,
                                                   .devices = {{"lamp-1", "nick"}, {"lamp-2", ""}},
                                                   .made = true,
                                                   .created = start});
  EXPECT_EQ(application.id, 9u);
  EXPECT_EQ(application.product, product_key);
  EXPECT_EQ(application.devices.at(0).second, "nick");
  EXPECT_EQ(application.devices.size(), 2u);
  EXPECT_TRUE(application.made);
  EXPECT_EQ(application.created, start);
}

TEST(Schema, RamUsersAndPoliciesReadBack) {
  const auto user = again(RamUser{.account = {7},
                                  .name = "alice",
                                  .id = "2001",
                                  .display_name = "Alice",
                                  .mobile_phone = "86-1",
                                  .email = "a@example.com",
                                  .comments = "first",
                                  .created = start,
                                  .updated = later,
                                  .policies = {{"Custom/publish", later}}});
  EXPECT_EQ(user.account, AccountId{7});
  EXPECT_EQ(user.name, "alice");
  EXPECT_EQ(user.id, "2001");
  EXPECT_EQ(user.display_name, "Alice");
  EXPECT_EQ(user.mobile_phone, "86-1");
  EXPECT_EQ(user.email, "a@example.com");
  EXPECT_EQ(user.comments, "first");
  EXPECT_EQ(user.created, start);
  EXPECT_EQ(user.updated, later);
  ASSERT_EQ(user.policies.size(), 1u);
  EXPECT_EQ(user.policies[0], (std::pair<std::string, Time>("Custom/publish", later)));
  const auto policy = again(RamPolicy{
      .account = {7}, .name = "publish", .description = "d", .document = "{}", .created = start});
  EXPECT_EQ(policy.account, AccountId{7});
  EXPECT_EQ(policy.name, "publish");
  EXPECT_EQ(policy.description, "d");
  EXPECT_EQ(policy.document, "{}");
  EXPECT_EQ(policy.created, start);
  EXPECT_EQ(again(AccessKey{.id = "id", .user = "alice"}).user, "alice");
}

TEST(Schema, DeviceGroupsAndTheirMembersReadBack) {
  const auto group = again(DeviceGroup{.account = {7},
                                       .id = "W16X8TvdosecYxBM",
                                       .instance = "iot-1",
                                       .name = "lamps",
                                       .description = "of the hall",
                                       .parent = "tDQvBJqbUyHskDse",
                                       .created = start,
                                       .tags = {{"room", "hall"}}});
  EXPECT_EQ(group.account, AccountId{7});
  EXPECT_EQ(group.id, "W16X8TvdosecYxBM");
  EXPECT_EQ(group.instance, "iot-1");
  EXPECT_EQ(group.name, "lamps");
  EXPECT_EQ(group.description, "of the hall");
  EXPECT_EQ(group.parent, "tDQvBJqbUyHskDse");
  EXPECT_EQ(group.created, start);
  EXPECT_EQ(group.tags, (Tags{{"room", "hall"}}));
  const auto member =
      again(DeviceGroupMember{.account = {7}, .group = "W16X8TvdosecYxBM", .device = {5}});
  EXPECT_EQ(member.account, AccountId{7});
  EXPECT_EQ(member.group, "W16X8TvdosecYxBM");
  EXPECT_EQ(member.device, DeviceId{5});
}

TEST(Schema, SubDevicesReadBack) {
  const SubDevice sub{.device = {5}, .gateway = {4}};
  EXPECT_EQ(again(sub), sub);
}

TEST(Schema, QuotasOfAccountsReadBack) {
  const auto limited = again(AccountQuota{{7}, "BatchPub", 200});
  EXPECT_EQ(limited.account, AccountId{7});
  EXPECT_EQ(limited.operation, "BatchPub");
  EXPECT_EQ(limited.calls_per_second, 200u);
  EXPECT_EQ(again(AccountQuota{{7}, "BatchPub", std::nullopt}).calls_per_second, std::nullopt);
}

TEST(Schema, ThingModelsReadBack) {
  const auto draft =
      again(ThingDraft{.account = {7}, .product = product_key, .blocks = {"{}", "{\"a\":1}"}});
  EXPECT_EQ(draft.account, AccountId{7});
  EXPECT_EQ(draft.product, product_key);
  EXPECT_EQ(draft.blocks, (std::vector<std::string>{"{}", "{\"a\":1}"}));
  const auto published =
      again(ThingVersions{.account = {7},
                          .product = product_key,
                          .versions = {{"v1", "first", start, {"{}"}}, {"v2", "", start, {}}}});
  ASSERT_EQ(published.versions.size(), 2u);
  EXPECT_EQ(published.versions[0].version, "v1");
  EXPECT_EQ(published.versions[0].description, "first");
  EXPECT_EQ(published.versions[0].created, start);
  EXPECT_EQ(published.versions[0].blocks, std::vector<std::string>{"{}"});
}

TEST(Schema, ShadowsReadBack) {
  const auto shadow = again(DeviceShadow{{5}, R"({"version":1})"});
  EXPECT_EQ(shadow.device, DeviceId{5});
  EXPECT_EQ(shadow.document, R"({"version":1})");
}

TEST(Schema, SessionsAndNoncesReadBack) {
  const KeptSession session{
      .device = {5},
      .subscriptions = {{.filter = "/a/+/user/get", .qos = 1, .since = start}, {.filter = "#"}}};
  EXPECT_EQ(again(session).device, session.device);
  EXPECT_EQ(again(session).subscriptions, session.subscriptions);

  const SeenNonce nonce{.hash = {'a', '\0', '\xff'}, .forget_at = start};
  EXPECT_EQ(again(nonce).hash, nonce.hash);
  EXPECT_EQ(again(nonce).forget_at, nonce.forget_at);
}

TEST(Schema, ErasuresMeetTheRecordsTheyErase) {
  const auto meets = [](const Change& erasure, const Record& record) {
    const auto erased = schema::entry_of(erasure);
    const auto put = schema::entry_of(record);
    return !erased.value && put.value && erased.family == put.family && erased.key == put.key;
  };
  EXPECT_TRUE(meets(ErasedProduct{product_key}, Product{.key = product_key}));
  EXPECT_TRUE(meets(
      ErasedDevice{{5}},
      Device{.id = {5}, .product = product_key, .name = DeviceName::parse("lamp-1").value()}));
  EXPECT_TRUE(meets(ErasedSession{{5}}, KeptSession{.device = {5}}));
  EXPECT_TRUE(meets(ErasedDeviceShadow{{5}}, DeviceShadow{.device = {5}, .document = "{}"}));
  EXPECT_TRUE(meets(ErasedAccessKey{"id"}, AccessKey{.id = "id"}));
  EXPECT_TRUE(meets(ErasedInstance{{7}, "iot-1"}, Instance{.id = "iot-1", .account = {7}}));
  EXPECT_TRUE(meets(ErasedAccountQuota{{7}, "Pub"}, AccountQuota{{7}, "Pub", 1}));
  EXPECT_TRUE(meets(ErasedThingDraft{{7}, product_key.text()},
                    ThingDraft{.account = {7}, .product = product_key, .blocks = {}}));
  EXPECT_TRUE(meets(ErasedThingVersions{{7}, product_key.text()},
                    ThingVersions{.account = {7}, .product = product_key, .versions = {}}));
  EXPECT_TRUE(meets(ErasedDeviceGroup{{7}, "id"}, DeviceGroup{.account = {7}, .id = "id"}));
  EXPECT_TRUE(meets(ErasedSubDevice{{5}}, SubDevice{.device = {5}, .gateway = {4}}));
  const DeviceGroupMember member{.account = {7}, .group = "id", .device = {5}};
  EXPECT_TRUE(meets(ErasedDeviceGroupMember{member}, member));
}

TEST(Schema, RecordsThatCannotBeAreRefused) {
  const auto refused = [](Family family, std::string_view key, std::string_view value) {
    const auto record = schema::read_record(family, key, value);
    return !record && record.error().code == Code::malformed;
  };
  EXPECT_TRUE(refused(Family::registry, "", "x"));
  EXPECT_TRUE(refused(Family::registry, "?", "x"));
  EXPECT_TRUE(refused(Family::registry, "p", ""));      // No product has an empty key.
  EXPECT_TRUE(refused(Family::registry, "d", "\x01"));  // Nor a device an empty name.
  EXPECT_TRUE(refused(Family::registry, "v", "\x07"));
  EXPECT_TRUE(refused(Family::registry, "w", "\x07"));
  EXPECT_TRUE(refused(Family::registry, "k", "\x7f"));
  EXPECT_TRUE(refused(Family::registry, "s", "\x05\x7f"));
  EXPECT_TRUE(refused(Family::sessions, "s", "\x01\x01\x05"));
  EXPECT_TRUE(refused(Family::nonces, "short", ""));
}

}  // namespace
}  // namespace herald
