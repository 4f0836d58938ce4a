#include "core/awake_sessions.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "core/device_session.h"

namespace herald {
namespace {

struct IdHash {
  std::size_t operator()(DeviceId id) const { return id.value; }
};

}  // namespace

struct AwakeSessions::Table {
  boost::unordered_flat_map<DeviceId, std::unique_ptr<DeviceSession>, IdHash> sessions;
};

AwakeSessions::AwakeSessions() : table_(std::make_unique<Table>()) {}
AwakeSessions::~AwakeSessions() = default;

DeviceSession* AwakeSessions::find(DeviceId device) const {
  const auto at = table_->sessions.find(device);
  return at == table_->sessions.end() ? nullptr : at->second.get();
}

DeviceSession& AwakeSessions::put(std::unique_ptr<DeviceSession> session) {
  const DeviceId device = session->device;
  return *table_->sessions.insert_or_assign(device, std::move(session)).first->second;
}

void AwakeSessions::erase(DeviceId device) { table_->sessions.erase(device); }

void AwakeSessions::each(const std::function<void(DeviceSession&)>& visit) const {
  for (const auto& [device, session] : table_->sessions) visit(*session);
}

}  // namespace herald
