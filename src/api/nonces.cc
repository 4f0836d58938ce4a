#include "api/nonces.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/crypto.h"

namespace herald::api {
namespace {

bool is_empty(const SeenNonce& slot) { return slot.forget_at == Time(); }

// The hash is keyed and uniform: any of its bits spread entries evenly.
std::uint64_t bits_of(const SeenNonce& seen, std::size_t from) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, seen.hash.data() + from, sizeof bits);
  return bits;
}

}  // namespace

Nonces::Nonces(std::string key, std::size_t entries_max)
    : key_(std::move(key)),
      entries_per_table_max_(std::max<std::size_t>(1, entries_max / tables)) {}

Result<SeenNonce> Nonces::use(std::string_view access_key, std::string_view nonce, Time now,
                              Time forget_at) {
  Hasher hasher = Hasher::hmac(Digest::sha256, key_);
  hasher.add(access_key);
  hasher.add("\n");
  hasher.add(nonce);
  SeenNonce seen{.forget_at = forget_at};
  std::memcpy(seen.hash.data(), hasher.finish().data(), seen.hash.size());

  Table& table = table_of(seen);
  const std::lock_guard lock(table.mutex);
  switch (table.put(seen, now, entries_per_table_max_)) {
    case Put::fresh:
      return seen;
    case Put::known:
      return fail(Code::signature_nonce_used);
    case Put::full:
      break;
  }
  return fail(Code::throttled, "too many requests within the window of timestamps");
}

void Nonces::restore(const SeenNonce& seen, Time now) {
  if (seen.forget_at < now) return;
  Table& table = table_of(seen);
  const std::lock_guard lock(table.mutex);
  // Stored ones count even when a smaller bound is configured now.
  (void)table.put(seen, now, SIZE_MAX);
}

Nonces::Table& Nonces::table_of(const SeenNonce& seen) {
  return tables_[bits_of(seen, 8) % tables];
}

Nonces::Put Nonces::Table::put(const SeenNonce& seen, Time now, std::size_t entries_max) {
  const bool crowded = used_ >= entries_max || (used_ + 1) * 4 > slots_.size() * 3;
  // A full table without an outdated entry is not walked again for every refused request.
  const bool helps = used_ < entries_max || first_forget_at_ < now;
  if (crowded && helps) rebuild(now);
  if (used_ >= entries_max) {
    return slots_.empty() || is_empty(slot_of(seen)) ? Put::full : Put::known;
  }
  SeenNonce& slot = slot_of(seen);
  if (!is_empty(slot)) return Put::known;
  slot = seen;
  ++used_;
  first_forget_at_ = std::min(first_forget_at_, seen.forget_at);
  return Put::fresh;
}

void Nonces::Table::rebuild(Time now) {
  std::vector<SeenNonce> old = std::move(slots_);
  std::erase_if(old, [&](const SeenNonce& slot) { return is_empty(slot) || slot.forget_at < now; });
  slots_.assign(std::bit_ceil((old.size() + 8) * 2), SeenNonce{});
  used_ = old.size();
  first_forget_at_ = Time::max();
  for (const SeenNonce& each : old) {
    slot_of(each) = each;
    first_forget_at_ = std::min(first_forget_at_, each.forget_at);
  }
}

SeenNonce& Nonces::Table::slot_of(const SeenNonce& seen) {
  std::size_t at = bits_of(seen, 0) & (slots_.size() - 1);
  while (!is_empty(slots_[at]) && slots_[at].hash != seen.hash) at = (at + 1) & (slots_.size() - 1);
  return slots_[at];
}

}  // namespace herald::api
