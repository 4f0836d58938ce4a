#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/device_identity.h"
#include "core/login.h"
#include "core/registry.h"

namespace herald {

// Unique certificate per product: devices that know their product's secret fetch their own.
// device-mqtt.md, section 4. Any thread.
class Registration {
 public:
  explicit Registration(Registry& registry);

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
  void over_mqtt(const Credentials& credentials, Done<Push> done) const;

  // What a device is told that signed in with nothing but its certificate: section 5.
  static std::string identity_of(const DeviceIdentity& device);

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
  // Views are valid during the call; `done` is called at once, or on a thread of the storage.
  void over_http(const Form& form, std::move_only_function<void(Answer)> done) const;

 private:
  void give_token(const std::shared_ptr<const Device>& device, Done<Push> done) const;

  Registry& registry_;
};

}  // namespace herald
