#include "core/policy.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <optional>

namespace herald {
namespace {

namespace json = boost::json;

constexpr std::size_t document_bytes_max = 6'144;

// By name.
constexpr std::array<SystemPolicy, 6> policies_of_the_system = {{
    {"AdministratorAccess", "All operations.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"AliyunIOTFullAccess", "All operations of IoT Platform.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]})"},
    {"AliyunIOTReadOnlyAccess", "Operations of IoT Platform that only read.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["iot:Query*","iot:List*",)"
     R"("iot:Get*","iot:BatchGet*","iot:BatchQuery*","iot:Check*"],"Resource":"*"}]})"},
    {"AliyunRAMFullAccess", "All operations of RAM.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]})"},
    {"AliyunRAMReadOnlyAccess", "Operations of RAM that only read.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":["ram:Get*","ram:List*"],)"
     R"("Resource":"*"}]})"},
    {"AliyunSTSAssumeRoleAccess", "Assuming the roles whose trust names the caller.",
     R"({"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",)"
     R"("Resource":"*"}]})"},
}};

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// `*` stands for any text and `?` for one character; case does not count in names of actions.
// Linear: a pattern is walked once, with one place to return to.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = pattern.npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

Error malformed(std::string why) { return {Code::ram_policy_malformed, std::move(why)}; }

// One text or a list of texts, which mean the same.
Result<std::vector<std::string>> texts_of(const json::value& value, const char* what) {
  std::vector<std::string> texts;
  if (const auto* one = value.if_string()) {
    texts.emplace_back(*one);
  } else if (const auto* list = value.if_array()) {
    for (const json::value& item : *list) {
      if (!item.is_string()) return tl::unexpected(malformed(std::string(what) + " is no text"));
      texts.emplace_back(item.get_string());
    }
  }
  if (texts.empty()) return tl::unexpected(malformed(std::string(what) + " is missing"));
  return texts;
}

// The statements of a document, each an object with an Effect. Others than the known elements are
// refused: what they say would be lost.
Result<std::vector<json::object>> statements_of(std::string_view document,
                                                std::span<const std::string_view> elements) {
  if (document.size() > document_bytes_max) {
    return tl::unexpected(malformed("it is longer than 6,144 bytes"));
  }
  boost::system::error_code error;
  const json::value root = json::parse(document, error);
  if (error || !root.is_object()) return tl::unexpected(malformed("it is no JSON object"));
  const json::value* version = root.get_object().if_contains("Version");
  if (version == nullptr || *version != json::value("1")) {
    return tl::unexpected(malformed("its Version is not 1"));
  }
  const json::value* statements = root.get_object().if_contains("Statement");
  if (statements == nullptr || !statements->is_array() || statements->get_array().empty()) {
    return tl::unexpected(malformed("it has no list of Statement"));
  }
  std::vector<json::object> all;
  for (const json::value& each : statements->get_array()) {
    const auto* fields = each.if_object();
    if (fields == nullptr) return tl::unexpected(malformed("a Statement is no object"));
    const json::value* effect = fields->if_contains("Effect");
    if (effect == nullptr || (*effect != json::value("Allow") && *effect != json::value("Deny"))) {
      return tl::unexpected(malformed("an Effect is neither Allow nor Deny"));
    }
    for (const auto& field : *fields) {
      if (field.key() != "Effect" &&
          std::ranges::find(elements, std::string_view(field.key())) == elements.end()) {
        return tl::unexpected(malformed("a Statement has an unknown element"));
      }
    }
    all.push_back(*fields);
  }
  return all;
}

bool is_allow(const json::object& statement) { return statement.at("Effect") == "Allow"; }

// The service of which a resource names everything, `*`: of all; none: it names less. Such names
// are `*` and `acs:<service>:*:*:*`.
std::optional<std::string> service_named_wholly(std::string_view resource) {
  constexpr std::string_view prefix = "acs:";
  if (resource == "*") return "*";
  if (!resource.starts_with(prefix) || !resource.ends_with('*')) return std::nullopt;
  const auto end = resource.find(':', prefix.size());
  if (end == resource.npos || resource.find_first_not_of("*:", end) != resource.npos) {
    return std::nullopt;
  }
  return std::string(resource.substr(prefix.size(), end - prefix.size()));
}

bool any_fits(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns,
                             [&](const std::string& pattern) { return fits(pattern, text); });
}

}  // namespace

Result<Policy> Policy::parse(std::string_view document) {
  static constexpr std::array<std::string_view, 4> elements = {"Action", "NotAction", "Resource",
                                                               "Condition"};
  const auto statements = statements_of(document, elements);
  if (!statements) return tl::unexpected(statements.error());
  Policy policy;
  for (const json::object& each : *statements) {
    Statement statement;
    statement.allows = is_allow(each);
    const json::value* action = each.if_contains("Action");
    const json::value* not_action = each.if_contains("NotAction");
    if ((action == nullptr) == (not_action == nullptr)) {
      return tl::unexpected(malformed("a Statement has not one of Action and NotAction"));
    }
    statement.is_not = action == nullptr;
    auto actions = texts_of(statement.is_not ? *not_action : *action, "Action");
    if (!actions) return tl::unexpected(std::move(actions.error()));
    statement.actions = std::move(*actions);
    const json::value* resource = each.if_contains("Resource");
    if (resource == nullptr) return tl::unexpected(malformed("a Resource is missing"));
    const auto resources = texts_of(*resource, "Resource");
    if (!resources) return tl::unexpected(resources.error());
    for (const std::string& name : *resources) {
      auto service = service_named_wholly(name);
      if (service && !each.contains("Condition")) statement.services.push_back(std::move(*service));
    }
    policy.statements_.push_back(std::move(statement));
  }
  return policy;
}

// What cannot be judged (finer resources, conditions) never widens what a caller may do: such an
// Allow does not count, such a Deny does.
Policy::Verdict Policy::verdict(std::string_view action) const {
  Verdict verdict = Verdict::silent;
  const std::string_view service = action.substr(0, action.find(':'));
  for (const Statement& statement : statements_) {
    if (any_fits(statement.actions, action) == statement.is_not) continue;
    if (!statement.allows) return Verdict::denied;
    if (any_fits(statement.services, service)) verdict = Verdict::allowed;
  }
  return verdict;
}

Result<TrustPolicy> TrustPolicy::parse(std::string_view document) {
  static constexpr std::array<std::string_view, 3> elements = {"Action", "Principal", "Condition"};
  const auto statements = statements_of(document, elements);
  if (!statements) return tl::unexpected(statements.error());
  TrustPolicy trust;
  for (const json::object& each : *statements) {
    const json::value* action = each.if_contains("Action");
    const auto actions =
        action == nullptr ? Result<std::vector<std::string>>() : texts_of(*action, "Action");
    if (!actions) return tl::unexpected(actions.error());
    const json::value* principal = each.if_contains("Principal");
    if (actions->empty() || principal == nullptr || !principal->is_object()) {
      return tl::unexpected(malformed("a Statement has not both Action and Principal"));
    }
    // Services and identity providers, the other kinds of principals, do not exist here.
    const json::value* names = principal->get_object().if_contains("RAM");
    if (!any_fits(*actions, "sts:AssumeRole") || names == nullptr) continue;
    const auto arns = texts_of(*names, "Principal");
    if (!arns) return tl::unexpected(arns.error());
    // A Condition cannot be judged, and so never widens who is trusted.
    if (is_allow(each) && each.contains("Condition")) continue;
    auto& list = is_allow(each) ? trust.allowed_ : trust.denied_;
    list.insert(list.end(), arns->begin(), arns->end());
  }
  return trust;
}

bool TrustPolicy::trusts(std::span<const std::string> names) const {
  bool allowed = false;
  for (const std::string& name : names) {
    if (any_fits(denied_, name)) return false;
    allowed = allowed || std::ranges::find(allowed_, name) != allowed_.end();
  }
  return allowed;
}

bool allows(std::span<const Policy* const> policies, std::string_view action) {
  bool allowed = false;
  for (const Policy* policy : policies) {
    const auto verdict = policy->verdict(action);
    if (verdict == Policy::Verdict::denied) return false;
    allowed = allowed || verdict == Policy::Verdict::allowed;
  }
  return allowed;
}

std::span<const SystemPolicy> system_policies() { return policies_of_the_system; }

}  // namespace herald
