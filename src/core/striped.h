#pragma once

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace herald {

// Text keys can be looked up by view, without making a string.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// A map that all shards read on every call and that changes rarely. A reader holds one of 64 locks
// for one lookup, so two readers seldom meet; posting to an owner would cost a turn of two loops.
template <class Key, class Value, class Hash = std::hash<Key>>
class Striped {
 public:
  template <class K>
  std::optional<Value> find(const K& key) const {
    const Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.map.find(key);
    if (at == stripe.map.end()) return std::nullopt;
    return at->second;
  }

  void put(const Key& key, Value value) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    stripe.map.insert_or_assign(key, std::move(value));
  }

  template <class K>
  void erase(const K& key) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    if (const auto at = stripe.map.find(key); at != stripe.map.end()) stripe.map.erase(at);
  }

  // `visit(const Value&)` under the lock, when there is one.
  template <class K, class Visit>
  bool read(const K& key, Visit visit) const {
    const Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.map.find(key);
    if (at == stripe.map.end()) return false;
    visit(at->second);
    return true;
  }

  // `change(Value&)` under the lock, of a new one when there is none.
  template <class Change>
  void upsert(const Key& key, Change change) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    change(stripe.map[key]);
  }

  // `change(Value&)` under the lock, when there is one.
  template <class K, class Change>
  bool update(const K& key, Change change) {
    Stripe& stripe = stripe_of(key);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.map.find(key);
    if (at == stripe.map.end()) return false;
    change(at->second);
    return true;
  }

  // `visit(key, value)` for each, one stripe locked at a time: no moment's whole picture.
  template <class Visit>
  void each(Visit visit) const {
    for (const Stripe& stripe : stripes_) {
      const std::lock_guard lock(stripe.mutex);
      for (const auto& [key, value] : stripe.map) visit(key, value);
    }
  }

 private:
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    std::unordered_map<Key, Value, Hash, std::equal_to<>> map;
  };
  template <class K>
  const Stripe& stripe_of(const K& key) const {
    return stripes_[Hash{}(key) % stripes_.size()];
  }
  template <class K>
  Stripe& stripe_of(const K& key) {
    return stripes_[Hash{}(key) % stripes_.size()];
  }
  std::array<Stripe, 61> stripes_;  // Prime: std::unordered_map takes the same hash modulo another.
};

}  // namespace herald
