#include <limits>

#include "api/gateway.h"
#include "api/operations.h"

// What an account may have and how often it may call, and how much of that it uses.
namespace herald::api {
namespace {

namespace json = boost::json;

struct Nothing {};

json::object limit(std::string_view name, std::size_t used, std::size_t most) {
  return {{"Name", name}, {"Used", used}, {"Limit", most}};
}

json::array limits_of(const Context& context) {
  const Registry& registry = context.platform.registry;
  const Ram& ram = context.platform.ram;
  std::size_t products = 0;
  std::size_t categories = 0;  // Of the product that has most.
  std::vector<std::string> instances{std::string()};
  for (const auto& instance : registry.instances_of(context.account)) {
    if (!instance->id.empty()) instances.push_back(instance->id);
  }
  for (const std::string& instance : instances) {
    for (const auto& product : registry.products_of(context.account, instance)) {
      ++products;
      categories = std::max(categories, product->topics.size());
    }
  }
  return {limit("Products", products, registry.limits().products_per_account),
          limit("TopicCategoriesOfAProduct", categories,
                registry.limits().topic_categories_per_product),
          limit("RamUsers", ram.users(context.account).size(), Ram::users_max),
          limit("RamRoles", ram.roles(context.account).size(), Ram::roles_max),
          limit("RamPolicies", ram.policies(context.account).size(), Ram::policies_max)};
}

// Without a number where there is no limit.
json::object rate(const Operation& operation, const Context& context) {
  json::object made{{"Operation", operation.name}};
  const auto own = context.platform.quotas.find(context.account, operation.name);
  const CallsPerSecond most =
      own ? CallsPerSecond(own->calls_per_second) : context.gateway->quota_of(operation);
  if (most) made["CallsPerSecond"] = *most;
  return made;
}

Result<Reply> query(Nothing, Context& context) {
  json::array rates;
  for (const Operation& operation : context.gateway->operations()) {
    if (!operation.open) rates.push_back(rate(operation, context));
  }
  return Reply{{"Data",
                {{"Limits", {{"LimitInfo", limits_of(context)}}},
                 {"Rates", {{"RateInfo", std::move(rates)}}}}}};
}

}  // namespace

std::vector<Operation> quota_operations() {
  std::vector<Operation> family;
  family.push_back(operation<Nothing>(
      {.name = "QueryQuotas",
       .family = Family::products,
       .summary = "Answers what the account may have and how often it may call, and what it uses.",
       .calls_per_second = 5,
       .own = true,
       .takes_instance = false,
       .answer = {object(
           "Data", "",
           {object("Limits", "",
                   {list("LimitInfo", "Something that there may be so many of.",
                         {text("Name", "What it is."), integer("Used", "How many there are."),
                          integer("Limit", "How many there may be.")})}),
            object("Rates", "",
                   {list("RateInfo", "How often an operation may be called.",
                         {text("Operation", "The operation."),
                          integer("CallsPerSecond", "Absent: as often as you like.")})})})}},
      query));
  return family;
}

}  // namespace herald::api
