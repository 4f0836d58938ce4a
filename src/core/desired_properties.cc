#include "core/desired_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace herald {
namespace {

using All = std::vector<DesiredProperty>;

// An empty text, which is no JSON, stands for a value that was cleared.
DesiredProperty property_of(ThingEntry entry) {
  return {.identifier = std::move(entry.identifier),
          .version = entry.place.sequence,
          .time = entry.place.time,
          .value = entry.value.empty() ? std::nullopt : std::optional(std::move(entry.value))};
}

ThingEntry entry_of(DeviceId device, DesiredProperty property) {
  return {.device = device,
          .identifier = std::move(property.identifier),
          .place = {.time = property.time,
                    .sequence = property.version,
                    .stream = ThingStream::desired},
          .value = property.value ? *std::move(property.value) : std::string()};
}

DesiredProperty current(const All& all, const std::string& identifier) {
  const auto at = std::ranges::find(all, identifier, &DesiredProperty::identifier);
  return at == all.end() ? DesiredProperty{.identifier = identifier} : *at;
}

}  // namespace

void DesiredProperties::of(DeviceId device, Done<All> done) const {
  history_.read_latest(device, {ThingStream::desired},
                       [done = std::move(done)](Result<std::vector<ThingEntry>> entries) mutable {
                         if (!entries) return done(tl::unexpected(std::move(entries.error())));
                         All all;
                         all.reserve(entries->size());
                         for (ThingEntry& entry : *entries)
                           all.push_back(property_of(std::move(entry)));
                         done(std::move(all));
                       });
}

void DesiredProperties::set(DeviceId device, std::vector<Wish> wishes, Changes riders,
                            Done<Versions> done) {
  auto ended = [this, device, done = std::move(done)](Result<Versions> versions) mutable {
    next(device);
    done(std::move(versions));
  };
  in_turn(device, [this, device, wishes = std::move(wishes), riders = std::move(riders),
                   done = std::move(ended)]() mutable {
    of(device, [this, device, wishes = std::move(wishes), riders = std::move(riders),
                done = std::move(done)](Result<All> all) mutable {
      if (!all) return done(tl::unexpected(std::move(all.error())));
      std::vector<ThingEntry> entries;
      Versions versions;
      for (Wish& wish : wishes) {
        DesiredProperty property = current(*all, wish.identifier);
        if (wish.expected && *wish.expected != property.version) {
          return done(fail(Code::property_set_failed,
                           fmt::format("{} has version {}", wish.identifier, property.version)));
        }
        ++property.version;
        property.time = clock_.now();
        property.value = std::move(wish.value);
        versions[property.identifier] = property.version;
        entries.push_back(entry_of(device, std::move(property)));
      }
      history_.keep(
          std::move(entries), std::move(riders),
          [versions = std::move(versions), done = std::move(done)](Result<void> kept) mutable {
            if (!kept) return done(tl::unexpected(std::move(kept.error())));
            done(std::move(versions));
          });
    });
  });
}

void DesiredProperties::clear(DeviceId device, std::vector<Fulfilled> fulfilled, Done<void> done) {
  auto ended = [this, device, done = std::move(done)](Result<void> kept) mutable {
    next(device);
    done(std::move(kept));
  };
  in_turn(device,
          [this, device, fulfilled = std::move(fulfilled), done = std::move(ended)]() mutable {
            of(device, [this, device, fulfilled = std::move(fulfilled),
                        done = std::move(done)](Result<All> all) mutable {
              if (!all) return done(tl::unexpected(std::move(all.error())));
              std::vector<ThingEntry> entries;
              for (const Fulfilled& each : fulfilled) {
                DesiredProperty property = current(*all, each.identifier);
                if (!property.value || (each.version && *each.version != property.version))
                  continue;
                property.time = clock_.now();
                property.value.reset();
                entries.push_back(entry_of(device, std::move(property)));
              }
              if (entries.empty()) return done({});
              history_.keep(std::move(entries), std::move(done));
            });
          });
}

void DesiredProperties::in_turn(DeviceId device, Task task) {
  {
    const std::scoped_lock lock(mutex_);
    const auto [at, is_first] = turns_.try_emplace(device);
    if (!is_first) return at->second.push_back(std::move(task));
  }
  task();
}

void DesiredProperties::next(DeviceId device) {
  Task task;
  {
    const std::scoped_lock lock(mutex_);
    const auto at = turns_.find(device);
    if (at->second.empty()) {
      turns_.erase(at);
      return;
    }
    task = std::move(at->second.front());
    at->second.pop_front();
  }
  task();
}

}  // namespace herald
