#include "api/sign.h"

#include <algorithm>

#include "api/canonical.h"
#include "api/signature.h"
#include "api/times.h"

namespace herald::api {

SignedCall sign(const Call& call) {
  const std::string time = timestamp_text(call.time);
  std::vector<Parameter> params = {
      {"Action", call.action},          {"Version", call.version},
      {"Format", call.format},          {"AccessKeyId", call.access_key},
      {"SignatureMethod", "HMAC-SHA1"}, {"SignatureVersion", "1.0"},
      {"SignatureNonce", call.nonce},   {"Timestamp", time}};
  for (const auto& [name, value] : call.params) params.push_back({name, value});
  std::ranges::sort(params, {}, &Parameter::name);

  SignedCall made{.method = call.in_form ? "POST" : "GET"};
  const std::string signature = sign_v1(call.secret, made.method, params);
  params.push_back({"Signature", signature});
  TextSink text;
  for (const Parameter& each : params) {
    add_parameter(text, each, plain_marks, /*first=*/&each == &params.front());
  }
  if (call.in_form) {
    made.target = "/";
    made.content_type = "application/x-www-form-urlencoded";
    made.body = text.text();
  } else {
    made.target = "/?" + text.text();
  }
  return made;
}

}  // namespace herald::api
