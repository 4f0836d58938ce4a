#include <algorithm>
#include <charconv>

#include "api/ram_parts.h"
#include "api/times.h"

// Who calls, and temporary credentials: STS 2015-04-01.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t session_seconds_min = 900, session_seconds_otherwise = 3'600;
constexpr std::int64_t session_policy_bytes_max = 2'048;

struct Nothing {};
struct AssumeRole {
  std::string_view arn;
  std::string_view session;
  std::optional<std::string_view> policy;
  std::int64_t seconds;
};

Result<Reply> get_caller_identity(Nothing, Context& context) {
  const Principal& caller = context.caller;
  const std::string account = std::to_string(context.account.value);
  const auto reply = [&](std::string_view type, std::string_view id, std::string_view principal,
                         std::string_view arn) {
    return Reply{{"AccountId", account},
                 {"UserId", id},
                 {"PrincipalId", principal},
                 {"IdentityType", type},
                 {"Arn", arn}};
  };
  if (!caller.role.empty()) {
    const auto role = context.platform.ram.role_of(caller);
    if (!role) return fail(Code::ram_role_not_found, caller.role);
    Reply made =
        reply("AssumedRoleUser", role->id + ":" + caller.session, role->id + ":" + caller.session,
              arn_of(context.account, "assumed-role", role->name + "/" + caller.session));
    made["RoleId"] = role->id;
    return made;
  }
  if (caller.user.empty()) {
    return reply("Account", account, account, arn_of(context.account, "root", ""));
  }
  const auto user = context.platform.ram.user(context.account, caller.user);
  if (!user) return fail(Code::ram_user_not_found, caller.user);
  return reply("RAMUser", user->id, user->id, arn_of(context.account, "user", user->name));
}

// `acs:ram::<account>:role/<name>`.
Result<Ram::SharedRole> role_of(std::string_view arn, const Context& context) {
  constexpr std::string_view prefix = "acs:ram::", kind = ":role/";
  const std::string text(arn.substr(0, 256));
  if (!arn.starts_with(prefix)) return fail(Code::invalid_parameter, "RoleArn");
  arn.remove_prefix(prefix.size());
  AccountId account;
  const auto [end, error] = std::from_chars(arn.data(), arn.data() + arn.size(), account.value);
  arn.remove_prefix(static_cast<std::size_t>(end - arn.data()));
  if (error != std::errc() || !arn.starts_with(kind)) {
    return fail(Code::invalid_parameter, "RoleArn");
  }
  auto role = context.platform.ram.role(account, arn.substr(kind.size()));
  if (!role && account == context.account) return fail(Code::ram_role_not_found, text);
  // Which roles others have is told to those whom the roles trust.
  if (!role || !Ram::trusts(*role, context.caller)) return fail(Code::role_not_assumable, text);
  return role;
}

Result<Reply> assume_role(AssumeRole call, Context& context) {
  if (call.session.size() < 2 || !is_ram_name(call.session, ".@-_", 64)) {
    return fail(Code::role_session_malformed, std::string(call.session.substr(0, 64)));
  }
  if (call.policy) {
    if (auto policy = Policy::parse(*call.policy); !policy) {
      return tl::unexpected(std::move(policy.error()));
    }
  }
  const auto role = role_of(call.arn, context);
  if (!role) return tl::unexpected(role.error());
  if (call.seconds > (*role)->session_seconds_max) {
    return fail(Code::invalid_parameter, "DurationSeconds");
  }
  const Principal caller{.account = (*role)->account,
                         .user = {},
                         .role = (*role)->name,
                         .id = (*role)->id,
                         .session = std::string(call.session),
                         .narrow = {}};
  const auto made = context.platform.tokens.issue(
      caller, call.policy.value_or(""),
      context.platform.clock.wall() + std::chrono::seconds(call.seconds));
  return Reply{{"AssumedRoleUser",
                {{"Arn", arn_of(caller.account, "role", caller.role + "/" + caller.session)},
                 {"AssumedRoleId", caller.id + ":" + caller.session}}},
               {"Credentials",
                {{"AccessKeyId", made.key_id},
                 {"AccessKeySecret", made.secret},
                 {"SecurityToken", made.token},
                 {"Expiration", timestamp_text(made.expires)}}}};
}

About about(std::string_view name, std::string_view summary, Fields answer,
            std::vector<Code> errors) {
  About made = about_ram(name, summary, false, std::move(answer), std::move(errors));
  made.family = Family::identity;
  return made;
}

}  // namespace

std::vector<Operation> sts_operations() {
  std::vector<Operation> family;
  About identity = about("GetCallerIdentity", "Tells who calls. Everybody may ask.",
                         {text("AccountId", "The account."), text("UserId", "Of the caller."),
                          text("PrincipalId", "The same."), text("RoleId", "Of the role, if any."),
                          text("IdentityType", "Account, RAMUser or AssumedRoleUser."),
                          text("Arn", "The caller's name in full.")},
                         {Code::ram_user_not_found, Code::ram_role_not_found});
  identity.for_all = true;
  family.push_back(operation<Nothing>(std::move(identity), get_caller_identity));
  About assume =
      about("AssumeRole", "Gives a key for a while, with what the role may do.",
            {object("AssumedRoleUser", "",
                    {text("Arn", "The caller's new name."), text("AssumedRoleId", "Its id.")}),
             object("Credentials", "",
                    {text("AccessKeyId", "The key's id."), text("AccessKeySecret", "Its secret."),
                     text("SecurityToken", "To be sent with each call."),
                     text("Expiration", "Until when.")}),
             text("SourceIdentity", "Never set.")},
            {Code::ram_role_not_found, Code::role_not_assumable, Code::role_session_malformed,
             Code::ram_policy_malformed});
  assume.gives_secrets = true;
  family.push_back(operation<AssumeRole>(
      std::move(assume), assume_role,
      Param<std::string_view>{.name = "RoleArn",
                              .doc = "The role's name in full.",
                              .example = "acs:ram::1234567890123456:role/publisher",
                              .names = true},
      Param<std::string_view>{.name = "RoleSessionName",
                              .doc = "What the caller calls itself.",
                              .example = "dispatcher",
                              .names = true},
      Param<std::optional<std::string_view>>{
          .name = "Policy",
          .doc = "A policy document that narrows what the role may do.",
          .bounds = {1, session_policy_bytes_max}},
      Param<std::int64_t>{.name = "DurationSeconds",
                          .doc = "How long, up to what the role says.",
                          .example = "3600",
                          .bounds = {session_seconds_min, 43'200},
                          .otherwise = session_seconds_otherwise},
      Param<Unsupported<std::string_view>>{.name = "ExternalId",
                                           .doc = "Not to be set: trust has no conditions."},
      Param<Unsupported<std::string_view>>{.name = "SourceIdentity",
                                           .doc = "Not to be set: it would not be checked."}));
  return family;
}

}  // namespace herald::api
