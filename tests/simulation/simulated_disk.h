#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chance.h"
#include "store/disk.h"
#include "store/memory_disk.h"

namespace herald::simulation {

// What is on a disk, whichever program uses it.
class Platter {
 public:
  struct Change {
    enum class Kind : std::uint8_t { put, erase, erase_range };
    Kind kind;
    Family family;
    std::string key;
    std::string value;  // Of a range, its end.
  };
  using Changes = std::vector<Change>;

  // The disk has these and may forget them. They can be read from the next show() on.
  void take(Changes changes) { unsynced_.push_back(std::move(changes)); }
  void show();
  // What was taken is safe from now on.
  void sync();
  // From now on sync() is a lie.
  void break_sync() { syncs_ = false; }
  // A crash: of what is not safe some part is left, from the front.
  void crash(Chance& chance);

  const Disk& maps() const { return *shown_; }

 private:
  std::unique_ptr<MemoryDisk> shown_ = std::make_unique<MemoryDisk>();
  MemoryDisk safe_;
  std::vector<Changes> unsynced_;
  std::size_t shown_unsynced_ = 0;  // How many of them are shown.
  bool syncs_ = true;
};

// A program's disk, until it crashes: from cut() on nothing reaches the platter, and all is
// answered well, since nobody is there who could hear it.
class SimulatedDisk final : public Disk {
 public:
  // `while_syncing` is called for each sync and returns when that is over.
  SimulatedDisk(Platter& platter, std::function<void()> while_syncing)
      : platter_(platter), while_syncing_(std::move(while_syncing)) {}
  void cut() { cut_ = true; }

  std::unique_ptr<Batch> new_batch() override;
  Result<void> write(Batch& batch, bool sync) override;
  Result<void> sync() override;
  Result<void> rewrite(Family) override { return {}; }
  Result<void> copy_to(const std::filesystem::path&) const override {
    return fail(Code::refused, "a simulated disk");
  }
  Result<void> disown(std::uint64_t) override { return {}; }
  Result<void> reopen() override { return {}; }
  bool is_sound() const override { return true; }
  Damage damage() const override { return {}; }
  std::optional<std::uint64_t> free_bytes() const override { return std::nullopt; }

  Result<std::string> get(Family family, std::string_view key) const override {
    return platter_.maps().get(family, key);
  }
  std::optional<Result<std::string>> get_at_once(Family family,
                                                 std::string_view key) const override {
    return get(family, key);
  }
  Result<std::string> first_key(Family family) const override {
    return platter_.maps().first_key(family);
  }
  Result<std::string> last_key(Family family) const override {
    return platter_.maps().last_key(family);
  }
  Result<void> scan(Family family, std::string_view first, const Visitor& visit) const override {
    return platter_.maps().scan(family, first, visit);
  }
  Result<void> scan_back(Family family, std::string_view last,
                         const Visitor& visit) const override {
    return platter_.maps().scan_back(family, last, visit);
  }
  std::uint64_t bytes_from(Family family, std::string_view first) const override {
    return platter_.maps().bytes_from(family, first);
  }

 private:
  class Gathered;

  Platter& platter_;
  std::function<void()> while_syncing_;
  bool cut_ = false;
};

}  // namespace herald::simulation
