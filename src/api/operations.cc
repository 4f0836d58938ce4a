#include "api/operations.h"

#include <algorithm>
#include <iterator>

namespace herald::api {

std::vector<Operation> all_operations(const ApiLimits& limits) {
  std::vector<Operation> all;
  const auto add = [&](std::vector<Operation> family) {
    std::ranges::move(family, std::back_inserter(all));
  };
  add(messaging_operations(limits));
  add(rrpc_operations(limits));
  add(broadcast_operations());
  add(topic_operations());
  add(topic_route_operations());
  add(product_operations());
  add(product_tag_operations());
  add(ram_user_operations());
  add(ram_login_operations());
  add(ram_role_operations());
  add(ram_policy_operations());
  add(sts_operations());
  add(sign_in_operations());
  add(quota_operations());
  add(device_operations());
  add(device_list_operations());
  add(device_tag_operations());
  add(device_application_operations());
  add(device_subscription_operations());
  add(shadow_operations());
  add(thing_command_operations());
  add(thing_data_operations());
  add(thing_original_data_operations());
  add(desired_property_operations());
  add(device_group_operations());
  add(device_group_member_operations());
  add(device_group_tag_operations());
  add(thing_topology_operations());
  add(thing_model_operations());
  add(thing_model_version_operations());
  std::ranges::sort(all, {}, &Operation::name);
  return all;
}

}  // namespace herald::api
