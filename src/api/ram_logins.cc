#include <algorithm>

#include "api/ram_parts.h"
#include "api/times.h"
#include "base/crypto.h"

// Passwords of RAM users, for the console: RAM 2015-05-01.
namespace herald::api {
namespace {

namespace json = boost::json;

// Hashing a password costs tens of milliseconds.
constexpr std::uint32_t hashes_per_second = 2;

struct SetLogin {
  std::string_view user;
  std::string_view password;
  bool must_change;
};
struct UpdateLogin {
  std::string_view user;
  std::optional<std::string_view> password;
  std::optional<bool> must_change;
};
struct OfOneUser {
  std::string_view name;
};
struct ChangePassword {
  std::string_view old_password;
  std::string_view new_password;
};

json::object login_reply(const RamUser& user) {
  json::object reply{{"UserName", user.name},
                     {"PasswordResetRequired", user.must_change_password},
                     {"MFABindRequired", false}};
  if (user.login_created) reply["CreateDate"] = timestamp_text(*user.login_created);
  return reply;
}

Done<Ram::SharedUser> login_answer(Done<Reply> done) {
  return [done = std::move(done)](Result<Ram::SharedUser> changed) mutable {
    if (!changed) return done(tl::unexpected(std::move(changed.error())));
    done(Reply{{"LoginProfile", login_reply(**changed)}});
  };
}
Done<Ram::SharedUser> nothing(Done<Reply> done) {
  return [done = std::move(done)](Result<Ram::SharedUser> changed) mutable {
    if (!changed) return done(tl::unexpected(std::move(changed.error())));
    done(Reply{});
  };
}

void create(SetLogin call, Context& context, Done<Reply> done) {
  if (auto strong = check_strength(call.password); !strong) {
    return done(tl::unexpected(std::move(strong.error())));
  }
  context.platform.logins.create(context.account, std::string(call.user),
                                 std::string(call.password), call.must_change,
                                 login_answer(std::move(done)));
}

Result<Reply> get(OfOneUser call, Context& context) {
  const auto user = context.platform.ram.user(context.account, call.name);
  if (!user) return fail(Code::ram_user_not_found, std::string(call.name));
  if (user->password.empty()) return fail(Code::ram_login_not_found, user->name);
  return Reply{{"LoginProfile", login_reply(*user)}};
}

void update(UpdateLogin call, Context& context, Done<Reply> done) {
  std::optional<std::string> password;
  if (call.password) {
    if (auto strong = check_strength(*call.password); !strong) {
      return done(tl::unexpected(std::move(strong.error())));
    }
    password = *call.password;
  }
  context.platform.logins.update(context.account, std::string(call.user), std::move(password),
                                 call.must_change, nothing(std::move(done)));
}

void remove(OfOneUser call, Context& context, Done<Reply> done) {
  context.platform.logins.remove(context.account, std::string(call.name), nothing(std::move(done)));
}

void change_password(ChangePassword call, Context& context, Done<Reply> done) {
  if (context.caller.user.empty()) return done(fail(Code::ram_not_a_user));
  if (auto strong = check_strength(call.new_password); !strong) {
    return done(tl::unexpected(std::move(strong.error())));
  }
  context.platform.logins.change_password(context.account, context.caller.user,
                                          std::string(call.old_password),
                                          std::string(call.new_password), nothing(std::move(done)));
}

Fields login_fields() {
  return {object("LoginProfile", "",
                 {text("UserName", "The user."),
                  boolean("PasswordResetRequired", "Whether the password has to be changed."),
                  boolean("MFABindRequired", "Always false: there is no second factor."),
                  text("CreateDate", "Since when the user may sign in.")})};
}
Param<Unsupported<bool>> second_factor_parameter() {
  return {.name = "MFABindRequired", .doc = "Only false: there is no second factor."};
}
About hashing(About about) {
  about.calls_per_second = hashes_per_second;
  return about;
}

}  // namespace

Result<void> check_strength(std::string_view password) {
  const auto has = [&](auto fits) { return std::ranges::any_of(password, fits) ? 1 : 0; };
  const int kinds =
      has([](char c) { return c >= 'a' && c <= 'z'; }) +
      has([](char c) { return c >= 'A' && c <= 'Z'; }) +
      has([](char c) { return c >= '0' && c <= '9'; }) +
      has([](char c) { return c > ' ' && c < '\x7f' && !is_ram_name({&c, 1}, "", 1); });
  if (password.size() < 8 || password.size() > 128) {
    return fail(Code::ram_password_weak, "its length");
  }
  if (kinds < 3) return fail(Code::ram_password_weak, "too few kinds of characters");
  return {};
}

std::vector<Operation> ram_login_operations() {
  std::vector<Operation> family;
  family.push_back(operation<SetLogin>(
      hashing(about_ram(
          "CreateLoginProfile", "Lets a user sign in to the console.", true, login_fields(),
          {Code::ram_user_not_found, Code::ram_login_exists, Code::ram_password_weak})),
      create, user_parameter(),
      Param<std::string_view>{.name = "Password", .doc = "The password.", .example = "Lamp-1234"},
      Param<bool>{.name = "PasswordResetRequired",
                  .doc = "Whether the user has to change it.",
                  .otherwise = false},
      second_factor_parameter()));
  family.push_back(operation<OfOneUser>(
      about_ram("GetLoginProfile", "Answers whether and since when a user may sign in.", false,
                login_fields(), {Code::ram_user_not_found, Code::ram_login_not_found}),
      get, user_parameter()));
  family.push_back(operation<UpdateLogin>(
      hashing(about_ram(
          "UpdateLoginProfile", "Gives a user another password.", true, {},
          {Code::ram_user_not_found, Code::ram_login_not_found, Code::ram_password_weak})),
      update, user_parameter(),
      Param<std::optional<std::string_view>>{.name = "Password", .doc = "The new password."},
      Param<std::optional<bool>>{.name = "PasswordResetRequired",
                                 .doc = "Whether the user has to change it."},
      second_factor_parameter()));
  family.push_back(
      operation<OfOneUser>(about_ram("DeleteLoginProfile", "Lets a user sign in no longer.", true,
                                     {}, {Code::ram_user_not_found, Code::ram_login_not_found}),
                           remove, user_parameter()));
  family.push_back(operation<ChangePassword>(
      hashing(about_ram("ChangePassword", "Changes the password of the RAM user who calls.", true,
                        {},
                        {Code::ram_not_a_user, Code::ram_user_not_found, Code::ram_login_not_found,
                         Code::ram_password_wrong, Code::ram_password_weak})),
      change_password,
      Param<std::string_view>{
          .name = "OldPassword", .doc = "The old password.", .example = "Lamp-1234"},
      Param<std::string_view>{
          .name = "NewPassword", .doc = "The new one.", .example = "Lamp-5678"}));
  return family;
}

}  // namespace herald::api
