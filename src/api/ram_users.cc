#include "api/ram_parts.h"
#include "api/times.h"

// RAM users and their keys: RAM 2015-05-01.
namespace herald::api {

namespace {

namespace json = boost::json;

struct CreateUser {
  std::string_view name;
  std::optional<std::string_view> display_name;
  std::optional<std::string_view> mobile_phone;
  std::optional<std::string_view> email;
  std::optional<std::string_view> comments;
};
struct UpdateUser {
  std::string_view name;
  std::optional<std::string_view> display_name;
  std::optional<std::string_view> mobile_phone;
  std::optional<std::string_view> email;
  std::optional<std::string_view> comments;
};
struct OfOneUser {
  std::string_view name;
};
struct OfUserOrCaller {
  std::optional<std::string_view> name;
};
struct ListUsers {
  std::optional<std::string_view> marker;
  std::int32_t items;
};
struct UpdateAccessKey {
  std::optional<std::string_view> user;
  std::string_view key;
  std::string_view status;
};
struct DeleteAccessKey {
  std::optional<std::string_view> user;
  std::string_view key;
};

json::object user_reply(const RamUser& user) {
  return {{"UserId", user.id},
          {"UserName", user.name},
          {"DisplayName", user.display_name},
          {"MobilePhone", user.mobile_phone},
          {"Email", user.email},
          {"Comments", user.comments},
          {"CreateDate", timestamp_text(user.created)}};
}

json::object updated_reply(const RamUser& user) {
  json::object reply = user_reply(user);
  reply["UpdateDate"] = timestamp_text(user.updated);
  return reply;
}

std::string_view status_of(const AccessKey& key) { return key.active ? "Active" : "Inactive"; }

// Users manage their own keys where policies let them, without saying whose.
Result<std::string> whose(std::optional<std::string_view> named, const Context& context) {
  if (named) return user_name(*named);
  if (context.caller.user.empty()) return fail(Code::missing_parameter, "UserName");
  return context.caller.user;
}

void create_user(CreateUser call, Context& context, Done<Reply> done) {
  auto name = user_name(call.name);
  if (!name) return done(tl::unexpected(std::move(name.error())));
  const auto words = [](std::optional<std::string_view> text) {
    return std::string(text.value_or(""));
  };
  context.platform.ram.create_user({.account = context.account,
                                    .name = std::move(*name),
                                    .display_name = words(call.display_name),
                                    .mobile_phone = words(call.mobile_phone),
                                    .email = words(call.email),
                                    .comments = words(call.comments)},
                                   [done = std::move(done)](Result<Ram::SharedUser> made) mutable {
                                     if (!made)
                                       return done(tl::unexpected(std::move(made.error())));
                                     done(Reply{{"User", user_reply(**made)}});
                                   });
}

Result<Reply> get_user(OfOneUser call, Context& context) {
  const auto user = context.platform.ram.user(context.account, call.name);
  if (!user) return fail(Code::ram_user_not_found, std::string(call.name));
  return Reply{{"User", updated_reply(*user)}};
}

Result<Reply> list_users(ListUsers call, Context& context) {
  const auto all = context.platform.ram.users(context.account);
  const Marked part = marked(all, call.marker, call.items,
                             [](const auto& user) { return std::string_view(user->name); });
  json::array list;
  for (std::size_t i = part.begin; i < part.end; ++i) list.push_back(updated_reply(*all[i]));
  Reply reply{{"IsTruncated", !part.next.empty()}, {"Users", {{"User", std::move(list)}}}};
  if (!part.next.empty()) reply["Marker"] = part.next;
  return reply;
}

void update_user(UpdateUser call, Context& context, Done<Reply> done) {
  context.platform.ram.change_user(
      context.account, std::string(call.name),
      [&](RamUser& user) -> Result<void> {
        if (call.display_name) user.display_name = *call.display_name;
        if (call.mobile_phone) user.mobile_phone = *call.mobile_phone;
        if (call.email) user.email = *call.email;
        if (call.comments) user.comments = *call.comments;
        return {};
      },
      [done = std::move(done)](Result<Ram::SharedUser> changed) mutable {
        if (!changed) return done(tl::unexpected(std::move(changed.error())));
        done(Reply{{"User", updated_reply(**changed)}});
      });
}

void delete_user(OfOneUser call, Context& context, Done<Reply> done) {
  context.platform.ram.delete_user(context.account, std::string(call.name),
                                   nothing_but(std::move(done)));
}

void create_key(OfUserOrCaller call, Context& context, Done<Reply> done) {
  const auto user = whose(call.name, context);
  if (!user) return done(tl::unexpected(user.error()));
  context.platform.ram.create_key(context.account, *user,
                                  [done = std::move(done)](Result<AccessKey> made) mutable {
                                    if (!made) return done(tl::unexpected(std::move(made.error())));
                                    done(Reply{{"AccessKey",
                                                {{"AccessKeyId", made->id},
                                                 {"AccessKeySecret", made->secret},
                                                 {"Status", status_of(*made)},
                                                 {"CreateDate", timestamp_text(made->created)}}}});
                                  });
}

Result<Reply> list_keys(OfUserOrCaller call, Context& context) {
  const auto user = whose(call.name, context);
  if (!user) return tl::unexpected(user.error());
  if (!context.platform.ram.user(context.account, *user)) {
    return fail(Code::ram_user_not_found, *user);
  }
  json::array list;
  for (const auto& key : context.platform.registry.access_keys_of(context.account, *user)) {
    list.push_back({{"AccessKeyId", key->id},
                    {"Status", status_of(*key)},
                    {"CreateDate", timestamp_text(key->created)}});
  }
  return Reply{{"AccessKeys", {{"AccessKey", std::move(list)}}}};
}

void update_key(UpdateAccessKey call, Context& context, Done<Reply> done) {
  const auto user = whose(call.user, context);
  if (!user) return done(tl::unexpected(user.error()));
  context.platform.ram.set_key_active(context.account, *user, std::string(call.key),
                                      call.status == "Active", nothing_but(std::move(done)));
}

void delete_key(DeleteAccessKey call, Context& context, Done<Reply> done) {
  const auto user = whose(call.user, context);
  if (!user) return done(tl::unexpected(user.error()));
  context.platform.ram.delete_key(context.account, *user, std::string(call.key),
                                  nothing_but(std::move(done)));
}

Fields user_fields() {
  return {text("UserId", "Its id."),
          text("UserName", "Its name."),
          text("DisplayName", "A name for people."),
          text("MobilePhone", "A phone number."),
          text("Email", "An address."),
          text("Comments", "Comments."),
          text("CreateDate", "When it was created.")};
}
Fields with_update(Fields fields) {
  return with(std::move(fields), {text("UpdateDate", "When it was last changed.")});
}
Param<std::optional<std::string_view>> words_parameter(std::string_view name,
                                                       std::string_view doc) {
  return {.name = name, .doc = doc, .bounds = {0, 128}};
}
Param<std::optional<std::string_view>> user_or_caller_parameter() {
  return {.name = "UserName",
          .doc = "The user; the calling one if unset.",
          .example = "alice",
          .names = true};
}
Param<std::string_view> key_parameter() {
  return {.name = "UserAccessKeyId", .doc = "The key.", .example = "LTAI5t****", .names = true};
}

}  // namespace

std::vector<Operation> ram_user_operations() {
  std::vector<Operation> family;
  family.push_back(operation<CreateUser>(
      about_ram("CreateUser", "Creates a RAM user, which may do nothing until policies say so.",
                true, {object("User", "The new user.", user_fields())},
                {Code::ram_user_exists, Code::ram_name_malformed}),
      create_user, user_parameter(), words_parameter("DisplayName", "A name for people."),
      words_parameter("MobilePhone", "A phone number."), words_parameter("Email", "An address."),
      words_parameter("Comments", "Comments.")));
  Fields details = with_update(user_fields());
  details.push_back(text("LastLoginDate", "Never set: users do not sign in by password."));
  family.push_back(operation<OfOneUser>(
      about_ram("GetUser", "Answers one user.", false,
                {object("User", "The user.", std::move(details))}, {Code::ram_user_not_found}),
      get_user, user_parameter()));
  Fields users = marker_fields();
  users.push_back(object("Users", "", {list("User", "One user.", with_update(user_fields()))}));
  family.push_back(
      operation<ListUsers>(about_ram("ListUsers", "Lists the users of the account by name.", false,
                                     std::move(users), {}),
                           list_users, marker_parameter(), items_parameter()));
  family.push_back(operation<UpdateUser>(
      about_ram("UpdateUser", "Changes what is said about a user; what is not set stays.", true,
                {object("User", "The user.", with_update(user_fields()))},
                {Code::ram_user_not_found}),
      update_user, user_parameter(),
      Param<Unsupported<std::string_view>>{.name = "NewUserName",
                                           .doc = "Not to be set: users keep their names."},
      words_parameter("NewDisplayName", "A name for people."),
      words_parameter("NewMobilePhone", "A phone number."),
      words_parameter("NewEmail", "An address."), words_parameter("NewComments", "Comments.")));
  family.push_back(operation<OfOneUser>(
      about_ram("DeleteUser", "Deletes a user that has neither keys nor policies.", true, {},
                {Code::ram_user_not_found, Code::ram_delete_conflict}),
      delete_user, user_parameter()));
  family.push_back(operation<OfUserOrCaller>(
      about_ram("CreateAccessKey", "Creates a key for a user, who may have two.", true,
                {object("AccessKey", "The new key.",
                        {text("AccessKeyId", "Its id."),
                         text("AccessKeySecret", "Its secret, which is not shown again."),
                         text("Status", "Active."), text("CreateDate", "When it was created.")})},
                {Code::ram_user_not_found, Code::ram_name_malformed, Code::ram_limit}),
      create_key, user_or_caller_parameter()));
  family.push_back(operation<OfUserOrCaller>(
      about_ram(
          "ListAccessKeys", "Lists the keys of a user, without their secrets.", false,
          {object("AccessKeys", "",
                  {list("AccessKey", "One key.",
                        {text("AccessKeyId", "Its id."), text("Status", "Active or Inactive."),
                         text("CreateDate", "When it was created.")})})},
          {Code::ram_user_not_found, Code::ram_name_malformed}),
      list_keys, user_or_caller_parameter()));
  family.push_back(
      operation<UpdateAccessKey>(about_ram("UpdateAccessKey", "Enables or disables a key.", true,
                                           {}, {Code::ram_key_not_found, Code::ram_name_malformed}),
                                 update_key, user_or_caller_parameter(), key_parameter(),
                                 Param<std::string_view>{.name = "Status",
                                                         .doc = "Active or Inactive.",
                                                         .example = "Inactive",
                                                         .allowed = {"Active", "Inactive"}}));
  family.push_back(
      operation<DeleteAccessKey>(about_ram("DeleteAccessKey", "Deletes a key.", true, {},
                                           {Code::ram_key_not_found, Code::ram_name_malformed}),
                                 delete_key, user_or_caller_parameter(), key_parameter()));
  return family;
}

}  // namespace herald::api
