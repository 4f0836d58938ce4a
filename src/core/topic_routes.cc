#include "core/topic_routes.h"

#include <algorithm>
#include <utility>

namespace herald {
namespace {

Change change_to(const TopicRoute& route) {
  if (route.destinations.empty()) return ErasedRoute{route.source};
  return Record(route);
}

}  // namespace

void TopicRoutes::restore(TopicRoute route) {
  std::string source = route.source;
  routes_.insert_or_assign(std::move(source), std::move(route));
}

std::vector<std::string> TopicRoutes::destinations(std::string_view source) const {
  const std::lock_guard lock(mutex_);
  const auto at = routes_.find(source);
  return at == routes_.end() ? std::vector<std::string>() : at->second.destinations;
}

std::vector<std::string> TopicRoutes::sources(std::string_view destination) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> found;
  for (const auto& [source, route] : routes_) {
    if (std::ranges::find(route.destinations, destination) != route.destinations.end()) {
      found.push_back(source);
    }
  }
  return found;
}

void TopicRoutes::add(AccountId account, const std::string& source,
                      const std::vector<std::string>& to, Done<void> done) {
  TopicRoute after{.source = source, .destinations = destinations(source), .account = account};
  for (const std::string& topic : to) {
    if (std::ranges::find(after.destinations, topic) == after.destinations.end()) {
      after.destinations.push_back(topic);
    }
  }
  if (after.destinations.size() > destinations_max) {
    return done(fail(Code::route_destinations_too_many, std::to_string(after.destinations.size())));
  }
  replace(source, std::move(after), std::move(done));
}

void TopicRoutes::remove(const std::string& source, const std::vector<std::string>& to,
                         Done<void> done) {
  TopicRoute after{.source = source, .destinations = destinations(source)};
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = routes_.find(source); at != routes_.end())
      after.account = at->second.account;
  }
  std::erase_if(after.destinations,
                [&](const std::string& topic) { return std::ranges::find(to, topic) != to.end(); });
  replace(source, std::move(after), std::move(done));
}

void TopicRoutes::replace(std::string_view source, TopicRoute after, Done<void> done) {
  Changes changes;
  changes.push_back(change_to(after));
  std::optional<TopicRoute> before;
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = routes_.find(source); at != routes_.end()) before = at->second;
    if (after.destinations.empty()) {
      routes_.erase(std::string(source));
    } else {
      routes_.insert_or_assign(std::string(source), std::move(after));
    }
  }
  storage_.write(std::move(changes), [this, source = std::string(source), before,
                                      done = std::move(done)](Result<void> kept) mutable {
    if (!kept) {
      const std::lock_guard lock(mutex_);
      if (before) {
        routes_.insert_or_assign(source, *before);
      } else {
        routes_.erase(source);
      }
    }
    done(std::move(kept));
  });
}

void TopicRoutes::forget(std::string_view topics) {
  const std::lock_guard lock(mutex_);
  Changes changes;
  for (auto at = routes_.begin(); at != routes_.end();) {
    TopicRoute& route = at->second;
    const std::size_t removed = route.source.starts_with(topics)
                                    ? std::exchange(route.destinations, {}).size()
                                    : std::erase_if(route.destinations, [&](const std::string& to) {
                                        return to.starts_with(topics);
                                      });
    if (removed > 0) changes.push_back(change_to(route));
    at = route.destinations.empty() ? routes_.erase(at) : std::next(at);
  }
  if (!changes.empty()) storage_.write_soon(std::move(changes));
}

}  // namespace herald
