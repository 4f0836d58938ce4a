#include "core/alink_exchange.h"

#include <algorithm>
#include <utility>

#include "core/downlink.h"

namespace herald {
namespace {

// The topic's tail with dots for slashes: alink.md, section 1.
std::string method_of(std::string_view topic) {
  constexpr int levels_before = 4;  // /sys/{pk}/{dn}/
  std::size_t from = 0;
  for (int i = 0; i < levels_before; ++i) from = topic.find('/', from) + 1;
  std::string method(topic.substr(from));
  std::ranges::replace(method, '/', '.');
  return method;
}

}  // namespace

AlinkExchange::AlinkExchange(const SystemMessage& from, Publisher& publisher,
                             UplinkAnswered answered)
    : device_(from.device),
      account_(from.account),
      topic_(from.message.topic),
      publisher_(publisher),
      answered_(std::move(answered)),
      request_(thing::parse_request(from.message.payload)) {}

void AlinkExchange::reply(const thing::AlinkFault& outcome, const boost::json::value& data) {
  if (request_.wants_reply) {
    tell(publisher_, account_, device_, topic_ + "_reply",
         thing::print_reply(request_, method_of(topic_), outcome, data));
  }
  answered_(UplinkVerdict::taken);
}

}  // namespace herald
