#include "api/ram_parts.h"
#include "api/times.h"

// Roles: RAM 2015-05-01.
namespace herald::api {

namespace {

namespace json = boost::json;

constexpr Bounds session_seconds{3'600, 43'200};
constexpr std::string_view trust_example =
    R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]})";

struct CreateRole {
  std::string_view name;
  std::optional<std::string_view> description;
  std::string_view trust;
  std::int64_t session_seconds_max;
  TextPairs tags;
};
struct UpdateRole {
  std::string_view name;
  std::optional<std::string_view> description;
  std::optional<std::string_view> trust;
  std::optional<std::int64_t> session_seconds_max;
};
struct OfOneRole {
  std::string_view name;
};
struct ListRoles {
  std::optional<std::string_view> marker;
  std::int32_t items;
  TextPairs tags;
};

json::object base_reply(const RamRole& role) {
  return {{"RoleId", role.id},
          {"RoleName", role.name},
          {"Arn", arn_of(role.account, "role", role.name)},
          {"Description", role.description},
          {"MaxSessionDuration", role.session_seconds_max},
          {"CreateDate", timestamp_text(role.created)}};
}
json::object role_reply(const RamRole& role) {
  json::object reply = base_reply(role);
  reply["AssumeRolePolicyDocument"] = role.trust;
  return reply;
}

json::object updated_reply(json::object reply, const RamRole& role) {
  reply["UpdateDate"] = timestamp_text(role.updated);
  return reply;
}

void create(CreateRole call, Context& context, Done<Reply> done) {
  auto name = role_name(call.name);
  if (!name) return done(tl::unexpected(std::move(name.error())));
  context.platform.ram.create_role(
      {.account = context.account,
       .name = std::move(*name),
       .description = std::string(call.description.value_or("")),
       .trust = std::string(call.trust),
       .session_seconds_max = static_cast<std::int32_t>(call.session_seconds_max)},
      [done = std::move(done)](Result<Ram::SharedRole> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        done(Reply{{"Role", role_reply(**made)}});
      });
}

Result<Reply> get(OfOneRole call, Context& context) {
  const auto role = context.platform.ram.role(context.account, call.name);
  if (!role) return fail(Code::ram_role_not_found, std::string(call.name));
  return Reply{{"Role", updated_reply(role_reply(*role), *role)}};
}

Result<Reply> list_roles(ListRoles call, Context& context) {
  const auto all = context.platform.ram.roles(context.account);
  const Marked part = marked(all, call.marker, call.items,
                             [](const auto& role) { return std::string_view(role->name); });
  json::array list;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    list.push_back(updated_reply(base_reply(*all[i]), *all[i]));
  }
  Reply reply{{"IsTruncated", !part.next.empty()}, {"Roles", {{"Role", std::move(list)}}}};
  if (!part.next.empty()) reply["Marker"] = part.next;
  return reply;
}

void update(UpdateRole call, Context& context, Done<Reply> done) {
  context.platform.ram.change_role(
      context.account, std::string(call.name),
      [&](RamRole& role) -> Result<void> {
        if (call.description) role.description = *call.description;
        if (call.trust) role.trust = *call.trust;
        if (call.session_seconds_max) {
          role.session_seconds_max = static_cast<std::int32_t>(*call.session_seconds_max);
        }
        return {};
      },
      [done = std::move(done)](Result<Ram::SharedRole> changed) mutable {
        if (!changed) return done(tl::unexpected(std::move(changed.error())));
        const RamRole& role = **changed;
        done(Reply{{"Role", updated_reply(role_reply(role), role)}});
      });
}

void remove(OfOneRole call, Context& context, Done<Reply> done) {
  context.platform.ram.delete_role(context.account, std::string(call.name),
                                   nothing_but(std::move(done)));
}

Fields base_fields() {
  return {text("RoleId", "Its id."),
          text("RoleName", "Its name."),
          text("Arn", "Its name in full."),
          text("Description", "Its description."),
          long_integer("MaxSessionDuration", "How long it may be assumed, in seconds."),
          text("CreateDate", "When it was created.")};
}
Fields role_fields() {
  return with(base_fields(), {text("AssumeRolePolicyDocument", "Who may assume it.")});
}
Field updated() { return text("UpdateDate", "When it was changed."); }

}  // namespace

std::vector<Operation> ram_role_operations() {
  std::vector<Operation> family;
  family.push_back(operation<CreateRole>(
      about_ram("CreateRole", "Creates a role.", true, {object("Role", "", role_fields())},
                {Code::ram_role_exists, Code::ram_name_malformed, Code::ram_policy_malformed,
                 Code::ram_limit}),
      create, role_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "Description", .doc = "A description.", .bounds = {0, 1'024}},
      Param<std::string_view>{.name = "AssumeRolePolicyDocument",
                              .doc = "JSON: who may assume it.",
                              .example = trust_example},
      Param<std::int64_t>{.name = "MaxSessionDuration",
                          .doc = "How long it may be assumed, in seconds.",
                          .example = "3600",
                          .bounds = session_seconds,
                          .otherwise = 3'600},
      no_tags_parameter()));
  family.push_back(operation<OfOneRole>(
      about_ram("GetRole", "Answers one role.", false,
                {object("Role", "", with(role_fields(), {updated()}))}, {Code::ram_role_not_found}),
      get, role_parameter()));
  family.push_back(operation<ListRoles>(
      about_ram(
          "ListRoles", "Lists roles by name.", false,
          with(marker_fields(),
               {object("Roles", "",
                       {list("Role", "One role.",
                             with(base_fields(), {updated(), object("Tags", "",
                                                                    {list("Tag", "Never set.",
                                                                          tag_fields())})}))})}),
          {}),
      list_roles, marker_parameter(), items_parameter(), no_tags_parameter()));
  family.push_back(operation<UpdateRole>(
      about_ram("UpdateRole", "Changes a role; what is not set stays.", true,
                {object("Role", "", with(role_fields(), {updated()}))},
                {Code::ram_role_not_found, Code::ram_policy_malformed}),
      update, role_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "NewDescription", .doc = "A description.", .bounds = {0, 1'024}},
      Param<std::optional<std::string_view>>{.name = "NewAssumeRolePolicyDocument",
                                             .doc = "JSON: who may assume it from now on.",
                                             .example = trust_example},
      Param<std::optional<std::int64_t>>{.name = "NewMaxSessionDuration",
                                         .doc = "How long it may be assumed, in seconds.",
                                         .example = "3600",
                                         .bounds = session_seconds}));
  family.push_back(operation<OfOneRole>(
      about_ram("DeleteRole", "Deletes a role that has no policies; its sessions end.", true, {},
                {Code::ram_role_not_found, Code::ram_delete_conflict}),
      remove, role_parameter()));
  return family;
}

}  // namespace herald::api
