#include "store/memory_disk.h"

#include <functional>
#include <utility>
#include <vector>

namespace herald {

class MemoryDisk::Changes final : public Disk::Batch {
 public:
  void put(Family family, std::string_view key, std::string_view value) override {
    add(family, [key = std::string(key), value = std::string(value)](Map& map) {
      map.insert_or_assign(key, value);
    });
  }
  void erase(Family family, std::string_view key) override {
    add(family, [key = std::string(key)](Map& map) { map.erase(key); });
  }
  void erase_single(Family family, std::string_view key) override { erase(family, key); }
  void erase_range(Family family, std::string_view first, std::string_view last) override {
    add(family, [first = std::string(first), last = std::string(last)](Map& map) {
      map.erase(map.lower_bound(first), map.lower_bound(last));
    });
  }
  bool empty() const override { return changes_.empty(); }
  void clear() override { changes_.clear(); }

  void apply_to(Maps& maps) const {
    for (const auto& [family, change] : changes_) change(maps.at(static_cast<std::size_t>(family)));
  }

 private:
  void add(Family family, std::function<void(Map&)> change) {
    changes_.emplace_back(family, std::move(change));
  }

  std::vector<std::pair<Family, std::function<void(Map&)>>> changes_;
};

MemoryDisk::Maps MemoryDisk::maps() const {
  const std::scoped_lock lock(mutex_);
  return maps_;
}

void MemoryDisk::replace(Maps maps) {
  const std::scoped_lock lock(mutex_);
  maps_ = std::move(maps);
}

std::unique_ptr<Disk::Batch> MemoryDisk::new_batch() { return std::make_unique<Changes>(); }

Result<void> MemoryDisk::write(Batch& batch, bool /*sync*/) {
  const std::scoped_lock lock(mutex_);
  dynamic_cast<const Changes&>(batch).apply_to(maps_);
  return {};
}

Result<std::string> MemoryDisk::get(Family family, std::string_view key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = map(family).find(key);
  if (found == map(family).end()) return fail(Code::absent);
  return found->second;
}

Result<std::string> MemoryDisk::first_key(Family family) const {
  const std::scoped_lock lock(mutex_);
  if (map(family).empty()) return fail(Code::absent);
  return map(family).begin()->first;
}

Result<std::string> MemoryDisk::last_key(Family family) const {
  const std::scoped_lock lock(mutex_);
  if (map(family).empty()) return fail(Code::absent);
  return map(family).rbegin()->first;
}

Result<void> MemoryDisk::scan(Family family, std::string_view first, const Visitor& visit) const {
  // Copies entry by entry, so that the visitor runs without the lock.
  std::string from(first);
  for (;;) {
    std::unique_lock lock(mutex_);
    const auto found = map(family).lower_bound(from);
    if (found == map(family).end()) return {};
    const auto [key, value] = *found;
    lock.unlock();
    if (!visit(key, value)) return {};
    from = key + '\0';
  }
}

Result<void> MemoryDisk::scan_back(Family family, std::string_view last,
                                   const Visitor& visit) const {
  std::string before(last);
  for (;;) {
    std::unique_lock lock(mutex_);
    auto found = map(family).lower_bound(before);
    if (found == map(family).begin()) return {};
    const auto [key, value] = *--found;
    lock.unlock();
    if (!visit(key, value)) return {};
    before = key;
  }
}

std::uint64_t MemoryDisk::bytes_from(Family family, std::string_view first) const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t bytes = 0;
  for (auto at = map(family).lower_bound(first); at != map(family).end(); ++at) {
    bytes += at->first.size() + at->second.size();
  }
  return bytes;
}

}  // namespace herald
