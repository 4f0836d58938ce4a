#include <charconv>

#include "api/audit.h"
#include "api/ram_parts.h"
#include "api/times.h"
#include "base/log.h"

// How people begin: a password for temporary credentials, with which the console signs as any
// application does.
namespace herald::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t seconds_min = 900, seconds_max = 43'200;
constexpr std::int64_t login_size_max = 128, password_size_max = 128;
// All that somebody may do who has to change the password first.
constexpr std::string_view change_the_password =
    R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:ChangePassword",)"
    R"("sts:GetCallerIdentity"],"Resource":"*"}]})";

struct SignIn {
  std::string_view login;
  std::string_view password;
  std::int64_t seconds;
};

// `1234567890123456`, or `alice@1234567890123456` of a RAM user; a domain after the account, as
// the original has it, means nothing.
struct Login {
  AccountId account;
  std::string user;
};
std::optional<Login> login_of(std::string_view text) {
  Login login;
  if (const auto at = text.rfind('@'); at != text.npos) {
    login.user = text.substr(0, at);
    text.remove_prefix(at + 1);
    text = text.substr(0, text.find('.'));
    if (login.user.empty()) return std::nullopt;
  }
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), login.account.value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return login;
}

// Whoever signs in, as the platform knows it; nobody has an empty hash.
struct Known {
  Principal caller;
  std::string hash;
  bool must_change = false;
};
Known look_up(std::string_view name, const Platform& platform) {
  const auto login = login_of(name);
  if (!login) return {};
  Known known{.caller = {.account = login->account, .user = login->user}};
  if (login->user.empty()) {
    if (const auto account = platform.registry.account(login->account)) {
      known.hash = account->password;
    }
  } else if (const auto user = platform.ram.user(login->account, login->user)) {
    known.caller.id = user->id;
    known.hash = user->password;
    known.must_change = user->must_change_password;
  }
  return known;
}

json::array instances_of(AccountId account, const Registry& registry) {
  json::array instances;
  for (const auto& instance : registry.instances_of(account)) {
    instances.push_back({{"IotInstanceId", instance->id}, {"InstanceName", instance->name}});
  }
  return instances;
}

Reply reply_of(const Known& known, std::int64_t seconds, const Platform& platform) {
  const auto made =
      platform.tokens.issue(known.caller, known.must_change ? change_the_password : "",
                            platform.clock.wall() + std::chrono::seconds(seconds));
  const AccountId account = known.caller.account;
  const auto named = platform.registry.account(account);
  return {{"Credentials",
           {{"AccessKeyId", made.key_id},
            {"AccessKeySecret", made.secret},
            {"SecurityToken", made.token},
            {"Expiration", timestamp_text(made.expires)}}},
          {"AccountId", std::to_string(account.value)},
          {"AccountName", named ? named->name : ""},
          {"UserName", known.caller.user},
          {"PasswordResetRequired", known.must_change},
          {"Instances", {{"Instance", instances_of(account, platform.registry)}}}};
}

void sign_in(SignIn call, Context& context, Done<Reply> done) {
  Known known = look_up(call.login, context.platform);
  std::string hash = known.hash;
  context.platform.logins.check(
      std::string(call.login), context.peer, std::move(hash), std::string(call.password),
      [known = std::move(known), seconds = call.seconds, &platform = context.platform,
       done = std::move(done)](Result<void> right) mutable {
        if (!right) return done(tl::unexpected(std::move(right.error())));
        log::info("{} signed in", identity_of(known.caller));
        done(reply_of(known, seconds, platform));
      });
}

}  // namespace

std::vector<Operation> sign_in_operations() {
  About about = about_ram(
      "SignIn",
      "Gives an account or a RAM user temporary credentials for a password. Sent by POST, and not "
      "signed.",
      false,
      {object("Credentials", "",
              {text("AccessKeyId", "The key's id."), text("AccessKeySecret", "Its secret."),
               text("SecurityToken", "To be sent with each call."),
               text("Expiration", "Until when.")}),
       text("AccountId", "The account."), text("AccountName", "Its name."),
       text("UserName", "The RAM user; empty for the account itself."),
       boolean("PasswordResetRequired",
               "The credentials are good for ChangePassword alone: then sign in again."),
       object("Instances", "",
              {list("Instance", "An instance of the account.",
                    {text("IotInstanceId", "Its id; empty: calls need not name it."),
                     text("InstanceName", "Its name.")})})},
      {Code::ram_password_wrong, Code::throttled});
  about.family = Family::identity;
  about.own = true;
  about.open = true;
  about.for_all = true;
  about.gives_secrets = true;
  about.calls_per_second = 1;  // Counted by name and address: Logins.
  std::vector<Operation> family;
  family.push_back(operation<SignIn>(
      std::move(about), sign_in,
      Param<std::string_view>{.name = "LoginName",
                              .doc = "The account's id, or user@account of a RAM user.",
                              .example = "alice@1234567890123456",
                              .bounds = {1, login_size_max},
                              .in_form = true,
                              .names = true},
      Param<std::string_view>{.name = "Password",
                              .doc = "The password.",
                              .bounds = {1, password_size_max},
                              .in_form = true},
      Param<std::int64_t>{.name = "DurationSeconds",
                          .doc = "How long the credentials are good.",
                          .example = "43200",
                          .bounds = {seconds_min, seconds_max},
                          .otherwise = seconds_max,
                          .in_form = true}));
  return family;
}

}  // namespace herald::api
