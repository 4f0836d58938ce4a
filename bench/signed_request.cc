#include "signed_request.h"

#include <algorithm>
#include <map>

#include "api/canonical.h"
#include "api/sign.h"
#include "api/times.h"
#include "base/crypto.h"

namespace herald::bench {
namespace {

constexpr std::string_view api_version = "2018-01-20";

Time now() { return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()); }

std::string query_of(const client::CallParameters& parameters) {
  std::vector<api::Parameter> sorted;
  for (const auto& [name, value] : parameters) sorted.push_back({name, value});
  std::ranges::sort(sorted, {}, &api::Parameter::name);
  api::TextSink query;
  for (const api::Parameter& each : sorted) {
    add_parameter(query, each, api::plain_marks, /*first=*/&each == &sorted.front());
  }
  return query.text();
}

std::string http_text(std::string_view method, std::string_view target,
                      const std::map<std::string, std::string>& headers, std::string_view body) {
  std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  text += "content-length: " + std::to_string(body.size()) + "\r\n\r\n";
  text += body;
  return text;
}

std::string v1_request(const std::string& host, const client::AccessKeyPair& key,
                       std::string_view action, const client::CallParameters& parameters) {
  const api::SignedCall made = api::sign({.action = std::string(action),
                                          .version = std::string(api_version),
                                          .params = parameters,
                                          .access_key = key.id,
                                          .secret = key.secret,
                                          .time = now(),
                                          .nonce = random_uuid(),
                                          .in_form = true});
  return http_text(made.method, made.target, {{"host", host}, {"content-type", made.content_type}},
                   made.body);
}

std::string v3_request(const std::string& host, const client::AccessKeyPair& key,
                       std::string_view action, const client::CallParameters& parameters) {
  const std::string query = query_of(parameters);
  const std::string no_body = to_hex(hash(Digest::sha256, {}));
  std::map<std::string, std::string> headers{{"host", host},
                                             {"x-acs-action", std::string(action)},
                                             {"x-acs-content-sha256", no_body},
                                             {"x-acs-date", api::timestamp_text(now())},
                                             {"x-acs-signature-nonce", random_uuid()},
                                             {"x-acs-version", std::string(api_version)}};
  std::string canonical = "POST\n/\n" + query + "\n";
  std::string names;
  for (const auto& [name, value] : headers) {
    canonical += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  canonical += "\n" + names + "\n" + no_body;
  const std::string to_sign = "ACS3-HMAC-SHA256\n" + to_hex(hash(Digest::sha256, canonical));
  headers["authorization"] = "ACS3-HMAC-SHA256 Credential=" + key.id + ",SignedHeaders=" + names +
                             ",Signature=" + to_hex(hmac(Digest::sha256, key.secret, to_sign));
  return http_text("POST", "/?" + query, headers, {});
}

}  // namespace

std::string signed_request(Signature signature, const net::Address& api,
                           const client::AccessKeyPair& key, std::string_view action,
                           const client::CallParameters& parameters) {
  const std::string host = api.host + ":" + std::to_string(api.port);
  return signature == Signature::v1 ? v1_request(host, key, action, parameters)
                                    : v3_request(host, key, action, parameters);
}

}  // namespace herald::bench
