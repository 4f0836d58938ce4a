#pragma once

#include <string>
#include <string_view>

#include "core/login.h"
#include "core/registry.h"

namespace herald {

// Unique certificate per product: devices that know their product's secret fetch their own.
// device-mqtt.md, section 4. Any thread.
class Registration {
 public:
  Registration(Registry& registry, IdGenerator& ids);

  // Whether a CONNECT with this client id asks for registration instead of a session.
  static bool is_asked_for(std::string_view client_id);

  // What the device is sent, right after CONNACK and without a subscription.
  struct Push {
    std::string topic;
    std::string payload;
  };
  // Views are valid during the call. Errors: registration_malformed (a field is missing, or the
  // connection is not TLS), registration_refused (unknown product or device, wrong signature,
  // registration off, device active), refused, failed.
  void over_mqtt(const Credentials& credentials, Done<Push> done);

  struct Form {
    std::string_view product_key;
    std::string_view device_name;
    std::string_view random;
    std::string_view sign;
    std::string_view sign_method;
  };
  struct Answer {
    int code = 200;
    std::string message = "success";
    std::string device_secret;  // With 200.
  };
  // Views are valid during the call.
  void over_http(const Form& form, std::move_only_function<void(Answer)> done);

 private:
  Registry& registry_;
  IdGenerator& ids_;
};

}  // namespace herald
