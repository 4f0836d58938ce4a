#include "simulated_disk.h"

#include <utility>

namespace herald::simulation {
namespace {

void put_on(MemoryDisk& disk, const Platter::Changes& changes) {
  const auto batch = disk.new_batch();
  for (const Platter::Change& change : changes) {
    switch (change.kind) {
      case Platter::Change::Kind::put:
        batch->put(change.family, change.key, change.value);
        break;
      case Platter::Change::Kind::erase:
        batch->erase(change.family, change.key);
        break;
      case Platter::Change::Kind::erase_range:
        batch->erase_range(change.family, change.key, change.value);
        break;
    }
  }
  (void)disk.write(*batch, /*sync=*/false);  // Memory takes all.
}

}  // namespace

void Platter::show() {
  while (shown_unsynced_ < unsynced_.size()) put_on(*shown_, unsynced_[shown_unsynced_++]);
}

void Platter::sync() {
  if (!syncs_) return;
  show();
  for (const Changes& changes : unsynced_) put_on(safe_, changes);
  unsynced_.clear();
  shown_unsynced_ = 0;
}

void Platter::crash(Chance& chance) {
  unsynced_.resize(chance.below(unsynced_.size() + 1));
  for (const Changes& changes : unsynced_) put_on(safe_, changes);
  unsynced_.clear();
  shown_unsynced_ = 0;
  shown_ = std::make_unique<MemoryDisk>(safe_.maps());
}

class SimulatedDisk::Gathered final : public Disk::Batch {
 public:
  void put(Family family, std::string_view key, std::string_view value) override {
    changes.push_back({Platter::Change::Kind::put, family, std::string(key), std::string(value)});
  }
  void erase(Family family, std::string_view key) override {
    changes.push_back({Platter::Change::Kind::erase, family, std::string(key), {}});
  }
  void erase_single(Family family, std::string_view key) override { erase(family, key); }
  void erase_range(Family family, std::string_view first, std::string_view last) override {
    changes.push_back(
        {Platter::Change::Kind::erase_range, family, std::string(first), std::string(last)});
  }
  bool empty() const override { return changes.empty(); }
  void clear() override { changes.clear(); }

  Platter::Changes changes;
};

std::unique_ptr<Disk::Batch> SimulatedDisk::new_batch() { return std::make_unique<Gathered>(); }

Result<void> SimulatedDisk::write(Batch& batch, bool sync) {
  if (cut_) return {};
  platter_.take(dynamic_cast<const Gathered&>(batch).changes);
  if (sync) return this->sync();
  platter_.show();
  return {};
}

Result<void> SimulatedDisk::sync() {
  if (cut_) return {};
  while_syncing_();
  if (cut_) return {};
  platter_.sync();
  platter_.show();
  return {};
}

}  // namespace herald::simulation
