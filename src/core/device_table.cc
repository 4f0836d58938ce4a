#include "core/device_table.h"

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <iterator>
#include <mutex>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/crypto.h"
#include "base/siphash.h"
#include "core/packed_device.h"
#include "core/striped.h"

namespace herald {
namespace {

SipHash::Key random_key() {
  const std::string bytes = random_bytes(sizeof(SipHash::Key));
  SipHash::Key key;
  std::memcpy(&key, bytes.data(), sizeof key);
  return key;
}

struct SpreadHash {
  using is_avalanching = void;
  std::size_t operator()(const SipHash::Value& hash) const { return hash.low; }
};
struct IdHash {
  std::size_t operator()(DeviceId id) const { return id.value; }
};

// What is locked together. Open addressing: a node and a bucket of its own for each of a million
// entries would cost more than the entries.
template <class Key, class Value, class Hash>
class Stripes {
 public:
  struct alignas(64) Stripe {
    std::mutex mutex;
    boost::unordered_flat_map<Key, Value, Hash> map;
  };
  Stripe& of(const Key& key) { return stripes_[Hash{}(key) % stripes_.size()]; }

 private:
  std::array<Stripe, 61> stripes_;
};

// The devices of one product by age, which is the order of their ids, and their states beside them:
// a million states are a megabyte, which is read faster than an index of them is kept.
struct Listed {
  std::vector<DeviceId> ids;
  std::vector<DeviceState> states;
  std::size_t activated = 0;
  std::size_t online = 0;
};

std::string tag_key(const ProductKey& product, const std::string& key, const std::string& value) {
  return product.text() + '/' + std::to_string(key.size()) + '/' + key + value;
}

// Ids ascend; new ones are the youngest, and only what returns has its place in between.
std::size_t insert(std::vector<DeviceId>& ids, DeviceId id) {
  const bool is_last = ids.empty() || ids.back() < id;
  const auto at = is_last ? ids.end() : std::ranges::lower_bound(ids, id);
  const auto place = at - ids.begin();
  ids.insert(at, id);
  return static_cast<std::size_t>(place);
}
std::optional<std::size_t> place_of(const std::vector<DeviceId>& ids, DeviceId id) {
  const auto at = std::ranges::lower_bound(ids, id);
  if (at == ids.end() || *at != id) return std::nullopt;
  return static_cast<std::size_t>(at - ids.begin());
}
template <class T>
void erase_at(std::vector<T>& items, std::size_t at) {
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
}

// While `device` is there: no copy is made of it.
DeviceView view_of(const Device& device, bool online) {
  return {std::shared_ptr<const Device>(std::shared_ptr<void>(), &device), online};
}

// Where `id` is, or would be. Looks close to `from` first: of two lists that are walked along
// together, a short one costs little beside a long one.
std::size_t place_from(std::span<const DeviceId> ids, std::size_t from, DeviceId id) {
  std::size_t step = 1;
  while (from + step < ids.size() && ids[from + step] < id) {
    from += step;
    step *= 2;
  }
  const auto close = ids.subspan(from, std::min(step + 1, ids.size() - from));
  return from + static_cast<std::size_t>(std::ranges::lower_bound(close, id) - close.begin());
}

// Up to `count` of a list that ends before `end`, its last first.
std::vector<DeviceId> last_of(std::span<const DeviceId> ids, std::size_t count) {
  const auto part = ids.last(std::min(count, ids.size()));
  return {part.rbegin(), part.rend()};
}

}  // namespace

DeviceState state_of(const DeviceView& view) {
  if (view.device->disabled) return DeviceState::disabled;
  if (view.online) return DeviceState::online;
  return view.device->activated ? DeviceState::offline : DeviceState::unactive;
}

struct DeviceTable::Tables {
  const SipHash hash{random_key()};
  Stripes<SipHash::Value, DeviceId, SpreadHash> names;
  Stripes<DeviceId, PackedDevice, IdHash> devices;
  Striped<std::string, Listed, TextHash> products;
  Striped<std::string, std::vector<DeviceId>, TextHash> tags;
  Striped<std::string, DeviceId, TextHash> certificates;
  // Never erased: devices point at them, and products are few.
  std::mutex keys_mutex;
  std::unordered_set<ProductKey> keys;

  const ProductKey& keep(const ProductKey& product) {
    const std::lock_guard lock(keys_mutex);
    return *keys.insert(product).first;
  }

  // Of the names of one product. A key is filled up with zeros, which no key has.
  SipHash hash_in(const ProductKey& product) const {
    std::array<char, (ProductKeyRule::size_max + 7) / 8 * 8> room{};
    std::ranges::copy(product.view(), room.begin());
    return hash.begun_with({room.data(), room.size()});
  }
  SipHash::Value name_hash(const Device& device) const {
    return hash_in(device.product)(device.name.view());
  }
  // `in_product`: hash_in the product.
  std::optional<DeviceId> id_of(const SipHash& in_product, std::string_view name) {
    if (name.size() > DeviceNameRule::size_max) return std::nullopt;
    const SipHash::Value key = in_product(name);
    auto& stripe = names.of(key);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.map.find(key);
    return at == stripe.map.end() ? std::nullopt : std::optional(at->second);
  }

  // Its place in the lists that are not by id. `online` and state are those of `view`.
  void list(const DeviceView& view) {
    const Device& device = *view.device;
    products.upsert(device.product.text(), [&](Listed& all) {
      const auto at = static_cast<std::ptrdiff_t>(insert(all.ids, device.id));
      all.states.insert(all.states.begin() + at, state_of(view));
      if (device.activated) ++all.activated;
      if (view.online) ++all.online;
    });
  }
  void unlist(const DeviceView& view) {
    const Device& device = *view.device;
    products.update(device.product.view(), [&](Listed& all) {
      const auto at = place_of(all.ids, device.id);
      if (!at) return;
      erase_at(all.ids, *at);
      erase_at(all.states, *at);
      if (device.activated) --all.activated;
      if (view.online) --all.online;
      if (all.ids.empty()) all = {};
    });
  }
  void relist(const Device& before, bool was_online, const Device& after, bool is_online) {
    const DeviceView view = view_of(after, is_online);
    products.update(after.product.view(), [&](Listed& all) {
      if (const auto at = place_of(all.ids, after.id)) all.states[*at] = state_of(view);
      if (!before.activated && after.activated) ++all.activated;
      if (before.activated && !after.activated) --all.activated;
      if (!was_online && is_online) ++all.online;
      if (was_online && !is_online) --all.online;
    });
  }

  void tag(const Device& device) {
    for (const auto& [key, value] : device.tags) {
      tags.upsert(tag_key(device.product, key, value),
                  [&](std::vector<DeviceId>& ids) { insert(ids, device.id); });
    }
  }
  void untag(const Device& device) {
    for (const auto& [key, value] : device.tags) {
      tags.update(tag_key(device.product, key, value), [&](std::vector<DeviceId>& ids) {
        if (const auto at = place_of(ids, device.id)) erase_at(ids, *at);
      });
    }
  }
};

DeviceTable::DeviceTable() : tables_(std::make_unique<Tables>()) {}
DeviceTable::~DeviceTable() = default;

void DeviceTable::put(const Device& device) {
  const ProductKey& product = tables_->keep(device.product);
  {
    auto& stripe = tables_->devices.of(device.id);
    const std::lock_guard lock(stripe.mutex);
    stripe.map.insert_or_assign(device.id, PackedDevice(device, product, false));
    tables_->list(view_of(device, false));
    tables_->tag(device);
  }
  const auto name = tables_->name_hash(device);
  {
    auto& stripe = tables_->names.of(name);
    const std::lock_guard lock(stripe.mutex);
    stripe.map.insert_or_assign(name, device.id);
  }
  if (!device.certificate.empty()) tables_->certificates.put(device.certificate, device.id);
}

std::optional<DeviceView> DeviceTable::erase(DeviceId id) {
  std::optional<DeviceView> gone;
  {
    auto& stripe = tables_->devices.of(id);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.map.find(id);
    if (at == stripe.map.end()) return std::nullopt;
    gone = {std::make_shared<const Device>(at->second.device(id)), at->second.online()};
    stripe.map.erase(at);
    tables_->unlist(*gone);
    tables_->untag(*gone->device);
  }
  const Device& device = *gone->device;
  const auto name = tables_->name_hash(device);
  {
    auto& stripe = tables_->names.of(name);
    const std::lock_guard lock(stripe.mutex);
    stripe.map.erase(name);
  }
  if (!device.certificate.empty()) tables_->certificates.erase(device.certificate);
  return gone;
}

std::optional<DeviceId> DeviceTable::id_of(const ProductKey& product, std::string_view name) const {
  return tables_->id_of(tables_->hash_in(product), name);
}

std::vector<DeviceId> DeviceTable::ids_of(const ProductKey& product,
                                          std::span<const std::string_view> names) const {
  const SipHash in_product = tables_->hash_in(product);
  std::vector<DeviceId> ids;
  ids.reserve(names.size());
  for (const std::string_view name : names) {
    const auto id = tables_->id_of(in_product, name);
    if (!id) break;
    ids.push_back(*id);
  }
  return ids;
}

std::optional<DeviceId> DeviceTable::id_of_certificate(std::string_view sha256) const {
  return tables_->certificates.find(sha256);
}

std::optional<DeviceView> DeviceTable::find(DeviceId id) const {
  auto& stripe = tables_->devices.of(id);
  const std::lock_guard lock(stripe.mutex);
  const auto at = stripe.map.find(id);
  if (at == stripe.map.end()) return std::nullopt;
  return DeviceView{std::make_shared<const Device>(at->second.device(id)), at->second.online()};
}

bool DeviceTable::change(DeviceId id, const Change& change) {
  auto& stripe = tables_->devices.of(id);
  const std::lock_guard lock(stripe.mutex);
  const auto at = stripe.map.find(id);
  if (at == stripe.map.end()) return false;
  const Device before = at->second.device(id);
  const bool was_online = at->second.online();
  Device after = before;
  bool online = was_online;
  if (!change(after, online)) return false;
  at->second = PackedDevice(after, tables_->keep(after.product), online);
  tables_->relist(before, was_online, after, online);
  if (before.tags != after.tags) {
    tables_->untag(before);
    tables_->tag(after);
  }
  return true;
}

void DeviceTable::restore(DeviceId id, const Device& changed, const Device& before) {
  change(id, [&](Device& device, bool& online) {
    const ProductKey& product = tables_->keep(device.product);
    if (PackedDevice(device, product, online) != PackedDevice(changed, product, online)) {
      return false;
    }
    device = before;
    return true;
  });
}

DeviceTable::Counts& DeviceTable::Counts::operator+=(const Counts& more) {
  all += more.all;
  activated += more.activated;
  online += more.online;
  return *this;
}

DeviceTable::Counts DeviceTable::counts(const ProductKey& product) const {
  Counts counts;
  tables_->products.read(product.view(), [&](const Listed& all) {
    counts = {all.ids.size(), all.activated, all.online};
  });
  return counts;
}

DeviceTable::Counts DeviceTable::counts(const ProductKey& product,
                                        std::span<const DeviceId> devices) const {
  Counts counts;
  std::vector<DeviceId> disabled;
  tables_->products.read(product.view(), [&](const Listed& all) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < devices.size();) {
      at = place_from(all.ids, at, devices[i]);
      if (at == all.ids.size()) return;
      if (all.ids[at] != devices[i]) {
        i = place_from(devices, i, all.ids[at]);
        continue;
      }
      ++i;
      ++counts.all;
      const DeviceState state = all.states[at];
      if (state == DeviceState::online) ++counts.online;
      if (state == DeviceState::online || state == DeviceState::offline) ++counts.activated;
      if (state == DeviceState::disabled) disabled.push_back(all.ids[at]);
    }
  });
  // Their state hides what else they are.
  for (const DeviceId id : disabled) {
    const auto view = find(id);
    if (view && view->device->activated) ++counts.activated;
    if (view && view->online) ++counts.online;
  }
  return counts;
}

std::size_t DeviceTable::count(const ProductKey& product, DeviceState state) const {
  std::size_t count = 0;
  tables_->products.read(product.view(), [&](const Listed& all) {
    count = static_cast<std::size_t>(std::ranges::count(all.states, state));
  });
  return count;
}

std::vector<DeviceId> DeviceTable::newest(const ProductKey& product, std::size_t skip,
                                          std::size_t count) const {
  std::vector<DeviceId> found;
  tables_->products.read(product.view(), [&](const Listed& all) {
    if (skip >= all.ids.size()) return;
    found = last_of(std::span(all.ids).first(all.ids.size() - skip), count);
  });
  return found;
}

std::vector<DeviceId> DeviceTable::newest_in(const ProductKey& product, DeviceState state,
                                             std::size_t skip, std::size_t count) const {
  std::vector<DeviceId> found;
  tables_->products.read(product.view(), [&](const Listed& all) {
    for (std::size_t i = all.ids.size(); i-- > 0 && found.size() < count;) {
      if (all.states[i] != state) continue;
      if (skip > 0) {
        --skip;
      } else {
        found.push_back(all.ids[i]);
      }
    }
  });
  return found;
}

std::vector<DeviceId> DeviceTable::older(const ProductKey& product, DeviceId than,
                                         std::size_t count) const {
  std::vector<DeviceId> found;
  tables_->products.read(product.view(), [&](const Listed& all) {
    const auto end = std::ranges::lower_bound(all.ids, than) - all.ids.begin();
    found = last_of(std::span(all.ids).first(static_cast<std::size_t>(end)), count);
  });
  return found;
}

std::vector<DeviceId> DeviceTable::tagged(const ProductKey& product, const Tags& tags) const {
  std::vector<DeviceId> found;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto ids = tables_->tags.find(tag_key(product, tags[i].first, tags[i].second))
                         .value_or(std::vector<DeviceId>());
    if (i == 0) {
      found = ids;
    } else {
      std::vector<DeviceId> both;
      std::ranges::set_intersection(found, ids, std::back_inserter(both));
      found = std::move(both);
    }
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace herald
