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

struct SignIn {
  std::string_view login;
  std::string_view password;
  std::optional<std::string_view> new_password;
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

// Without credentials for somebody who has to choose another password first.
Reply reply_of(const Known& known, std::int64_t seconds, const Platform& platform) {
  const AccountId account = known.caller.account;
  Reply reply{{"AccountId", std::to_string(account.value)},
              {"UserName", known.caller.user},
              {"PasswordResetRequired", known.must_change}};
  if (known.must_change) return reply;
  const auto made = platform.tokens.issue(known.caller, "",
                                          platform.clock.wall() + std::chrono::seconds(seconds));
  const auto named = platform.registry.account(account);
  log::info("{} signed in", identity_of(known.caller));
  reply["Credentials"] = {{"AccessKeyId", made.key_id},
                          {"AccessKeySecret", made.secret},
                          {"SecurityToken", made.token},
                          {"Expiration", timestamp_text(made.expires)}};
  reply["AccountName"] = named ? named->name : "";
  reply["Instances"] = {{"Instance", instances_of(account, platform.registry)}};
  return reply;
}

void sign_in(SignIn call, Context& context, Done<Reply> done) {
  if (call.new_password) {
    if (auto strong = check_strength(*call.new_password); !strong) {
      return done(tl::unexpected(std::move(strong.error())));
    }
  }
  Known known = look_up(call.login, context.platform);
  std::string hash = known.hash;
  std::string old_password(call.password);
  context.platform.logins.check(
      std::string(call.login), context.peer, std::move(hash), old_password,
      [known = std::move(known), old_password, wanted = std::string(call.new_password.value_or("")),
       seconds = call.seconds, &platform = context.platform,
       done = std::move(done)](Result<void> right) mutable {
        if (!right) return done(tl::unexpected(std::move(right.error())));
        if (wanted.empty()) return done(reply_of(known, seconds, platform));
        const Principal caller = known.caller;
        if (caller.user.empty()) return done(fail(Code::ram_not_a_user));
        known.must_change = false;
        platform.logins.change_password(
            caller.account, caller.user, std::move(old_password), std::move(wanted),
            [known = std::move(known), seconds, &platform,
             done = std::move(done)](Result<Ram::SharedUser> changed) mutable {
              if (!changed) return done(tl::unexpected(std::move(changed.error())));
              done(reply_of(known, seconds, platform));
            });
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
       boolean("PasswordResetRequired", "There are no credentials yet: sign in with NewPassword."),
       object("Instances", "",
              {list("Instance", "An instance of the account.",
                    {text("IotInstanceId", "Its id; empty: calls need not name it."),
                     text("InstanceName", "Its name.")})})},
      {Code::sign_in_refused, Code::ram_password_weak, Code::ram_not_a_user, Code::throttled});
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
      Param<std::optional<std::string_view>>{
          .name = "NewPassword",
          .doc = "Takes the place of the password, of a RAM user who may or has to change it.",
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
