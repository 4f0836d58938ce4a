#include "api/ram_parts.h"
#include "api/times.h"

// Roles: RAM 2015-05-01.
namespace herald::api {

Param<std::string_view> role_parameter() {
  return {.name = "RoleName", .doc = "The role.", .example = "publisher", .bounds = {1, 64}};
}

namespace {

namespace json = boost::json;

struct CreateRole {
  std::string_view name;
  std::optional<std::string_view> description;
  std::string_view trust;
  std::int64_t session_seconds_max;
  TextPairs tags;
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

void create(CreateRole call, Context& context, Done<Reply> done) {
  if (!is_ram_name(call.name, "._-", 64)) {
    return done(fail(Code::ram_role_malformed, std::string(call.name)));
  }
  context.platform.ram.create_role(
      {.account = context.account,
       .name = std::string(call.name),
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
  json::object reply = role_reply(*role);
  reply["UpdateDate"] = timestamp_text(role->updated);
  return Reply{{"Role", std::move(reply)}};
}

Result<Reply> list_roles(ListRoles call, Context& context) {
  const auto all = context.platform.ram.roles(context.account);
  const Marked part = marked(all, call.marker, call.items,
                             [](const auto& role) { return std::string_view(role->name); });
  json::array list;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    json::object reply = base_reply(*all[i]);
    reply["UpdateDate"] = timestamp_text(all[i]->updated);
    list.push_back(std::move(reply));
  }
  Reply reply{{"IsTruncated", !part.next.empty()}, {"Roles", {{"Role", std::move(list)}}}};
  if (!part.next.empty()) reply["Marker"] = part.next;
  return reply;
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
Fields with(Fields fields, Fields more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}
Fields role_fields() {
  return with(base_fields(), {text("AssumeRolePolicyDocument", "Who may assume it.")});
}
Field updated() { return text("UpdateDate", "When it was changed."); }
Param<TextPairs> tag_parameter() {
  return {.name = "Tag",
          .doc = "Not to be set: roles have no tags.",
          .bounds = {0, 0},
          .members = {"Key", "Value"}};
}

}  // namespace

std::vector<Operation> ram_role_operations() {
  std::vector<Operation> family;
  family.push_back(operation<CreateRole>(
      about_ram("CreateRole", "Creates a role.", true, {object("Role", "", role_fields())},
                {Code::ram_role_exists, Code::ram_role_malformed, Code::ram_policy_malformed}),
      create, role_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "Description", .doc = "A description.", .bounds = {0, 1'024}},
      Param<std::string_view>{
          .name = "AssumeRolePolicyDocument",
          .doc = "JSON: who may assume it.",
          .example =
              R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":["acs:ram::1234567890123456:root"]}}]})"},
      Param<std::int64_t>{.name = "MaxSessionDuration",
                          .doc = "How long it may be assumed, in seconds.",
                          .example = "3600",
                          .bounds = {3'600, 43'200},
                          .otherwise = 3'600},
      tag_parameter()));
  family.push_back(operation<OfOneRole>(
      about_ram("GetRole", "Answers one role.", false,
                {object("Role", "", with(role_fields(), {updated()}))}, {Code::ram_role_not_found}),
      get, role_parameter()));
  family.push_back(operation<ListRoles>(
      about_ram("ListRoles", "Lists roles by name.", false,
                with(marker_fields(),
                     {object("Roles", "",
                             {list("Role", "One role.", with(base_fields(), {updated()}))})}),
                {}),
      list_roles, marker_parameter(), items_parameter(), tag_parameter()));
  family.push_back(operation<OfOneRole>(
      about_ram("DeleteRole", "Deletes a role that has no policies; its sessions end.", true, {},
                {Code::ram_role_not_found, Code::ram_delete_conflict}),
      remove, role_parameter()));
  return family;
}

}  // namespace herald::api
