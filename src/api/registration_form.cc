#include "api/registration_form.h"

#include <boost/json.hpp>

#include "api/params.h"

namespace herald::api {

namespace json = boost::json;

HttpResponse answer_registration(const HttpRequest& request, const Registration& registration) {
  constexpr int bad_parameter = 460;
  constexpr std::size_t form_bytes_max = 4096;
  Registration::Answer answer{.code = bad_parameter, .message = "request parameter error"};
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
    answer = registration.over_http(fields);
  }
  json::object body{{"code", answer.code}, {"message", answer.message}};
  if (!answer.device_secret.empty()) {
    body["data"] = {{"productKey", fields.product_key},
                    {"deviceName", fields.device_name},
                    {"deviceSecret", answer.device_secret}};
  }
  return {.status = 200,
          .content_type = "application/json;charset=UTF-8",
          .body = json::serialize(body)};
}

}  // namespace herald::api
