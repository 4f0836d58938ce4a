#include "core/retained.h"

#include <utility>

namespace herald {
namespace {

std::size_t size_of(const RetainedMessage& message) {
  std::size_t size = message.topic.size() + message.payload.size();
  for (const auto& [name, value] : message.properties.user) size += name.size() + value.size();
  return size;
}

// `/{pk}/{dn}/` or `/broadcast/{pk}/`: up to the third slash.
std::string_view space_of(std::string_view topic) {
  std::size_t end = 0;
  for (int slashes = 0; slashes < 3; ++slashes) {
    const auto next = topic.find('/', end);
    if (next == topic.npos) return topic;
    end = next + 1;
  }
  return topic.substr(0, end);
}

}  // namespace

Retained::Retained(RegistryStorage& storage, const Clock& clock, const RetainedLimits& limits)
    : storage_(storage), clock_(clock), limits_(limits) {}

void Retained::restore(RetainedMessage message) {
  const std::string topic = message.topic;
  set(topic, std::make_shared<const RetainedMessage>(std::move(message)));
}

void Retained::set(const std::string& topic, Kept kept) {
  if (const auto at = by_topic_.find(topic); at != by_topic_.end()) {
    bytes_ -= size_of(*at->second);
    by_topic_.erase(at);
  }
  if (!kept) return;
  bytes_ += size_of(*kept);
  by_topic_.emplace(topic, std::move(kept));
}

bool Retained::fits(const RetainedMessage& message) const {
  if (bytes_ + size_of(message) > limits_.bytes_max) return false;
  if (by_topic_.contains(message.topic)) return true;
  const std::string_view space = space_of(message.topic);
  const std::size_t most =
      is_broadcast_topic(message.topic) ? limits_.topics_per_product : limits_.topics_per_device;
  std::size_t count = 0;
  for (auto at = by_topic_.lower_bound(space);
       at != by_topic_.end() && at->first.starts_with(space); ++at) {
    if (++count >= most) return false;
  }
  return true;
}

void Retained::put(RetainedMessage message, Done<void> done) {
  const std::string topic = message.topic;
  Kept before;
  Kept after;
  Changes changes;
  {
    const std::lock_guard lock(mutex_);
    const auto at = by_topic_.find(topic);
    if (at != by_topic_.end()) before = at->second;
    if (message.payload.empty()) {
      if (!before) return done({});
      changes.emplace_back(ErasedRetained{topic});
    } else {
      if (!fits(message)) return done(fail(Code::publish_refused, "too much is retained"));
      after = std::make_shared<const RetainedMessage>(std::move(message));
      changes.emplace_back(Record(*after));
    }
    set(topic, after);
  }
  storage_.write(std::move(changes),
                 [this, topic, before, done = std::move(done)](Result<void> kept) mutable {
                   if (!kept) {
                     const std::lock_guard lock(mutex_);
                     set(topic, before);
                   }
                   done(std::move(kept));
                 });
}

std::vector<std::shared_ptr<const RetainedMessage>> Retained::matching(
    std::string_view filter) const {
  // All that match begin with what stands before the first wildcard; `a/#` matches `a` as well.
  std::string_view start = filter.substr(0, filter.find_first_of("+#"));
  if (start.size() < filter.size() && start.ends_with('/')) start.remove_suffix(1);
  const Time now = clock_.now();
  std::vector<Kept> found;
  const std::lock_guard lock(mutex_);
  for (auto at = by_topic_.lower_bound(start);
       at != by_topic_.end() && at->first.starts_with(start); ++at) {
    const auto& deadline = at->second->deadline;
    if ((!deadline || now < *deadline) && matches(filter, at->first)) found.push_back(at->second);
  }
  return found;
}

void Retained::forget(std::string_view topics) {
  const std::lock_guard lock(mutex_);
  Changes changes;
  for (auto at = by_topic_.lower_bound(topics);
       at != by_topic_.end() && at->first.starts_with(topics);) {
    changes.emplace_back(ErasedRetained{at->first});
    bytes_ -= size_of(*at->second);
    at = by_topic_.erase(at);
  }
  if (!changes.empty()) storage_.write_soon(std::move(changes));
}

}  // namespace herald
