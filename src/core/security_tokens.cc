#include "core/security_tokens.h"

#include <boost/json.hpp>
#include <optional>

#include "base/crypto.h"

namespace herald {

namespace json = boost::json;

TemporaryCredentials SecurityTokens::issue(const Principal& caller, std::string_view policy,
                                           Time expires) const {
  TemporaryCredentials made{.key_id = "STS." + random_name(24),
                            .secret = random_name(44),
                            .token = {},
                            .expires = expires};
  const json::object content{{"key", made.key_id},
                             {"secret", made.secret},
                             {"expires", millis(expires)},
                             {"account", static_cast<std::int64_t>(caller.account.value)},
                             {"user", caller.user},
                             {"role", caller.role},
                             {"id", caller.id},
                             {"session", caller.session},
                             {"policy", policy}};
  made.token = to_base64(seal(key_, json::serialize(content)));
  return made;
}

Result<SecurityTokens::Session> SecurityTokens::read(std::string_view token) const {
  const auto malformed = [] { return fail(Code::security_token_malformed); };
  if (token.size() > token_bytes_max) return malformed();
  const auto sealed = from_base64(token);
  const auto content = sealed ? unseal(key_, *sealed) : std::nullopt;
  if (!content) return malformed();
  boost::system::error_code error;
  const json::value value = json::parse(*content, error);
  if (error || !value.is_object()) return malformed();
  // Nobody else can seal, but another version of the program may have put other fields in.
  const auto& fields = value.get_object();
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const json::value* field = fields.if_contains(name);
    if (field == nullptr || !field->is_string()) return std::nullopt;
    return std::string(field->get_string());
  };
  const auto number = [&](std::string_view name) -> std::optional<std::int64_t> {
    const json::value* field = fields.if_contains(name);
    if (field == nullptr || !field->is_int64()) return std::nullopt;
    return field->get_int64();
  };
  const auto account = number("account"), expires = number("expires");
  auto key = text("key"), secret = text("secret"), role = text("role"), id = text("id"),
       name = text("session"), policy = text("policy");
  if (!account || !expires || !key || !secret || !role || !id || !name || !policy) {
    return malformed();
  }
  Session session;
  session.caller = {.account = AccountId{static_cast<std::uint64_t>(*account)},
                    .user = text("user").value_or(""),  // Versions before had tokens of roles only.
                    .role = std::move(*role),
                    .id = std::move(*id),
                    .session = std::move(*name),
                    .narrow = {}};
  session.key = {.id = std::move(*key),
                 .secret = std::move(*secret),
                 .account = session.caller.account,
                 .created = {},
                 .user = {}};
  session.expires = Time(Milliseconds(*expires));
  if (!policy->empty()) {
    auto parsed = Policy::parse(*policy);
    if (!parsed) return malformed();
    session.caller.narrow = std::make_shared<const Policy>(std::move(*parsed));
  }
  return session;
}

}  // namespace herald
