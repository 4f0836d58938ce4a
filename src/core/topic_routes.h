#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/records.h"
#include "store/registry_storage.h"

namespace herald {

// Which custom topics lead to which others: operations.md, CreateTopicRouteTable. Any thread; a
// write is seen at once and undone when the storage refuses it.
class TopicRoutes {
 public:
  static constexpr std::size_t destinations_max = 100;

  explicit TopicRoutes(RegistryStorage& storage) : storage_(storage) {}

  // While starting, before any other call.
  void restore(TopicRoute route);

  std::vector<std::string> destinations(std::string_view source) const;
  std::vector<std::string> sources(std::string_view destination) const;
  // Errors of add: route_destinations_too_many. Those that are there already stay.
  void add(AccountId account, const std::string& source, const std::vector<std::string>& to,
           Done<void> done);
  // Those that are not there are left out.
  void remove(const std::string& source, const std::vector<std::string>& to, Done<void> done);
  // The device is deleted: routes from its topics and to them end. `topics` is what they begin
  // with.
  void forget(std::string_view topics);

 private:
  void replace(std::string_view source, TopicRoute after, Done<void> done);

  RegistryStorage& storage_;
  mutable std::mutex mutex_;
  std::map<std::string, TopicRoute, std::less<>> routes_;  // By source.
};

}  // namespace herald
