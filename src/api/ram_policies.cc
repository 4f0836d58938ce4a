#include <algorithm>

#include "api/ram_parts.h"
#include "api/times.h"

// Policies and who has them: RAM 2015-05-01.
namespace herald::api {
namespace {

namespace json = boost::json;

struct CreatePolicy {
  std::string_view name;
  std::optional<std::string_view> description;
  std::string_view document;
  TextPairs tags;
};
struct OfOnePolicy {
  std::string_view type;
  std::string_view name;
};
struct DeletePolicy {
  std::string_view name;
};
struct ListPolicies {
  std::optional<std::string_view> type;
  std::optional<std::string_view> marker;
  std::int32_t items;
  TextPairs tags;
};
struct Attachment {
  std::string_view type;
  std::string_view policy;
  std::string_view holder;
};
struct OfOne {
  std::string_view name;
};

// There is one version of each policy.
constexpr std::string_view only_version = "v1";

// A policy of either kind.
struct Shown {
  std::string_view type;
  std::string_view name;
  std::string_view description;
  std::string_view document;
  std::optional<Time> created;
  Ram::SharedPolicy owner;  // Of the texts, unless they are the system's.
  std::string key() const { return std::string(type) + "/" + std::string(name); }
};

Shown shown(Ram::SharedPolicy policy) {
  return {"Custom",         policy->name,    policy->description,
          policy->document, policy->created, std::move(policy)};
}
Shown shown(const SystemPolicy& policy) {
  return {"System", policy.name, policy.description, policy.document, std::nullopt, nullptr};
}

std::vector<Shown> all_policies(const Context& context) {
  std::vector<Shown> all;
  for (const auto& each : context.platform.ram.policies(context.account)) {
    all.push_back(shown(each));
  }
  for (const SystemPolicy& each : system_policies()) all.push_back(shown(each));
  return all;  // By kind, then by name.
}

// `key` as Shown::key makes it.
std::optional<Shown> find(std::string_view key, const Context& context) {
  const std::string_view type = key.substr(0, key.find('/'));
  const std::string_view name = key.substr(type.size() + 1);
  if (type == "Custom") {
    const auto policy = context.platform.ram.policy(context.account, name);
    return policy ? std::optional(shown(policy)) : std::nullopt;
  }
  const auto system = system_policies();
  const auto at = std::ranges::find(system, name, &SystemPolicy::name);
  return at == system.end() ? std::nullopt : std::optional(shown(*at));
}

json::object policy_reply(const Shown& policy) {
  json::object reply{{"PolicyName", policy.name},
                     {"PolicyType", policy.type},
                     {"Description", policy.description},
                     {"DefaultVersion", only_version}};
  if (policy.created) reply["CreateDate"] = timestamp_text(*policy.created);
  return reply;
}
json::object counted_reply(const Shown& policy, const Ram::Attachments& attachments) {
  json::object reply = policy_reply(policy);
  const auto count = attachments.find(policy.key());
  reply["AttachmentCount"] =
      count == attachments.end() ? 0 : static_cast<std::int64_t>(count->second);
  if (policy.created) reply["UpdateDate"] = timestamp_text(*policy.created);
  return reply;
}

void create(CreatePolicy call, Context& context, Done<Reply> done) {
  auto name = policy_name(call.name);
  if (!name) return done(tl::unexpected(std::move(name.error())));
  context.platform.ram.create_policy(
      {.account = context.account,
       .name = std::move(*name),
       .description = std::string(call.description.value_or("")),
       .document = std::string(call.document)},
      [done = std::move(done)](Result<Ram::SharedPolicy> made) mutable {
        if (!made) return done(tl::unexpected(std::move(made.error())));
        done(Reply{{"Policy", policy_reply(shown(std::move(*made)))}});
      });
}

Result<Reply> get(OfOnePolicy call, Context& context) {
  const std::string key = std::string(call.type) + "/" + std::string(call.name);
  const auto policy = find(key, context);
  if (!policy) return fail(Code::ram_policy_not_found, key);
  json::object version{{"VersionId", only_version},
                       {"IsDefaultVersion", true},
                       {"PolicyDocument", policy->document}};
  if (policy->created) version["CreateDate"] = timestamp_text(*policy->created);
  json::object reply = counted_reply(*policy, context.platform.ram.attachments(context.account));
  reply["PolicyDocument"] = policy->document;
  return Reply{{"Policy", std::move(reply)}, {"DefaultPolicyVersion", std::move(version)}};
}

Result<Reply> list_policies(ListPolicies call, Context& context) {
  auto all = all_policies(context);
  if (call.type) std::erase_if(all, [&](const Shown& each) { return each.type != *call.type; });
  std::vector<std::string> keys;
  for (const Shown& each : all) keys.push_back(each.key());
  const Marked part = marked(keys, call.marker, call.items,
                             [](const std::string& key) { return std::string_view(key); });
  const auto attachments = context.platform.ram.attachments(context.account);
  json::array list;
  for (std::size_t i = part.begin; i < part.end; ++i) {
    list.push_back(counted_reply(all[i], attachments));
  }
  Reply reply{{"IsTruncated", !part.next.empty()}, {"Policies", {{"Policy", std::move(list)}}}};
  if (!part.next.empty()) reply["Marker"] = part.next;
  return reply;
}

void remove(DeletePolicy call, Context& context, Done<Reply> done) {
  context.platform.ram.delete_policy(context.account, std::string(call.name),
                                     nothing_but(std::move(done)));
}

template <Ram::Holder holder>
void attach(Attachment call, Context& context, Done<Reply> done) {
  context.platform.ram.attach(context.account, holder, std::string(call.holder),
                              std::string(call.type) + "/" + std::string(call.policy),
                              nothing_but(std::move(done)));
}

template <Ram::Holder holder>
void detach(Attachment call, Context& context, Done<Reply> done) {
  context.platform.ram.detach(context.account, holder, std::string(call.holder),
                              std::string(call.type) + "/" + std::string(call.policy),
                              nothing_but(std::move(done)));
}

template <class Identity>
Reply policies_of(const Identity& identity, const Context& context) {
  json::array list;
  for (const auto& [key, since] : identity.policies) {
    const auto policy = find(key, context);
    if (!policy) continue;
    json::object reply = policy_reply(*policy);
    reply.erase("CreateDate");
    reply["AttachDate"] = timestamp_text(since);
    list.push_back(std::move(reply));
  }
  return {{"Policies", {{"Policy", std::move(list)}}}};
}

Result<Reply> of_user(OfOne call, Context& context) {
  const auto user = context.platform.ram.user(context.account, call.name);
  if (!user) return fail(Code::ram_user_not_found, std::string(call.name));
  return policies_of(*user, context);
}

Result<Reply> of_role(OfOne call, Context& context) {
  const auto role = context.platform.ram.role(context.account, call.name);
  if (!role) return fail(Code::ram_role_not_found, std::string(call.name));
  return policies_of(*role, context);
}

Param<std::string_view> type_parameter() {
  return {.name = "PolicyType",
          .doc = "System or Custom.",
          .example = "Custom",
          .allowed = {"System", "Custom"}};
}
Param<std::string_view> name_parameter() {
  return {.name = "PolicyName", .doc = "The policy.", .example = "publish", .names = true};
}
Param<Ignored<std::string_view>> group_parameter() {
  return {.name = "ResourceGroupId", .doc = "Of no effect: there are no resource groups."};
}
Fields base_fields() {
  return {text("PolicyName", "Its name."), text("PolicyType", "System or Custom."),
          text("Description", "Its description."), text("DefaultVersion", "Always v1.")};
}
Fields dated() {
  return with(base_fields(), {text("CreateDate", "When it was created; not of the system's.")});
}
Fields counted() {
  return with(dated(), {text("UpdateDate", "The same."),
                        integer("AttachmentCount", "How many users and roles have it.")});
}

}  // namespace

std::vector<Operation> ram_policy_operations() {
  std::vector<Operation> family;
  family.push_back(operation<CreatePolicy>(
      about_ram("CreatePolicy", "Creates a policy.", true, {object("Policy", "", dated())},
                {Code::ram_policy_exists, Code::ram_policy_malformed, Code::ram_name_malformed,
                 Code::ram_limit}),
      create, name_parameter(),
      Param<std::optional<std::string_view>>{
          .name = "Description", .doc = "A description.", .bounds = {0, 1'024}},
      Param<std::string_view>{
          .name = "PolicyDocument",
          .doc = "JSON: Version 1 and a list of Statement, up to 6,144 bytes.",
          .example =
              R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"iot:BatchPub","Resource":"*"}]})"},
      no_tags_parameter()));
  family.push_back(operation<OfOnePolicy>(
      about_ram(
          "GetPolicy", "Answers one policy with its document.", false,
          {object("Policy", "", with(counted(), {text("PolicyDocument", "What it says.")})),
           object("DefaultPolicyVersion", "",
                  {text("VersionId", "Always v1."), boolean("IsDefaultVersion", "Always true."),
                   text("PolicyDocument", "What it says."),
                   text("CreateDate", "When it was created.")})},
          {Code::ram_policy_not_found}),
      get, type_parameter(), name_parameter()));
  Fields policies =
      with(marker_fields(),
           {object("Policies", "",
                   {list("Policy", "One policy.",
                         with(counted(),
                              {object("Tags", "", {list("Tag", "Never set.", tag_fields())})}))})});
  family.push_back(operation<ListPolicies>(
      about_ram("ListPolicies", "Lists policies by kind and name.", false, std::move(policies), {}),
      list_policies,
      Param<std::optional<std::string_view>>{.name = "PolicyType",
                                             .doc = "System or Custom; both if unset.",
                                             .example = "Custom",
                                             .allowed = {"System", "Custom"}},
      marker_parameter(), items_parameter(), no_tags_parameter()));
  family.push_back(operation<DeletePolicy>(
      about_ram("DeletePolicy", "Deletes a policy that nobody has.", true, {},
                {Code::ram_policy_not_found, Code::ram_delete_conflict}),
      remove, name_parameter(),
      Param<Unsupported<bool>>{.name = "CascadingDelete", .doc = "Only false: detach it first."}));
  const auto holders = [&](Ram::Holder holder) {
    const bool is_user = holder == Ram::Holder::user;
    const auto parameter = is_user ? user_parameter() : role_parameter();
    const Code not_found = is_user ? Code::ram_user_not_found : Code::ram_role_not_found;
    family.push_back(operation<Attachment>(
        about_ram(
            is_user ? "AttachPolicyToUser" : "AttachPolicyToRole",
            is_user ? "Gives a user what a policy allows and denies."
                    : "Gives a role what a policy allows and denies.",
            true, {},
            {not_found, Code::ram_policy_not_found, Code::ram_policy_attached, Code::ram_limit}),
        is_user ? attach<Ram::Holder::user> : attach<Ram::Holder::role>, type_parameter(),
        name_parameter(), parameter, group_parameter()));
    family.push_back(operation<Attachment>(
        about_ram(is_user ? "DetachPolicyFromUser" : "DetachPolicyFromRole",
                  is_user ? "Takes a policy from a user." : "Takes a policy from a role.", true, {},
                  {not_found, Code::ram_policy_not_attached}),
        is_user ? detach<Ram::Holder::user> : detach<Ram::Holder::role>, type_parameter(),
        name_parameter(), parameter, group_parameter()));
    family.push_back(operation<OfOne>(
        about_ram(is_user ? "ListPoliciesForUser" : "ListPoliciesForRole",
                  is_user ? "Lists the policies of a user." : "Lists the policies of a role.",
                  false,
                  {object("Policies", "",
                          {list("Policy", "One policy.",
                                with(base_fields(), {text("AttachDate", "Since when.")}))})},
                  {not_found}),
        is_user ? of_user : of_role, parameter));
  };
  holders(Ram::Holder::user);
  holders(Ram::Holder::role);
  return family;
}

}  // namespace herald::api
