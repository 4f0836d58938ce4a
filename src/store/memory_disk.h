#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "store/disk.h"

namespace herald {

// A disk for tests: maps behind one lock, which writes and each step of a scan hold.
class MemoryDisk : public Disk {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;
  using Maps = std::array<Map, family_names.size()>;  // In the order of Family.

  explicit MemoryDisk(Maps maps = {}) : maps_(std::move(maps)) {}
  // All that is on it.
  Maps maps() const;

  std::unique_ptr<Batch> new_batch() override;
  Result<void> write(Batch& batch, bool sync) override;
  Result<void> sync() override { return {}; }
  Result<void> rewrite(Family) override { return {}; }
  Result<void> copy_to(const std::filesystem::path&) const override {
    return fail(Code::refused, "a store in memory");
  }
  Result<void> disown(std::uint64_t) override { return {}; }
  Result<void> reopen() override { return {}; }
  bool is_sound() const override { return true; }
  std::optional<std::uint64_t> free_bytes() const override { return std::nullopt; }
  Damage damage() const override { return {}; }
  Result<std::string> get(Family family, std::string_view key) const override;
  std::optional<Result<std::string>> get_at_once(Family family,
                                                 std::string_view key) const override {
    return get(family, key);
  }
  Result<std::string> first_key(Family family) const override;
  Result<std::string> last_key(Family family) const override;
  Result<void> scan(Family family, std::string_view first, const Visitor& visit) const override;
  Result<void> scan_back(Family family, std::string_view last, const Visitor& visit) const override;
  std::uint64_t bytes_from(Family family, std::string_view first) const override;

 protected:
  void replace(Maps maps);

 private:
  class Changes;

  const Map& map(Family family) const { return maps_.at(static_cast<std::size_t>(family)); }

  mutable std::mutex mutex_;
  Maps maps_;
};

}  // namespace herald
