#include "core/device_groups.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"

namespace herald {
namespace {

constexpr std::size_t id_size = 16;
// Memberships of one write: messages wait for it at most.
constexpr std::size_t slice = 1'000;

void sort_newest_first(std::vector<DeviceGroups::Shared>& groups) {
  std::ranges::sort(groups, std::ranges::greater(),
                    [](const auto& group) { return std::tuple(group->created, group->id); });
}

}  // namespace

Changes erasures(const DeviceGroups::Memberships& memberships) {
  Changes changes;
  changes.reserve(memberships.size());
  for (const DeviceGroupMember& each : memberships) {
    changes.emplace_back(ErasedDeviceGroupMember{each});
  }
  return changes;
}

// Starting.

void DeviceGroups::restore(DeviceGroup group) {
  std::string id = group.id;
  groups_.restore(std::move(id), std::move(group));
}

void DeviceGroups::restore(const DeviceGroupMember& member) {
  members_.join(number_of(member.account, member.group), {&member.device, 1});
}

void DeviceGroups::resume() {
  const std::lock_guard lock(mutex_);
  std::vector<Number> gone;
  for (const auto& [number, group] : numbered_) {
    if (!groups_.find(group.account, group.id)) {
      gone.push_back(number);
      continue;
    }
    std::vector<DeviceId> missing;
    for (const DeviceId device : members_.of(number)) {
      if (!registry_.device(device)) missing.push_back(device);
    }
    if (missing.empty()) continue;
    storage_.write_soon(erasures(memberships(number, missing)));
    members_.leave(number, missing);
  }
  for (const Number number : gone) dissolve(number);
}

// Groups.

DeviceGroups::Shared DeviceGroups::find(AccountId account, std::string_view id) const {
  return groups_.find(account, id);
}

std::vector<DeviceGroups::Shared> DeviceGroups::of(AccountId account,
                                                   std::string_view instance) const {
  auto found = groups_.of(account);
  std::erase_if(found, [&](const Shared& group) { return group->instance != instance; });
  sort_newest_first(found);
  return found;
}

// 1 for a group that is in none.
std::size_t DeviceGroups::level_of(const DeviceGroup& group) const {
  const Shared parent = groups_.find(group.account, group.parent);
  return parent ? level_of(*parent) + 1 : 1;
}

void DeviceGroups::create(DeviceGroup draft, Changes riders, Done<Shared> done) {
  const std::lock_guard lock(mutex_);
  if (!draft.parent.empty() && !groups_.find(draft.account, draft.parent)) {
    return done(fail(Code::group_not_found, draft.parent));
  }
  if (level_of(draft) > levels) return done(fail(Code::group_too_deep, draft.parent));
  const auto all = groups_.of(draft.account);
  if (all.size() >= groups_per_account) return done(fail(Code::group_limit, "in the account"));
  std::size_t siblings = 0;
  for (const Shared& other : all) {
    if (other->instance == draft.instance && other->name == draft.name) {
      return done(fail(Code::group_name_taken, draft.name));
    }
    if (!draft.parent.empty() && other->parent == draft.parent) ++siblings;
  }
  if (siblings >= groups_per_group) return done(fail(Code::group_limit, "in the group"));
  draft.id = random_name(id_size);
  draft.created = clock_.now();
  std::string id = draft.id;
  groups_.put(std::move(id), std::move(draft), std::move(riders), std::move(done));
}

void DeviceGroups::change(const DeviceGroup& group, Changes riders, const GroupChange& change,
                          Done<void> done) {
  const std::lock_guard lock(mutex_);
  const Shared before = groups_.find(group.account, group.id);
  if (!before) return done(fail(Code::group_not_found, group.id));
  DeviceGroup after = *before;
  if (auto fits = change(after); !fits) return done(std::move(fits));
  groups_.put(before->id, std::move(after), std::move(riders),
              [done = std::move(done)](Result<Shared> kept) mutable {
                done(std::move(kept).map([](const Shared&) {}));
              });
}

void DeviceGroups::erase(const DeviceGroup& group, Changes riders, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const Shared known = groups_.find(group.account, group.id);
  if (!known) return done(fail(Code::group_not_found, group.id));
  for (const Shared& other : groups_.of(group.account)) {
    if (other->parent == known->id) return done(fail(Code::group_in_use, known->id));
  }
  groups_.erase(known->account, known->id, std::move(riders),
                [this, known, done = std::move(done)](Result<void> gone) mutable {
                  const bool is_gone = gone.has_value();
                  done(std::move(gone));
                  if (!is_gone) return;
                  const std::lock_guard relock(mutex_);
                  const auto number = numbers_.find(known->id);
                  if (number != numbers_.end()) dissolve(number->second);
                });
}

// Ends the memberships of a group that is gone, which nobody sees any more. The newest first: they
// stand at the end of the list.
void DeviceGroups::dissolve(Number number) {
  const std::lock_guard lock(mutex_);
  const auto all = members_.of(number);
  if (all.empty()) {
    const auto at = numbered_.find(number);
    if (at == numbered_.end()) return;
    numbers_.erase(at->second.id);
    numbered_.erase(at);
    return;
  }
  const auto last = all.last(std::min(slice, all.size()));
  const std::vector<DeviceId> devices(last.begin(), last.end());
  Changes changes = erasures(memberships(number, devices));
  members_.leave(number, devices);
  storage_.write(std::move(changes), [this, number](const Result<void>& kept) {
    // When the store accepts nothing just now, what is left goes with the next start.
    if (!kept) return log::error("memberships of a group stay: {}", kept.error().detail);
    dissolve(number);
  });
}

// Members.

DeviceGroups::Number DeviceGroups::number_of(AccountId account, const std::string& id) {
  const auto [at, is_new] = numbers_.emplace(id, next_number_);
  if (is_new) numbered_.emplace(next_number_++, Numbered{account, id});
  return at->second;
}

std::span<const DeviceId> DeviceGroups::members_of(const DeviceGroup& group) const {
  const auto number = numbers_.find(group.id);
  return number == numbers_.end() ? std::span<const DeviceId>() : members_.of(number->second);
}

DeviceGroups::Memberships DeviceGroups::memberships(Number number,
                                                    std::span<const DeviceId> devices) const {
  const Numbered& group = numbered_.at(number);
  Memberships all;
  all.reserve(devices.size());
  for (const DeviceId device : devices) all.push_back({group.account, group.id, device});
  return all;
}

void DeviceGroups::add(const DeviceGroup& group, const std::vector<DeviceId>& devices,
                       Changes riders, Done<Joined> done) {
  const std::lock_guard lock(mutex_);
  if (!groups_.find(group.account, group.id)) return done(fail(Code::group_not_found, group.id));
  const Number number = number_of(group.account, group.id);
  Joined outcome;
  std::vector<DeviceId> joining;
  for (const DeviceId device : devices) {
    // Asked while memberships are locked: whoever deletes the device looks for them afterwards.
    if (!registry_.device(device)) continue;
    if (members_.has(number, device)) {
      ++outcome.were_in_it;
    } else if (groups_of(device).size() >= groups_per_device) {
      ++outcome.in_too_many;
    } else {
      joining.push_back(device);
    }
  }
  outcome.joined = joining.size();
  for (DeviceGroupMember& each : memberships(number, joining)) {
    riders.emplace_back(Record(std::move(each)));
  }
  members_.join(number, joining);
  if (riders.empty()) return done(outcome);
  storage_.write(std::move(riders), [this, number, outcome, joining = std::move(joining),
                                     done = std::move(done)](Result<void> kept) mutable {
    if (kept) return done(outcome);
    {
      const std::lock_guard relock(mutex_);
      members_.leave(number, joining);
    }
    done(tl::unexpected(std::move(kept.error())));
  });
}

void DeviceGroups::remove(const DeviceGroup& group, const std::vector<DeviceId>& devices,
                          Changes riders, Done<std::size_t> done) {
  const std::lock_guard lock(mutex_);
  if (!groups_.find(group.account, group.id)) return done(fail(Code::group_not_found, group.id));
  const Number number = number_of(group.account, group.id);
  std::vector<DeviceId> leaving;
  std::ranges::copy_if(devices, std::back_inserter(leaving),
                       [&](DeviceId device) { return members_.has(number, device); });
  Memberships left = memberships(number, leaving);
  std::ranges::move(erasures(left), std::back_inserter(riders));
  members_.leave(number, leaving);
  if (riders.empty()) return done(left.size());
  storage_.write(std::move(riders),
                 [this, left = std::move(left), done = std::move(done)](Result<void> kept) mutable {
                   if (kept) return done(left.size());
                   rejoin(left);
                   done(tl::unexpected(std::move(kept.error())));
                 });
}

std::vector<DeviceGroups::Shared> DeviceGroups::groups_of(DeviceId device) const {
  const std::lock_guard lock(mutex_);
  std::vector<Shared> found;
  for (const Number number : members_.groups_of(device)) {
    const Numbered& group = numbered_.at(number);
    // Of a group that is gone devices are members for a while.
    if (auto known = groups_.find(group.account, group.id)) found.push_back(std::move(known));
  }
  sort_newest_first(found);
  return found;
}

std::size_t DeviceGroups::size(const DeviceGroup& group) const {
  const std::lock_guard lock(mutex_);
  return members_of(group).size();
}

std::vector<DeviceId> DeviceGroups::newest(const DeviceGroup& group, std::size_t skip,
                                           std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const auto all = members_of(group);
  const auto older = all.first(all.size() - std::min(skip, all.size()));
  const auto page = older.last(std::min(count, older.size()));
  return {page.rbegin(), page.rend()};
}

DeviceTable::Counts DeviceGroups::counts(const DeviceGroup& group,
                                         const ProductKey& product) const {
  const std::lock_guard lock(mutex_);
  return registry_.devices().counts(product, members_of(group));
}

// Deletion of devices.

DeviceGroups::Memberships DeviceGroups::leave_all(std::span<const DeviceId> devices) {
  const std::lock_guard lock(mutex_);
  std::map<Number, std::vector<DeviceId>> leaving;
  for (const DeviceId device : devices) {
    for (const Number number : members_.groups_of(device)) leaving[number].push_back(device);
  }
  Memberships left;
  for (const auto& [number, of_group] : leaving) {
    std::ranges::move(memberships(number, of_group), std::back_inserter(left));
    members_.leave(number, of_group);
  }
  return left;
}

void DeviceGroups::rejoin(const Memberships& left) {
  const std::lock_guard lock(mutex_);
  for (const DeviceGroupMember& each : left) {
    if (!groups_.find(each.account, each.group) || !registry_.device(each.device)) continue;
    members_.join(number_of(each.account, each.group), {&each.device, 1});
  }
}

void DeviceGroups::forget(std::span<const DeviceId> devices) {
  Changes changes = erasures(leave_all(devices));
  if (!changes.empty()) storage_.write_soon(std::move(changes));
}

}  // namespace herald
