#include "core/ntp.h"

#include <boost/json.hpp>

#include "core/downlink.h"

namespace herald {

namespace json = boost::json;

std::optional<std::string> ntp_answer(std::string_view request, Time received, Time sent) {
  constexpr std::size_t request_bytes_max = 4096;
  if (request.size() > request_bytes_max) return std::nullopt;
  boost::system::error_code error;
  const json::value parsed = json::parse(request, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const json::value* asked = parsed.get_object().if_contains("deviceSendTime");
  if (asked == nullptr || !(asked->is_string() || asked->is_number())) return std::nullopt;
  const auto as_asked = [&](Time time) -> json::value {
    if (asked->is_string()) return json::value(std::to_string(millis(time)));
    return millis(time);
  };
  return json::serialize(json::object{{"deviceSendTime", *asked},
                                      {"serverRecvTime", as_asked(received)},
                                      {"serverSendTime", as_asked(sent)}});
}

void answer_ntp(const SystemMessage& request, Publisher& publisher, const Clock& clock) {
  const Time received = clock.now();
  auto answer = ntp_answer(request.message.payload, received, clock.now());
  if (!answer) return;
  const DeviceIdentity& device = request.device;
  tell(publisher, request.account, device,
       "/ext/ntp/" + device.product.text() + "/" + device.name.text() + "/response",
       std::move(*answer));
}

}  // namespace herald
