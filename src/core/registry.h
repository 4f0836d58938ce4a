#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/limits.h"
#include "core/device_table.h"
#include "core/striped.h"
#include "model/records.h"
#include "model/topic.h"
#include "store/registry_storage.h"

namespace herald {

struct NewDevice {
  std::optional<DeviceName> name;  // Absent: the platform makes one.
  std::string nickname;
  std::string certificate;  // SHA-256 in hex of its X.509 certificate; empty: none.
  std::string secret;       // Burned in already; empty: the platform makes one.
};

// What users are held to.
struct RegistryLimits {
  TopicLimits topics;
  std::size_t payload_bytes = limits::payload_bytes_max;
  std::size_t topic_categories_per_product = limits::topic_categories_per_product;
  std::size_t products_per_account = 1'000;
};

// What the platform knows: accounts, access keys, instances, products with their topic categories,
// and devices. All of it in memory, each change durable before it is answered.
//
// Any thread. Reads take one short lock. A write is seen by readers at once and undone when the
// storage refuses it; its Done is called on a thread of the storage, or at once with an error.
class Registry {
 public:
  Registry(RegistryStorage& storage, IdGenerator& ids, const Clock& clock,
           const RegistryLimits& limits = {});

  const RegistryLimits& limits() const { return limits_; }

  // Takes a record while starting, before any other call. Sessions and nonces are others' business.
  void restore(Record record);

  // Accounts.
  std::shared_ptr<const AccessKey> access_key(std::string_view id) const;
  std::shared_ptr<const Instance> instance(std::string_view id) const;
  std::vector<std::shared_ptr<const Instance>> instances_of(AccountId account) const;
  // Whether the account has an instance without an id, which calls need not name.
  bool has_public_instance(AccountId account) const;
  std::vector<std::shared_ptr<const AccessKey>> access_keys() const;
  // Of one RAM user; of the account itself where `user` is empty.
  std::vector<std::shared_ptr<const AccessKey>> access_keys_of(AccountId account,
                                                               std::string_view user) const;
  void put_access_key(AccessKey key, Done<void> done);
  void delete_access_key(const std::string& id, Done<void> done);
  bool has_accounts() const;
  std::optional<Account> account(AccountId id) const { return accounts_.find(id); }
  std::vector<Account> accounts() const;  // By age.
  struct AccountDraft {
    std::string name;
    std::string password;  // As hash_password makes it; empty: no sign-in.
    // Burned into applications already; empty: made here.
    std::string key_id;
    std::string key_secret;
    bool public_instance = false;  // The default instance has no id.
  };
  struct NewAccount {
    Account account;
    AccessKey key;
    Instance instance;
  };
  // An account with a default instance and one access key. Errors: refused (somebody has the key).
  void create_account(AccountDraft draft, Done<NewAccount> done);
  void create_account(std::string name, Done<NewAccount> done) {
    create_account(AccountDraft{.name = std::move(name)}, std::move(done));
  }
  // Errors: absent.
  void set_password(AccountId id, std::string password, Done<void> done);

  // Instances. The id of a new one is made here. Errors: instance_not_found; of delete_instance
  // also refused (it has products).
  void create_instance(AccountId account, std::string name, Done<Instance> done);
  void rename_instance(AccountId account, const std::string& id, std::string name, Done<void> done);
  void delete_instance(AccountId account, const std::string& id, Done<void> done);

  // Products. Errors of create_product: product_name_taken, product_limit, refused (somebody has
  // the key).
  std::shared_ptr<const Product> product(std::string_view key) const;
  // Of one instance, the newest first.
  std::vector<std::shared_ptr<const Product>> products_of(AccountId account,
                                                          std::string_view instance) const;
  // The caller fills in what was asked for; key, secret, creation time and the three default topic
  // categories (device-mqtt.md, section 9) are given here.
  void create_product(Product draft, Done<std::shared_ptr<const Product>> done);
  // The same with the key and secret of the draft, which are burned in already.
  void adopt_product(Product draft, Done<std::shared_ptr<const Product>> done);

  // A changed copy takes the product's place. Errors: product_not_found, product_name_taken, and
  // those of `change`.
  using ProductChange = std::move_only_function<Result<void>(Product&)>;
  void change_product(const ProductKey& key, ProductChange change, Changes riders, Done<void> done);
  // A product without devices, also one of `removals`. Errors: product_not_found,
  // product_has_devices.
  void delete_product(const ProductKey& key, Changes riders, Done<void> done);

  // Topic categories. Errors: topic_category_exists, topic_category_limit,
  // topic_category_not_found, product_not_found.
  void create_topic(const ProductKey& product, TopicCategory category, Done<TopicId> done);
  void update_topic(const ProductKey& product, TopicCategory category, Done<void> done);
  void delete_topic(const ProductKey& product, TopicId topic, Done<void> done);
  // The product that has this category.
  std::shared_ptr<const Product> product_of_topic(TopicId topic) const;

  // A product that is being deleted is there no more for anybody, and its name is free; it stays
  // among `removals` until delete_product ends it. Errors: product_not_found.
  void begin_removal(const ProductKey& key, Changes riders, Done<void> done);
  std::vector<std::shared_ptr<const Product>> removals() const;

  // Devices. Errors: device_name_taken, product_not_found, device_not_found.
  std::optional<DeviceId> device_id(const ProductKey& product, std::string_view name) const {
    return devices_.id_of(product, name);
  }
  // Of all of them. Errors: device_not_found, with the first name that is not there.
  Result<std::vector<DeviceId>> device_ids(const ProductKey& product,
                                           std::span<const std::string_view> names) const;
  std::optional<DeviceView> device(DeviceId id) const { return devices_.find(id); }
  std::optional<DeviceView> device(const ProductKey& product, std::string_view name) const;
  std::optional<DeviceView> device_by_iot_id(std::string_view iot_id) const;
  std::optional<DeviceView> device_by_certificate(std::string_view sha256) const;
  // Counts and lists.
  const DeviceTable& devices() const { return devices_; }
  // In the order of `devices`; an empty one for a device that is not there. They stay on the disk:
  // `done` is called at once, or on a thread of the storage. Errors: failed, malformed.
  void device_secrets(std::vector<DeviceId> devices, Done<std::vector<std::string>> done) const {
    storage_.device_secrets(std::move(devices), std::move(done));
  }
  using NewDevices = std::vector<std::shared_ptr<const Device>>;
  void create_devices(const ProductKey& product, std::vector<NewDevice> devices,
                      Done<NewDevices> done);
  // Names that were checked to be made later, or made at once; the number is given here. Errors of
  // make_application: application_not_found, and those of create_devices.
  void add_application(DeviceApplication application, Done<std::uint64_t> done);
  std::shared_ptr<const DeviceApplication> application(std::uint64_t id) const;
  void make_application(std::uint64_t id, Done<NewDevices> done);
  // `riders` are written with it.
  void delete_device(DeviceId id, Changes riders, Done<void> done);
  // Those that are there.
  void delete_devices(const std::vector<DeviceId>& ids, Changes riders, Done<NewDevices> done);
  // A changed copy takes the device's place; whether it is connected stays as it is meanwhile.
  // Errors: device_not_found, and those of `change`.
  using DeviceChange = std::move_only_function<Result<void>(Device&)>;
  void change_device(DeviceId id, Changes riders, DeviceChange change, Done<void> done);
  void set_disabled(DeviceId id, bool disabled, Changes riders, Done<void> done);
  // It may fetch its secret by dynamic registration once more; its tokens are void.
  void reset_device(DeviceId id, Changes riders, Done<void> done);
  // What devices without pre-registration sign in with. Errors of add_token: registration_refused
  // (there are five already).
  std::vector<DeviceToken> tokens_of(DeviceId id) const;
  void add_token(DeviceToken token, Done<void> done);
  // The first connection activates a device. The rest is written by `write_seen`: a crash may
  // forget it.
  void set_online(DeviceId id, Time at, std::string address);
  void set_offline(DeviceId id, Time at);
  // Writes when devices were seen since the last call. Devices come and go much more often than
  // anybody needs to read that from the disk.
  void write_seen();

  // That a signed call was seen; durable within a second.
  void remember(SeenNonce nonce);

 private:
  std::shared_ptr<const Instance> instance_of(AccountId account, std::string_view id) const;
  void undo_access_key(const std::string& id, const std::shared_ptr<const AccessKey>& after,
                       const std::shared_ptr<const AccessKey>& before);
  void see(DeviceId id);
  std::optional<DeviceView> drop_device(DeviceId id);
  void put_token(DeviceToken token);
  void put_product(std::shared_ptr<const Product> product);

  RegistryStorage& storage_;
  IdGenerator& ids_;
  ShortIdGenerator short_ids_;
  const Clock& clock_;
  RegistryLimits limits_;

  // Writers are few and slow; one at a time keeps the storage's order and memory's the same. A Done
  // that is called at once may write again.
  mutable std::recursive_mutex writers_;
  Striped<std::string, std::shared_ptr<const Product>, TextHash> products_;
  DeviceTable devices_;
  std::mutex seen_mutex_;
  std::unordered_set<DeviceId> seen_;  // And not written yet.
  Striped<DeviceId, std::vector<DeviceToken>> tokens_;
  Striped<std::uint64_t, std::shared_ptr<const DeviceApplication>> applications_;
  Striped<TopicId, std::string> topic_products_;
  Striped<std::string, std::shared_ptr<const AccessKey>, TextHash> access_keys_;
  Striped<std::string, std::shared_ptr<const Instance>, TextHash> instances_;
  Striped<AccountId, Account> accounts_;
  Striped<std::string, ProductKey, TextHash> product_names_;  // Account and name.
};

}  // namespace herald
