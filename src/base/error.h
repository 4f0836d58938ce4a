#pragma once

#include <cstdint>
#include <string>

namespace herald {

// Everything that can be refused or go wrong in operation. api/errors.cc gives each its documented
// code, HTTP status and text; nothing below api/ knows those.
enum class Code : std::uint16_t {
  // The gateway: the request itself. `detail` is the parameter's name where one is meant.
  missing_parameter,
  invalid_parameter,
  invalid_format,
  action_not_found,
  version_not_found,
  access_key_not_found,
  access_key_inactive,
  signature_does_not_match,
  signature_incomplete,
  signature_nonce_used,
  signature_method_invalid,
  timestamp_malformed,
  timestamp_expired,
  security_token_missing,
  security_token_malformed,
  security_token_mismatch,
  security_token_expired,
  http_method_unsupported,
  request_malformed,
  request_too_large,
  throttled_user,
  throttled,
  service_unavailable,
  internal_error,

  // The platform as a whole.
  system_exception,
  illegal_request,
  instance_not_found,
  ram_denied,
  page_invalid,

  // Products.
  product_key_empty,
  product_key_malformed,
  product_not_found,
  product_name_malformed,
  product_name_taken,
  product_description_too_long,
  node_type_invalid,
  commodity_code_invalid,
  product_limit,
  product_has_devices,
  tags_malformed,

  // Devices.
  device_name_empty,
  device_name_malformed,
  device_name_in_list_malformed,
  device_names_missing,
  device_names_too_many,
  device_not_found,
  device_name_taken,
  device_count_exceeded,
  iot_id_invalid,
  device_offline,
  device_inactive,
  application_not_found,
  application_refused,
  device_tags_empty,
  device_tags_malformed,
  device_tags_too_long,
  device_tags_too_many,
  registration_malformed,
  registration_refused,

  // Gateways and sub-devices.
  topology_add_failed,
  topology_remove_failed,
  topology_query_failed,
  topology_full,

  // Messages and topics.
  message_empty,
  message_not_base64,
  message_too_large,
  message_not_found,
  topic_missing,
  topic_malformed,
  topic_category_not_found,
  topic_category_exists,
  topic_category_limit,
  topic_category_id_malformed,
  topic_category_operation_invalid,
  publish_refused,
  idempotent_mismatch,
  rate_limited,
  rrpc_timeout_invalid,
  route_destinations_missing,
  route_destinations_too_many,

  // Device shadows.
  shadow_message_empty,
  shadow_message_not_json,
  shadow_message_too_large,
  shadow_method_missing,
  shadow_method_not_update,
  shadow_version_missing,
  shadow_version_invalid,
  shadow_state_missing,
  shadow_desired_missing,
  shadow_desired_not_object,
  shadow_desired_null,
  shadow_desired_empty,
  shadow_attribute_null,
  shadow_attributes_too_many,

  // Groups.
  group_id_empty,
  group_not_found,
  group_name_malformed,
  group_name_taken,
  group_description_long,
  group_limit,
  group_too_deep,
  group_in_use,
  group_tags_malformed,

  // Thing models.
  product_not_senior,
  product_released,
  tsl_unreadable,
  tsl_malformed,
  thing_model_not_found,
  thing_version_invalid,
  thing_feature_not_found,
  thing_category_differs,

  // What things report and are told.
  parameter_not_json,
  property_not_found,
  property_read_only,
  property_set_failed,
  service_failed,
  validation_exempt,
  device_disabled,
  command_timed_out,
  command_offline,
  command_halfconn,
  command_failed,

  // RAM.
  ram_user_not_found,
  ram_user_exists,
  ram_name_malformed,
  ram_key_not_found,
  ram_limit,
  ram_policy_not_found,
  ram_policy_exists,
  ram_policy_malformed,
  ram_policy_attached,
  ram_policy_not_attached,
  ram_delete_conflict,
  ram_role_not_found,
  ram_role_exists,
  ram_login_not_found,
  ram_login_exists,
  ram_password_weak,
  ram_password_wrong,
  sign_in_refused,
  ram_not_a_user,
  role_not_assumable,
  role_session_malformed,
  no_permission,

  // Inside the program; callers of the API see service_unavailable or internal_error.
  refused,         // Nothing was kept; the same request may be sent again.
  failed,          // The disk failed; nothing was handed on.
  unknown,         // No result in time: it may have been done, or may be yet.
  malformed,       // Stored or received bytes that cannot be read.
  protocol_error,  // Received bytes that can be read and say what they must not.
  absent,
};

struct Error {
  Code code;
  std::string detail;  // Which value was wrong, for people; never a secret.
};

}  // namespace herald
