#include "core/registry.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"

namespace herald {
namespace {

std::string name_key(AccountId account, std::string_view instance, std::string_view name) {
  return std::to_string(account.value) + '/' + std::string(instance) + '/' + std::string(name);
}

// Instances are found by their id; the public one, which has none, by its account.
std::string instance_key(const Instance& instance) {
  return instance.id.empty() ? '@' + std::to_string(instance.account.value) : instance.id;
}

std::string make_instance_id() {
  std::string suffix = random_name(8);
  std::ranges::transform(suffix, suffix.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return "iot-" + suffix;
}

template <class T>
std::shared_ptr<const T> found(std::optional<std::shared_ptr<const T>> entry) {
  return entry ? std::move(*entry) : nullptr;
}

}  // namespace

Registry::Registry(RegistryStorage& storage, IdGenerator& ids, const Clock& clock,
                   const RegistryLimits& limits)
    : storage_(storage), ids_(ids), short_ids_(clock), clock_(clock), limits_(limits) {}

void Registry::restore(Record record) {
  if (auto* account = std::get_if<Account>(&record)) {
    accounts_.put(account->id, std::move(*account));
  } else if (auto* key = std::get_if<AccessKey>(&record)) {
    const std::string id = key->id;
    access_keys_.put(id, std::make_shared<const AccessKey>(std::move(*key)));
  } else if (auto* instance = std::get_if<Instance>(&record)) {
    const std::string found_by = instance_key(*instance);
    instances_.put(found_by, std::make_shared<const Instance>(std::move(*instance)));
  } else if (auto* product = std::get_if<Product>(&record)) {
    put_product(std::make_shared<const Product>(std::move(*product)));
  } else if (auto* device = std::get_if<Device>(&record)) {
    ids_.never_below(device->id.value);
    devices_.put(*device);
  } else if (auto* token = std::get_if<DeviceToken>(&record)) {
    put_token(std::move(*token));
  } else if (auto* application = std::get_if<DeviceApplication>(&record)) {
    short_ids_.never_below(application->id);
    applications_.put(application->id,
                      std::make_shared<const DeviceApplication>(std::move(*application)));
  }
}

// Accounts.

std::shared_ptr<const AccessKey> Registry::access_key(std::string_view id) const {
  return found(access_keys_.find(id));
}

std::shared_ptr<const Instance> Registry::instance(std::string_view id) const {
  return found(instances_.find(id));
}

std::vector<std::shared_ptr<const Instance>> Registry::instances_of(AccountId account) const {
  std::vector<std::shared_ptr<const Instance>> of_account;
  instances_.each([&](const std::string&, const std::shared_ptr<const Instance>& instance) {
    if (instance->account == account) of_account.push_back(instance);
  });
  return of_account;
}

bool Registry::has_public_instance(AccountId account) const {
  return instances_.find(instance_key({.id = {}, .account = account})).has_value();
}

std::vector<std::shared_ptr<const AccessKey>> Registry::access_keys() const {
  std::vector<std::shared_ptr<const AccessKey>> all;
  access_keys_.each(
      [&](const std::string&, const std::shared_ptr<const AccessKey>& key) { all.push_back(key); });
  return all;
}

std::vector<std::shared_ptr<const AccessKey>> Registry::access_keys_of(
    AccountId account, std::string_view user) const {
  std::vector<std::shared_ptr<const AccessKey>> found;
  access_keys_.each([&](const std::string&, const std::shared_ptr<const AccessKey>& key) {
    if (key->account == account && key->user == user) found.push_back(key);
  });
  std::ranges::sort(found, {}, [](const auto& key) { return std::tuple(key->created, key->id); });
  return found;
}

void Registry::put_access_key(AccessKey key, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = access_key(key.id);
  const std::string id = key.id;
  Changes changes{Record(key)};
  const auto after = std::make_shared<const AccessKey>(std::move(key));
  access_keys_.put(id, after);
  storage_.write(std::move(changes),
                 [this, id, before, after, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) undo_access_key(id, after, before);
                   done(std::move(kept));
                 });
}

void Registry::delete_access_key(const std::string& id, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = access_key(id);
  access_keys_.erase(id);
  storage_.write({ErasedAccessKey{id}},
                 [this, id, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) undo_access_key(id, nullptr, before);
                   done(std::move(kept));
                 });
}

// What was written after it stays: a key that is deleted meanwhile must not come back.
void Registry::undo_access_key(const std::string& id, const std::shared_ptr<const AccessKey>& after,
                               const std::shared_ptr<const AccessKey>& before) {
  const std::lock_guard lock(writers_);
  if (access_key(id) != after) return;
  if (before) {
    access_keys_.put(id, before);
  } else {
    access_keys_.erase(id);
  }
}

bool Registry::has_accounts() const {
  bool any = false;
  accounts_.each([&](AccountId, const Account&) { any = true; });
  return any;
}

std::vector<Account> Registry::accounts() const {
  std::vector<Account> all;
  accounts_.each([&](AccountId, const Account& account) { all.push_back(account); });
  std::ranges::sort(all, {}, [](const Account& one) { return std::pair(one.created, one.id); });
  return all;
}

void Registry::create_account(AccountDraft draft, Done<NewAccount> done) {
  const std::lock_guard lock(writers_);
  if (access_key(draft.key_id)) {
    return done(fail(Code::refused, "somebody has the AccessKey " + draft.key_id));
  }
  const Time now = clock_.now();
  NewAccount made;
  // Sixteen digits, as account ids are.
  made.account = {.id = AccountId{1'000'000'000'000'000 + ids_.next() % 9'000'000'000'000'000},
                  .name = std::move(draft.name),
                  .created = now,
                  .password = std::move(draft.password)};
  const bool has_key = !draft.key_id.empty();
  made.key = {.id = has_key ? std::move(draft.key_id) : "LTAI5t" + random_name(18),
              .secret = has_key ? std::move(draft.key_secret) : random_name(30),
              .account = made.account.id,
              .created = now};
  made.instance = {.id = draft.public_instance ? "" : make_instance_id(),
                   .account = made.account.id,
                   .name = "default",
                   .created = now};
  for (const Record& record : {Record(made.account), Record(made.key), Record(made.instance)}) {
    restore(record);
  }
  Changes changes{Record(made.account), Record(made.key), Record(made.instance)};
  storage_.write(std::move(changes),
                 [this, made, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(made));
                   accounts_.erase(made.account.id);
                   access_keys_.erase(made.key.id);
                   instances_.erase(instance_key(made.instance));
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Registry::set_password(AccountId id, std::string password, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = account(id);
  if (!before) return done(fail(Code::absent, std::to_string(id.value)));
  Account after = *before;
  after.password = std::move(password);
  accounts_.put(id, after);
  storage_.write({Record(std::move(after))},
                 [this, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) accounts_.put(before->id, *before);
                   done(std::move(kept));
                 });
}

// Instances.

std::shared_ptr<const Instance> Registry::instance_of(AccountId account,
                                                      std::string_view id) const {
  auto known = instance(instance_key({.id = std::string(id), .account = account}));
  return known && known->account == account ? known : nullptr;
}

void Registry::create_instance(AccountId account, std::string name, Done<Instance> done) {
  const std::lock_guard lock(writers_);
  Instance made{.id = make_instance_id(),
                .account = account,
                .name = std::move(name),
                .created = clock_.now()};
  restore(Record(made));
  Changes changes{Record(made)};
  storage_.write(std::move(changes),
                 [this, made, done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(std::move(made));
                   instances_.erase(instance_key(made));
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

void Registry::rename_instance(AccountId account, const std::string& id, std::string name,
                               Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = instance_of(account, id);
  if (!before) return done(fail(Code::instance_not_found, id));
  Instance after = *before;
  after.name = std::move(name);
  restore(Record(after));
  storage_.write({Record(std::move(after))},
                 [this, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) instances_.put(instance_key(*before), before);
                   done(std::move(kept));
                 });
}

void Registry::delete_instance(AccountId account, const std::string& id, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = instance_of(account, id);
  if (!before) return done(fail(Code::instance_not_found, id));
  if (!products_of(account, id).empty()) return done(fail(Code::refused, "it has products"));
  instances_.erase(instance_key(*before));
  storage_.write({ErasedInstance{account, id}},
                 [this, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) instances_.put(instance_key(*before), before);
                   done(std::move(kept));
                 });
}

// Products.

std::shared_ptr<const Product> Registry::product(std::string_view key) const {
  auto product = found(products_.find(key));
  return product && !product->deleting ? product : nullptr;
}

std::vector<std::shared_ptr<const Product>> Registry::products_of(AccountId account,
                                                                  std::string_view instance) const {
  std::vector<std::shared_ptr<const Product>> found;
  products_.each([&](const std::string&, const std::shared_ptr<const Product>& product) {
    if (product->account == account && product->instance == instance && !product->deleting) {
      found.push_back(product);
    }
  });
  std::ranges::sort(found, [](const auto& one, const auto& other) {
    return std::tuple(other->created, other->key.view()) <
           std::tuple(one->created, one->key.view());
  });
  return found;
}

void Registry::put_product(std::shared_ptr<const Product> product) {
  for (const TopicCategory& topic : product->topics) {
    topic_products_.put(topic.id, product->key.text());
    short_ids_.never_below(topic.id.value);
  }
  if (!product->deleting) {
    product_names_.put(name_key(product->account, product->instance, product->name), product->key);
  }
  const std::string key = product->key.text();
  products_.put(key, std::move(product));
}

void Registry::create_product(Product draft, Done<std::shared_ptr<const Product>> done) {
  draft.key = ProductKey::parse("a1" + random_name(9)).value();
  draft.secret = random_name(16);
  adopt_product(std::move(draft), std::move(done));
}

void Registry::adopt_product(Product draft, Done<std::shared_ptr<const Product>> done) {
  const std::lock_guard lock(writers_);
  if (found(products_.find(draft.key.view()))) {
    return done(fail(Code::refused, "somebody has the ProductKey " + draft.key.text()));
  }
  // It may have been deleted since the caller looked.
  if (!draft.instance.empty() && !instance_of(draft.account, draft.instance)) {
    return done(fail(Code::instance_not_found, draft.instance));
  }
  if (product_names_.find(name_key(draft.account, draft.instance, draft.name))) {
    return done(fail(Code::product_name_taken, draft.name));
  }
  std::size_t count = 0;
  products_.each([&](const std::string&, const std::shared_ptr<const Product>& product) {
    if (product->account == draft.account) ++count;
  });
  if (count >= limits_.products_per_account) return done(fail(Code::product_limit));
  draft.created = clock_.now();
  draft.topics = {{TopicId{short_ids_.next()}, "update", Permission::pub, ""},
                  {TopicId{short_ids_.next()}, "update/error", Permission::pub, ""},
                  {TopicId{short_ids_.next()}, "get", Permission::sub, ""}};
  const auto product = std::make_shared<const Product>(std::move(draft));
  put_product(product);
  storage_.write(
      {Record(*product)}, [this, product, done = std::move(done)](Result<void> kept) mutable {
        if (kept) return done(product);
        products_.erase(product->key.text());
        product_names_.erase(name_key(product->account, product->instance, product->name));
        for (const TopicCategory& topic : product->topics) topic_products_.erase(topic.id);
        done(tl::unexpected(std::move(kept.error())));
      });
}

void Registry::change_product(const ProductKey& key, ProductChange change, Changes riders,
                              Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = product(key.view());
  if (!before) return done(fail(Code::product_not_found, key.text()));
  Product after = *before;
  if (auto changed = change(after); !changed) return done(std::move(changed));
  const auto name = [](const Product& of) { return name_key(of.account, of.instance, of.name); };
  if (after.name != before->name) {
    if (product_names_.find(name(after))) return done(fail(Code::product_name_taken, after.name));
    product_names_.erase(name(*before));
  }
  const std::string name_after = name(after);
  put_product(std::make_shared<const Product>(after));
  riders.emplace_back(Record(std::move(after)));
  storage_.write(std::move(riders),
                 [this, before, name_after, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) {
                     product_names_.erase(name_after);
                     put_product(before);
                   }
                   done(std::move(kept));
                 });
}

void Registry::begin_removal(const ProductKey& key, Changes riders, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto before = product(key.view());
  if (!before) return done(fail(Code::product_not_found, key.text()));
  Product after = *before;
  after.deleting = true;
  product_names_.erase(name_key(before->account, before->instance, before->name));
  put_product(std::make_shared<const Product>(after));
  riders.emplace_back(Record(std::move(after)));
  storage_.write(std::move(riders),
                 [this, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) put_product(before);
                   done(std::move(kept));
                 });
}

std::vector<std::shared_ptr<const Product>> Registry::removals() const {
  std::vector<std::shared_ptr<const Product>> found;
  products_.each([&](const std::string&, const std::shared_ptr<const Product>& product) {
    if (product->deleting) found.push_back(product);
  });
  return found;
}

void Registry::delete_product(const ProductKey& key, Changes riders, Done<void> done) {
  const std::lock_guard lock(writers_);
  const auto product = found(products_.find(key.view()));
  if (!product) return done(fail(Code::product_not_found, key.text()));
  if (devices_.counts(key).all > 0) return done(fail(Code::product_has_devices, key.text()));
  products_.erase(key.text());
  if (!product->deleting) {
    product_names_.erase(name_key(product->account, product->instance, product->name));
  }
  for (const TopicCategory& topic : product->topics) topic_products_.erase(topic.id);
  riders.emplace_back(ErasedProduct{key});
  storage_.write(std::move(riders),
                 [this, product, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) put_product(product);
                   done(std::move(kept));
                 });
}

// Topic categories.

void Registry::create_topic(const ProductKey& product, TopicCategory category, Done<TopicId> done) {
  category.id = TopicId{short_ids_.next()};
  const TopicId id = category.id;
  change_product(
      product,
      [this, &category](Product& changed) -> Result<void> {
        if (std::ranges::find(changed.topics, category.suffix, &TopicCategory::suffix) !=
            changed.topics.end()) {
          return fail(Code::topic_category_exists, category.suffix);
        }
        if (changed.topics.size() >= limits_.topic_categories_per_product) {
          return fail(Code::topic_category_limit);
        }
        changed.topics.push_back(std::move(category));
        return {};
      },
      {},
      [id, done = std::move(done)](Result<void> kept) mutable {
        if (!kept) return done(tl::unexpected(std::move(kept.error())));
        done(id);
      });
}

void Registry::update_topic(const ProductKey& product, TopicCategory category, Done<void> done) {
  change_product(
      product,
      [&category](Product& changed) -> Result<void> {
        const auto at = std::ranges::find(changed.topics, category.id, &TopicCategory::id);
        if (at == changed.topics.end()) return fail(Code::topic_category_not_found);
        const bool taken = std::ranges::any_of(changed.topics, [&](const TopicCategory& other) {
          return other.id != category.id && other.suffix == category.suffix;
        });
        if (taken) return fail(Code::topic_category_exists, category.suffix);
        *at = std::move(category);
        return {};
      },
      {}, std::move(done));
}

void Registry::delete_topic(const ProductKey& product, TopicId topic, Done<void> done) {
  change_product(
      product,
      [topic](Product& changed) -> Result<void> {
        const auto removed = std::erase_if(
            changed.topics, [&](const TopicCategory& category) { return category.id == topic; });
        if (removed == 0) return fail(Code::topic_category_not_found);
        return {};
      },
      {},
      [this, topic, done = std::move(done)](Result<void> kept) mutable {
        if (kept) topic_products_.erase(topic);
        done(std::move(kept));
      });
}

std::shared_ptr<const Product> Registry::product_of_topic(TopicId topic) const {
  const auto key = topic_products_.find(topic);
  return key ? product(*key) : nullptr;
}

void Registry::remember(SeenNonce nonce) { storage_.write_soon({Record(nonce)}); }

}  // namespace herald
