#include "api/registration_form.h"

#include <boost/json.hpp>

#include "api/params.h"

namespace herald::api {

namespace json = boost::json;

void answer_registration(const HttpRequest& request, const Registration& registration,
                         Respond respond) {
  constexpr std::size_t form_bytes_max = 4096;
  const auto form =
      Params::parse({}, request.body.size() <= form_bytes_max ? std::string_view(request.body)
                                                              : std::string_view());
  const auto field = [&](std::string_view name) -> std::string_view {
    const auto value = form->one(name);
    return value && *value ? **value : std::string_view();
  };
  Registration::Form fields;
  if (form) {
    fields = {.product_key = field("productKey"),
              .device_name = field("deviceName"),
              .random = field("random"),
              .sign = field("sign"),
              .sign_method = field("signMethod")};
  }
  registration.over_http(fields, [product = std::string(fields.product_key),
                                  device = std::string(fields.device_name),
                                  respond = std::move(respond)](const auto& answer) mutable {
    json::object body{{"code", answer.code}, {"message", answer.message}};
    if (!answer.device_secret.empty()) {
      body["data"] = {
          {"productKey", product}, {"deviceName", device}, {"deviceSecret", answer.device_secret}};
    }
    respond({.status = 200,
             .content_type = "application/json;charset=UTF-8",
             .body = json::serialize(body)});
  });
}

}  // namespace herald::api
