#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/sign.h"
#include "base/result.h"
#include "net/http_client.h"

namespace herald::client {

struct AccessKeyPair {
  std::string id;
  std::string secret;
};

using CallParameters = std::vector<std::pair<std::string, std::string>>;

struct Answer {
  int status = 0;
  boost::json::object body;
  // Whether the operation did what was asked: HTTP 200, and `Success: true` where it has that.
  bool success() const;
  std::string code() const;     // Of a refused call.
  std::string message() const;  // What the refusal says.
};

// A refusal as an error: failed, with its code and message.
Result<boost::json::object> success_of(std::string_view action, Result<Answer> answer);

// An application that calls the OpenAPI: signs each call anew and sends it over one connection. One
// thread.
class Caller {
 public:
  // `instance` is sent as IotInstanceId with every call when it is not empty.
  Caller(net::Address api, AccessKeyPair key, std::string instance = {});

  // Errors: failed (no answer), malformed (an answer that is no JSON).
  Result<Answer> call(std::string_view action, const CallParameters& parameters,
                      std::string_view version = "2018-01-20");
  // The same, with a refusal as an error: failed, with its code and message.
  Result<boost::json::object> must(std::string_view action, const CallParameters& parameters);

  // The two halves of call(), and its errors: a signed call is good once, and for 15 minutes.
  api::SignedCall sign(std::string_view action, const CallParameters& parameters,
                       std::string_view version = "2018-01-20") const;
  Result<Answer> send(api::SignedCall made);

 private:
  net::HttpClient http_;
  AccessKeyPair key_;
  std::string instance_;
};

}  // namespace herald::client
