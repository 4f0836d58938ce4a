// The part of the schema that keeps what the platform knows apart from messages.
#include <variant>

#include "store/codec.h"
#include "store/record_lists.h"
#include "store/schema.h"
#include "store/schema_shadow.h"
#include "store/schema_things.h"

namespace herald::schema {
namespace {

using schema::entry;  // Of shadows: schema_shadow.h. Those below would hide it.

// The first byte of a key in the family `registry`.
enum class Kind : char {
  account = 'a',
  application = 'b',
  ram_policy = 'c',
  device = 'd',
  ram_role = 'e',
  device_group = 'g',
  device_group_member = 'h',
  instance = 'i',
  access_key = 'k',
  ram_user = 'm',
  product = 'p',
  account_quota = 'q',
  retained = 'r',
  shadow = 's',
  device_token = 't',
  route = 'u',
  thing_draft = 'v',
  thing_versions = 'w',
  sub_device = 'y',
};

std::string key(Kind kind, std::string_view name) {
  return std::string(1, static_cast<char>(kind)) + std::string(name);
}
std::string key(Kind kind, std::uint64_t id) { return key(kind, number(id)); }

void put_time(Writer& writer, const std::optional<Time>& time) {
  writer.flag(time.has_value());
  if (time) writer.time(*time);
}
std::optional<Time> optional_time_from(Reader& reader) {
  if (!reader.flag()) return std::nullopt;
  return reader.time();
}

void put_int(Writer& writer, std::int32_t value) { writer.svarint(value); }
std::int32_t int_from(Reader& reader) {
  return static_cast<std::int32_t>(reader.within(std::int64_t{1} << 31U));
}

using Pair = std::pair<std::string, std::string>;

void put_pair(Writer& writer, const Pair& pair) {
  writer.text(pair.first);
  writer.text(pair.second);
}
Pair pair_from(Reader& reader) {
  Pair pair;
  pair.first = reader.text();
  pair.second = reader.text();
  return pair;
}

void put_category(Writer& writer, const TopicCategory& category) {
  writer.varint(category.id.value);
  writer.text(category.suffix);
  writer.u8(static_cast<std::uint8_t>(category.permission));
  writer.text(category.description);
}
TopicCategory category_from(Reader& reader) {
  TopicCategory category;
  category.id.value = reader.varint();
  category.suffix = reader.text();
  category.permission = static_cast<Permission>(reader.below(3));
  category.description = reader.text();
  return category;
}

void put_subscription(Writer& writer, const Subscription& subscription) {
  writer.text(subscription.filter);
  writer.u8(subscription.qos);
  writer.time(subscription.since);
  writer.flag(subscription.no_local);
  writer.flag(subscription.retain_as_published);
}
Subscription subscription_from(Reader& reader) {
  Subscription subscription;
  subscription.filter = reader.text();
  subscription.qos = reader.u8();
  subscription.since = reader.time();
  subscription.no_local = reader.flag();
  subscription.retain_as_published = reader.flag();
  return subscription;
}

// One pair for each kind of record: its entry, and the record out of its value.

Entry entry(const Account& account) {
  Writer writer;
  writer.varint(account.id.value);
  writer.text(account.name);
  writer.time(account.created);
  writer.text(account.password);
  return {Family::registry, key(Kind::account, account.id.value), writer.take()};
}
Result<Record> account_from(Reader& reader) {
  Account account;
  account.id.value = reader.varint();
  account.name = reader.text();
  account.created = reader.time();
  account.password = reader.text();
  return account;
}

Entry entry(const AccessKey& access_key) {
  Writer writer;
  writer.text(access_key.id);
  writer.text(access_key.secret);
  writer.varint(access_key.account.value);
  writer.flag(access_key.active);
  writer.time(access_key.created);
  writer.text(access_key.user);
  return {Family::registry, key(Kind::access_key, access_key.id), writer.take()};
}
Result<Record> access_key_from(Reader& reader) {
  AccessKey access_key;
  access_key.id = reader.text();
  access_key.secret = reader.text();
  access_key.account.value = reader.varint();
  access_key.active = reader.flag();
  access_key.created = reader.time();
  access_key.user = reader.text();
  return access_key;
}

Entry entry(const Instance& instance) {
  Writer writer;
  writer.text(instance.id);
  writer.varint(instance.account.value);
  writer.text(instance.name);
  writer.time(instance.created);
  return {Family::registry, key(Kind::instance, number(instance.account.value) + instance.id),
          writer.take()};
}
Result<Record> instance_from(Reader& reader) {
  Instance instance;
  instance.id = reader.text();
  instance.account.value = reader.varint();
  instance.name = reader.text();
  instance.created = reader.time();
  return instance;
}

Entry entry(const Product& product) {
  Writer writer;
  writer.text(product.key.view());
  writer.varint(product.account.value);
  writer.text(product.instance);
  writer.text(product.name);
  writer.text(product.secret);
  writer.text(product.description);
  writer.text(product.commodity_code);
  writer.text(product.auth_type);
  writer.text(product.category_key);
  put_int(writer, product.node_type);
  put_int(writer, product.data_format);
  put_int(writer, product.net_type);
  writer.text(product.protocol_type);
  put_int(writer, product.validate_type);
  writer.flag(product.id2);
  writer.flag(product.released);
  writer.time(product.created);
  put_list(writer, product.topics, put_category);
  writer.flag(product.dynamic_registration);
  put_list(writer, product.tags, put_pair);
  writer.flag(product.deleting);
  return {Family::registry, key(Kind::product, product.key.view()), writer.take()};
}
Result<Record> product_from(Reader& reader) {
  auto product_key = ProductKey::parse(reader.text());
  if (!product_key) return fail(Code::malformed, "product");
  Product product{.key = std::move(*product_key)};
  product.account.value = reader.varint();
  product.instance = reader.text();
  product.name = reader.text();
  product.secret = reader.text();
  product.description = reader.text();
  product.commodity_code = reader.text();
  product.auth_type = reader.text();
  product.category_key = reader.text();
  product.node_type = int_from(reader);
  product.data_format = int_from(reader);
  product.net_type = int_from(reader);
  product.protocol_type = reader.text();
  product.validate_type = int_from(reader);
  product.id2 = reader.flag();
  product.released = reader.flag();
  product.created = reader.time();
  product.topics = list_from<TopicCategory>(reader, category_from);
  product.dynamic_registration = reader.flag();
  product.tags = list_from<Pair>(reader, pair_from);
  product.deleting = reader.flag();
  return product;
}

Entry entry(const Device& device) {
  Writer writer;
  writer.varint(device.id.value);
  writer.text(device.product.view());
  writer.text(device.name.view());
  writer.text({});  // Where the secret was in format 1.
  writer.text(device.iot_id);
  writer.text(device.nickname);
  writer.flag(device.disabled);
  writer.time(device.created);
  put_time(writer, device.activated);
  put_time(writer, device.last_online);
  writer.text(device.address);
  writer.flag(device.reset);
  writer.text(device.certificate);
  put_list(writer, device.tags, put_pair);
  return {Family::registry, key(Kind::device, device.id.value), writer.take()};
}
Result<Record> device_from(Reader& reader) {
  const DeviceId id{reader.varint()};
  auto product = ProductKey::parse(reader.text());
  auto name = DeviceName::parse(reader.text());
  if (!product || !name) return fail(Code::malformed, "device");
  Device device{.id = id, .product = std::move(*product), .name = std::move(*name)};
  reader.text();
  device.iot_id = reader.text();
  device.nickname = reader.text();
  device.disabled = reader.flag();
  device.created = reader.time();
  device.activated = optional_time_from(reader);
  device.last_online = optional_time_from(reader);
  device.address = reader.text();
  device.reset = reader.flag();
  device.certificate = reader.text();
  device.tags = list_from<Pair>(reader, pair_from);
  return device;
}

Entry entry(const DeviceSecret& secret) {
  Writer writer;
  writer.varint(secret.device.value);
  writer.text(secret.secret);
  return {Family::secrets, number(secret.device.value), writer.take()};
}
Result<Record> device_secret_from(Reader& reader) {
  DeviceSecret secret;
  secret.device.value = reader.varint();
  secret.secret = reader.text();
  return secret;
}

Entry entry(const KeptSession& session) {
  Writer writer;
  writer.varint(session.device.value);
  put_list(writer, session.subscriptions, put_subscription);
  writer.varint(never_expires - session.expiry);  // Missing in older records: they never expire.
  put_time(writer, session.disconnected);
  return {Family::sessions, number(session.device.value), writer.take()};
}
Result<Record> session_from(Reader& reader) {
  KeptSession session;
  session.device.value = reader.varint();
  session.subscriptions = list_from<Subscription>(reader, subscription_from);
  session.expiry = never_expires - static_cast<SessionExpiry>(reader.varint());
  session.disconnected = optional_time_from(reader);
  return session;
}

Entry entry(const SeenNonce& nonce) {
  std::string place = first_nonce_key(nonce.forget_at);
  place.append(nonce.hash.data(), nonce.hash.size());
  return {Family::nonces, std::move(place), std::string()};
}
Result<Record> nonce_from(std::string_view place) {
  SeenNonce nonce;
  if (place.size() != 8 + nonce.hash.size()) return fail(Code::malformed, "nonce");
  Reader reader(place);
  nonce.forget_at = time_of(static_cast<std::int64_t>(reader.fixed64()));
  reader.raw(nonce.hash.size()).copy(nonce.hash.data(), nonce.hash.size());
  return nonce;
}

Entry entry(const RetainedMessage& retained) {
  Writer writer;
  writer.text(retained.topic);
  writer.varint(retained.account.value);
  writer.text(retained.product);
  writer.u8(static_cast<std::uint8_t>(retained.qos));
  writer.time(retained.created);
  put_time(writer, retained.deadline);
  put_properties(writer, retained.properties);
  writer.varint(retained.source.value);
  writer.text(retained.payload);
  return {Family::registry, key(Kind::retained, retained.topic), writer.take()};
}
Result<Record> retained_from(Reader& reader) {
  RetainedMessage retained;
  retained.topic = reader.text();
  retained.account.value = reader.varint();
  retained.product = reader.text();
  retained.qos = static_cast<Qos>(reader.below(2));
  retained.created = reader.time();
  retained.deadline = optional_time_from(reader);
  retained.properties = properties_from(reader);
  retained.source.value = reader.varint();
  retained.payload = reader.text();
  return retained;
}

Entry entry(const TopicRoute& route) {
  Writer writer;
  writer.text(route.source);
  writer.varint(route.destinations.size());
  for (const std::string& destination : route.destinations) writer.text(destination);
  writer.varint(route.account.value);
  return {Family::registry, key(Kind::route, route.source), writer.take()};
}
Result<Record> route_from(Reader& reader) {
  TopicRoute route;
  route.source = reader.text();
  route.destinations.resize(reader.count());
  for (std::string& destination : route.destinations) destination = reader.text();
  route.account.value = reader.varint();
  return route;
}

std::string key(const DeviceId& device, std::string_view client_id) {
  return key(Kind::device_token, number(device.value) + std::string(client_id));
}
Entry entry(const DeviceToken& token) {
  Writer writer;
  writer.varint(token.device.value);
  writer.text(token.client_id);
  writer.text(token.token);
  return {Family::registry, key(token.device, token.client_id), writer.take()};
}
Result<Record> device_token_from(Reader& reader) {
  DeviceToken token;
  token.device.value = reader.varint();
  token.client_id = reader.text();
  token.token = reader.text();
  return token;
}

Entry entry(const DeviceApplication& application) {
  Writer writer;
  writer.varint(application.id);
  writer.text(application.product.view());
  put_list(writer, application.devices, put_pair);
  writer.flag(application.made);
  writer.time(application.created);
  return {Family::registry, key(Kind::application, application.id), writer.take()};
}
Result<Record> application_from(Reader& reader) {
  const std::uint64_t id = reader.varint();
  auto product = ProductKey::parse(reader.text());
  if (!product) return fail(Code::malformed, "application");
  DeviceApplication application{.id = id, .product = std::move(*product)};
  application.devices = list_from<Pair>(reader, pair_from);
  application.made = reader.flag();
  application.created = reader.time();
  return application;
}

std::string key(Kind kind, AccountId account, std::string_view name) {
  return key(kind, number(account.value) + std::string(name));
}

using Attached = std::pair<std::string, Time>;

void put_attached(Writer& writer, const Attached& policy) {
  writer.text(policy.first);
  writer.time(policy.second);
}
Attached attached_from(Reader& reader) {
  Attached policy;
  policy.first = reader.text();
  policy.second = reader.time();
  return policy;
}

Entry entry(const AccountQuota& quota) {
  Writer writer;
  writer.varint(quota.account.value);
  writer.text(quota.operation);
  writer.flag(quota.calls_per_second.has_value());
  writer.varint(quota.calls_per_second.value_or(0));
  return {Family::registry, key(Kind::account_quota, quota.account, quota.operation),
          writer.take()};
}
Result<Record> account_quota_from(Reader& reader) {
  AccountQuota quota;
  quota.account.value = reader.varint();
  quota.operation = reader.text();
  const bool is_limited = reader.flag();
  const auto calls = static_cast<std::uint32_t>(reader.varint());
  if (is_limited) quota.calls_per_second = calls;
  return quota;
}

Entry entry(const RamUser& user) {
  Writer writer;
  writer.varint(user.account.value);
  for (const std::string* text : {&user.name, &user.id, &user.display_name, &user.mobile_phone,
                                  &user.email, &user.comments}) {
    writer.text(*text);
  }
  writer.time(user.created);
  writer.time(user.updated);
  put_list(writer, user.policies, put_attached);
  writer.text(user.password);
  writer.flag(user.must_change_password);
  put_time(writer, user.login_created);
  return {Family::registry, key(Kind::ram_user, user.account, user.name), writer.take()};
}
Result<Record> ram_user_from(Reader& reader) {
  RamUser user;
  user.account.value = reader.varint();
  for (std::string* text : {&user.name, &user.id, &user.display_name, &user.mobile_phone,
                            &user.email, &user.comments}) {
    *text = reader.text();
  }
  user.created = reader.time();
  user.updated = reader.time();
  user.policies = list_from<Attached>(reader, attached_from);
  user.password = reader.text();
  user.must_change_password = reader.flag();
  user.login_created = optional_time_from(reader);
  return user;
}

Entry entry(const RamRole& role) {
  Writer writer;
  writer.varint(role.account.value);
  for (const std::string* text : {&role.name, &role.id, &role.description, &role.trust}) {
    writer.text(*text);
  }
  put_int(writer, role.session_seconds_max);
  writer.time(role.created);
  writer.time(role.updated);
  put_list(writer, role.policies, put_attached);
  return {Family::registry, key(Kind::ram_role, role.account, role.name), writer.take()};
}
Result<Record> ram_role_from(Reader& reader) {
  RamRole role;
  role.account.value = reader.varint();
  for (std::string* text : {&role.name, &role.id, &role.description, &role.trust}) {
    *text = reader.text();
  }
  role.session_seconds_max = int_from(reader);
  role.created = reader.time();
  role.updated = reader.time();
  role.policies = list_from<Attached>(reader, attached_from);
  return role;
}

Entry entry(const DeviceGroup& group) {
  Writer writer;
  writer.varint(group.account.value);
  for (const std::string* text :
       {&group.id, &group.instance, &group.name, &group.description, &group.parent}) {
    writer.text(*text);
  }
  writer.time(group.created);
  put_list(writer, group.tags, put_pair);
  return {Family::registry, key(Kind::device_group, group.account, group.id), writer.take()};
}
Result<Record> device_group_from(Reader& reader) {
  DeviceGroup group;
  group.account.value = reader.varint();
  for (std::string* text :
       {&group.id, &group.instance, &group.name, &group.description, &group.parent}) {
    *text = reader.text();
  }
  group.created = reader.time();
  group.tags = list_from<Pair>(reader, pair_from);
  return group;
}

Entry entry(const DeviceGroupMember& member) {
  Writer writer;
  writer.varint(member.account.value);
  writer.text(member.group);
  writer.varint(member.device.value);
  return {Family::registry,
          key(Kind::device_group_member, member.group + number(member.device.value)),
          writer.take()};
}
Result<Record> device_group_member_from(Reader& reader) {
  DeviceGroupMember member;
  member.account.value = reader.varint();
  member.group = reader.text();
  member.device.value = reader.varint();
  return member;
}

Entry entry(const RamPolicy& policy) {
  Writer writer;
  writer.varint(policy.account.value);
  writer.text(policy.name);
  writer.text(policy.description);
  writer.text(policy.document);
  writer.time(policy.created);
  return {Family::registry, key(Kind::ram_policy, policy.account, policy.name), writer.take()};
}
Result<Record> ram_policy_from(Reader& reader) {
  RamPolicy policy;
  policy.account.value = reader.varint();
  policy.name = reader.text();
  policy.description = reader.text();
  policy.document = reader.text();
  policy.created = reader.time();
  return policy;
}

Entry entry(const SubDevice& sub) {
  Writer writer;
  writer.varint(sub.device.value);
  writer.varint(sub.gateway.value);
  return {Family::registry, key(Kind::sub_device, sub.device.value), writer.take()};
}
Result<Record> sub_device_from(Reader& reader) {
  SubDevice sub;
  sub.device.value = reader.varint();
  sub.gateway.value = reader.varint();
  return sub;
}

Entry entry(const ThingDraft& draft) {
  return {Family::registry, key(Kind::thing_draft, draft.product.view()), value_of(draft)};
}
Entry entry(const ThingVersions& published) {
  return {Family::registry, key(Kind::thing_versions, published.product.view()),
          value_of(published)};
}

// Of records only, or a kind without an entry of its own would become a record again, without end.
template <std::same_as<Record> Any>
Entry entry(const Any& record) {
  return std::visit([](const auto& kind) { return entry(kind); }, record);
}
Entry entry(const ErasedProduct& erased) {
  return {Family::registry, key(Kind::product, erased.key.view()), std::nullopt};
}
Entry entry(const ErasedDevice& erased) {
  return {Family::registry, key(Kind::device, erased.id.value), std::nullopt};
}
Entry entry(const ErasedDeviceSecret& erased) {
  return {Family::secrets, number(erased.device.value), std::nullopt};
}
Entry entry(const ErasedSession& erased) {
  return {Family::sessions, number(erased.device.value), std::nullopt};
}
Entry entry(const ErasedAccessKey& erased) {
  return {Family::registry, key(Kind::access_key, erased.id), std::nullopt};
}
Entry entry(const ErasedRamUser& erased) {
  return {Family::registry, key(Kind::ram_user, erased.account, erased.name), std::nullopt};
}
Entry entry(const ErasedRamPolicy& erased) {
  return {Family::registry, key(Kind::ram_policy, erased.account, erased.name), std::nullopt};
}
Entry entry(const ErasedRamRole& erased) {
  return {Family::registry, key(Kind::ram_role, erased.account, erased.name), std::nullopt};
}
Entry entry(const ErasedDeviceGroup& erased) {
  return {Family::registry, key(Kind::device_group, erased.account, erased.name), std::nullopt};
}
Entry entry(const ErasedDeviceGroupMember& erased) {
  Entry gone = entry(erased.member);
  gone.value.reset();
  return gone;
}
Entry entry(const ErasedInstance& erased) {
  return {Family::registry, key(Kind::instance, erased.account, erased.id), std::nullopt};
}
Entry entry(const ErasedAccountQuota& erased) {
  return {Family::registry, key(Kind::account_quota, erased.account, erased.operation),
          std::nullopt};
}
Entry entry(const ErasedThingDraft& erased) {
  return {Family::registry, key(Kind::thing_draft, erased.name), std::nullopt};
}
Entry entry(const ErasedThingVersions& erased) {
  return {Family::registry, key(Kind::thing_versions, erased.name), std::nullopt};
}
Entry entry(const ErasedSubDevice& erased) {
  return {Family::registry, key(Kind::sub_device, erased.device.value), std::nullopt};
}
Entry entry(const ErasedRetained& erased) {
  return {Family::registry, key(Kind::retained, erased.topic), std::nullopt};
}
Entry entry(const ErasedRoute& erased) {
  return {Family::registry, key(Kind::route, erased.source), std::nullopt};
}
Entry entry(const ErasedDeviceToken& erased) {
  return {Family::registry, key(erased.device, erased.client_id), std::nullopt};
}

Result<Record> registry_record_from(std::string_view place, Reader& reader) {
  if (place.empty()) return fail(Code::malformed, "record key");
  switch (static_cast<Kind>(place.front())) {
    case Kind::account:
      return account_from(reader);
    case Kind::application:
      return application_from(reader);
    case Kind::ram_user:
      return ram_user_from(reader);
    case Kind::ram_policy:
      return ram_policy_from(reader);
    case Kind::ram_role:
      return ram_role_from(reader);
    case Kind::device_group:
      return device_group_from(reader);
    case Kind::device_group_member:
      return device_group_member_from(reader);
    case Kind::access_key:
      return access_key_from(reader);
    case Kind::instance:
      return instance_from(reader);
    case Kind::product:
      return product_from(reader);
    case Kind::device:
      return device_from(reader);
    case Kind::account_quota:
      return account_quota_from(reader);
    case Kind::retained:
      return retained_from(reader);
    case Kind::route:
      return route_from(reader);
    case Kind::shadow:
      return shadow_from(reader);
    case Kind::device_token:
      return device_token_from(reader);
    case Kind::thing_draft:
      return thing_draft_from(reader);
    case Kind::sub_device:
      return sub_device_from(reader);
    case Kind::thing_versions:
      return thing_versions_from(reader);
  }
  return fail(Code::malformed, "record kind");
}

}  // namespace

std::string secret_of_format_1(std::string_view device_record) {
  Reader reader(device_record);
  reader.varint();
  reader.text();
  reader.text();
  return reader.string();
}

std::string first_nonce_key(Time time) { return number(static_cast<std::uint64_t>(millis(time))); }

Entry entry_of(const Change& change) {
  return std::visit([](const auto& kind) { return entry(kind); }, change);
}

Result<Record> read_record(Family family, std::string_view place, std::string_view value) {
  if (family == Family::nonces) return nonce_from(place);
  Reader reader(value);
  auto record = family == Family::sessions  ? session_from(reader)
                : family == Family::secrets ? device_secret_from(reader)
                                            : registry_record_from(place, reader);
  if (!reader.sound()) return fail(Code::malformed, "record");
  return record;
}

}  // namespace herald::schema
