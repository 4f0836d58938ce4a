#include "core/resting_sessions.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "core/packed_bytes.h"
#include "store/codec.h"

namespace herald {
namespace {

struct IdHash {
  std::size_t operator()(DeviceId id) const { return id.value; }
};

std::string pack(const RestingSession& session) {
  Writer writer;
  writer.text(session.name);
  writer.varint(never_expires - session.expiry);
  writer.flag(session.expires_at.has_value());
  if (session.expires_at) writer.time(*session.expires_at);
  writer.varint(session.subscriptions.size());
  for (const Subscription& one : session.subscriptions) {
    writer.text(one.filter);
    writer.u8(one.qos);
    writer.time(one.since);
    writer.flag(one.no_local);
    writer.flag(one.retain_as_published);
  }
  return writer.take();
}

RestingSession unpack(std::string_view bytes) {
  Reader reader(bytes);
  RestingSession session;
  session.name = reader.string();
  session.expiry = never_expires - static_cast<SessionExpiry>(reader.varint());
  if (reader.flag()) session.expires_at = reader.time();
  for (std::size_t left = reader.count(); left > 0; --left) {
    Subscription one;
    one.filter = reader.string();
    one.qos = reader.u8();
    one.since = reader.time();
    one.no_local = reader.flag();
    one.retain_as_published = reader.flag();
    session.subscriptions.push_back(std::move(one));
  }
  return session;
}

}  // namespace

struct RestingSessions::Table {
  boost::unordered_flat_map<DeviceId, PackedBytes, IdHash> sessions;
};

RestingSessions::RestingSessions() : table_(std::make_unique<Table>()) {}
RestingSessions::~RestingSessions() = default;

void RestingSessions::put(DeviceId device, const RestingSession& session) {
  table_->sessions.insert_or_assign(device, PackedBytes(pack(session)));
}

std::optional<RestingSession> RestingSessions::find(DeviceId device) const {
  const auto at = table_->sessions.find(device);
  if (at == table_->sessions.end()) return std::nullopt;
  return unpack(at->second.view());
}

std::optional<RestingSession> RestingSessions::take(DeviceId device) {
  auto session = find(device);
  if (session) table_->sessions.erase(device);
  return session;
}

}  // namespace herald
