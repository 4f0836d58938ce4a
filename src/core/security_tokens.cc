#include "core/security_tokens.h"

#include <boost/json.hpp>

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
                             {"account", caller.account.value},
                             {"user", caller.user},
                             {"role", caller.role},
                             {"id", caller.id},
                             {"session", caller.session},
                             {"policy", policy}};
  made.token = to_base64(seal(key_, json::serialize(content)));
  return made;
}

Result<SecurityTokens::Session> SecurityTokens::read(std::string_view token) const {
  const auto sealed = from_base64(token);
  const auto content = sealed ? unseal(key_, *sealed) : std::nullopt;
  if (!content) return fail(Code::security_token_malformed);
  boost::system::error_code error;
  const json::value value = json::parse(*content, error);
  if (error || !value.is_object()) return fail(Code::security_token_malformed);
  // Nobody else can seal: what is in there was put in there.
  const auto& fields = value.get_object();
  const auto text = [&](std::string_view name) { return std::string(fields.at(name).as_string()); };
  Session session;
  session.caller = {.account = AccountId{fields.at("account").to_number<std::uint64_t>()},
                    .user = text("user"),
                    .role = text("role"),
                    .id = text("id"),
                    .session = text("session"),
                    .narrow = {}};
  session.expires = Time(Milliseconds(fields.at("expires").to_number<std::int64_t>()));
  session.key = {.id = text("key"),
                 .secret = text("secret"),
                 .account = session.caller.account,
                 .created = {},
                 .user = session.caller.user};
  if (const std::string policy = text("policy"); !policy.empty()) {
    auto parsed = Policy::parse(policy);
    if (!parsed) return fail(Code::security_token_malformed);
    session.caller.narrow = std::make_shared<const Policy>(std::move(*parsed));
  }
  return session;
}

}  // namespace herald
