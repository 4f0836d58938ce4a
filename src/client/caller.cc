#include "client/caller.h"

#include <boost/json/parse.hpp>
#include <chrono>

#include "base/crypto.h"

namespace herald::client {
namespace {

std::string text_of(const boost::json::object& body, std::string_view name) {
  const auto* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

bool Answer::success() const {
  const auto* value = body.if_contains("Success");
  return status == 200 && (value == nullptr || (value->is_bool() && value->as_bool()));
}

std::string Answer::code() const { return text_of(body, "Code"); }

std::string Answer::message() const {
  // The gateway says Message, an operation ErrorMessage.
  std::string message = text_of(body, "ErrorMessage");
  return message.empty() ? text_of(body, "Message") : message;
}

Caller::Caller(net::Address api, AccessKeyPair key, std::string instance)
    : http_(std::move(api)), key_(std::move(key)), instance_(std::move(instance)) {}

Result<Answer> Caller::call(std::string_view action, const CallParameters& parameters,
                            std::string_view version) {
  return send(sign(action, parameters, version));
}

api::SignedCall Caller::sign(std::string_view action, const CallParameters& parameters,
                             std::string_view version) const {
  api::Call call{
      .action = std::string(action),
      .version = std::string(version),
      .params = parameters,
      .access_key = key_.id,
      .secret = key_.secret,
      .time = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now()),
      .nonce = random_uuid(),
      .in_form = true};
  if (!instance_.empty()) call.params.emplace_back("IotInstanceId", instance_);
  return api::sign(call);
}

Result<Answer> Caller::send(api::SignedCall made) {
  auto response = http_.send(made.method, made.target, made.content_type, std::move(made.body));
  if (!response) return tl::unexpected(std::move(response.error()));
  boost::system::error_code error;
  auto value = boost::json::parse(response->body, error);
  if (error || !value.is_object()) {
    return fail(Code::malformed,
                "HTTP " + std::to_string(response->status) + ": " + response->body.substr(0, 200));
  }
  return Answer{response->status, std::move(value.as_object())};
}

Result<boost::json::object> Caller::must(std::string_view action,
                                         const CallParameters& parameters) {
  return success_of(action, call(action, parameters));
}

Result<boost::json::object> success_of(std::string_view action, Result<Answer> answer) {
  if (!answer) return tl::unexpected(std::move(answer.error()));
  if (!answer->success()) {
    return fail(Code::failed,
                std::string(action) + ": " + answer->code() + ": " + answer->message());
  }
  return std::move(answer->body);
}

}  // namespace herald::client
