#pragma once

#include <cstddef>
#include <vector>

#include "api/operation.h"
#include "base/limits.h"

namespace herald::api {

// Bounds of operations that an operator may move.
struct ApiLimits {
  std::size_t batch_recipients = limits::batch_recipients;  // Up to batch_recipients_ceiling.
  std::size_t payload_bytes = limits::payload_bytes_max;    // At most.
};

// Each family's operations, in the file of its name.
std::vector<Operation> messaging_operations(const ApiLimits& limits);
std::vector<Operation> rrpc_operations(const ApiLimits& limits);
std::vector<Operation> broadcast_operations();
std::vector<Operation> topic_operations();
std::vector<Operation> topic_route_operations();
std::vector<Operation> product_operations();
std::vector<Operation> product_tag_operations();
std::vector<Operation> ram_user_operations();
std::vector<Operation> ram_login_operations();
std::vector<Operation> ram_role_operations();
std::vector<Operation> ram_policy_operations();
std::vector<Operation> sts_operations();
std::vector<Operation> sign_in_operations();
std::vector<Operation> quota_operations();
std::vector<Operation> device_operations();
std::vector<Operation> device_list_operations();
std::vector<Operation> device_tag_operations();
std::vector<Operation> device_application_operations();
std::vector<Operation> device_subscription_operations();
std::vector<Operation> shadow_operations();
std::vector<Operation> thing_command_operations();
std::vector<Operation> thing_data_operations();
std::vector<Operation> thing_original_data_operations();
std::vector<Operation> desired_property_operations();
std::vector<Operation> device_group_operations();
std::vector<Operation> device_group_member_operations();
std::vector<Operation> device_group_tag_operations();
std::vector<Operation> thing_model_operations();
std::vector<Operation> thing_model_version_operations();
std::vector<Operation> thing_topology_operations();

// All of them, by name.
std::vector<Operation> all_operations(const ApiLimits& limits = {});

}  // namespace herald::api
