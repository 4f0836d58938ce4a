#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/publisher.h"
#include "core/system_topics.h"
#include "thing/alink.h"

namespace herald {

// One request of a device, until it is answered: under the topic that it came with and `_reply`,
// unless the device asked for none. Once; on any thread.
class AlinkExchange {
 public:
  AlinkExchange(const SystemMessage& from, Publisher& publisher, UplinkAnswered answered);

  const thing::AlinkRequest& request() const { return request_; }

  void succeed(const boost::json::value& data = boost::json::object()) { reply({}, data); }
  void refuse(const thing::AlinkFault& fault) { reply(fault, boost::json::object()); }
  // The disk did not take it: the device may send it again, and hears nothing.
  void fail() { answered_(UplinkVerdict::failed); }
  // One of the two.
  void end(const Result<void>& kept) { kept ? succeed() : fail(); }

 private:
  void reply(const thing::AlinkFault& outcome, const boost::json::value& data);

  DeviceIdentity device_;
  AccountId account_;
  std::string topic_;
  Publisher& publisher_;
  UplinkAnswered answered_;
  thing::AlinkRequest request_;
};

}  // namespace herald
