#include "api/errors.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace herald::api {
namespace {

constexpr std::string_view contact = "Try again; when it persists, look at the server's log.";

constexpr auto rows = std::to_array<ErrorRow>({
    {Code::missing_parameter, "Missing{}", 400, "{} is mandatory for this action.",
     "Send the parameter."},
    {Code::invalid_parameter, "Invalid{}", 400, "Specified parameter {} is not valid.",
     "Compare the value with the type and bounds of the parameter."},
    {Code::invalid_format, "InvalidParameter.Format", 400,
     "Specified parameter Format is not valid.", "Send JSON or XML, or leave Format out."},
    {Code::action_not_found, "InvalidAction.NotFound", 404,
     "Specified api is not found, please check your url and method.",
     "Compare the action with the list of operations; the path is always /."},
    {Code::version_not_found, "InvalidVersion", 400, "Specified parameter Version is not valid.",
     "Send 2018-01-20."},
    {Code::access_key_not_found, "InvalidAccessKeyId.NotFound", 404,
     "Specified access key is not found.", "Check the AccessKeyId and the endpoint."},
    {Code::access_key_inactive, "InvalidAccessKeyId.Inactive", 400,
     "Specified access key is disabled.", "Enable the key or use another one."},
    {Code::signature_does_not_match, "SignatureDoesNotMatch", 400, "{}",
     "Compare your string to sign with the server's; where they are equal the secret is wrong."},
    {Code::signature_incomplete, "IncompleteSignature", 400,
     "The request signature does not cover {}.", "Send this header and list it in SignedHeaders."},
    {Code::signature_nonce_used, "SignatureNonceUsed", 400,
     "Specified signature nonce was used already.", "Make a new nonce for every request."},
    {Code::signature_method_invalid, "InvalidSignatureMethod", 400,
     "Specified signature method is not valid.",
     "Use HMAC-SHA1 with version 1.0, or ACS3-HMAC-SHA256."},
    {Code::timestamp_malformed, "InvalidTimeStamp.Format", 400,
     "Specified time stamp or date value is not well formatted.",
     "Send YYYY-MM-DDThh:mm:ssZ in UTC."},
    {Code::timestamp_expired, "InvalidTimeStamp.Expired", 400,
     "Specified time stamp or date value is expired.", "Set the clock of the caller."},
    {Code::security_token_missing, "MissingSecurityToken", 400,
     "SecurityToken is mandatory for this action.",
     "Send the token that came with the temporary key."},
    {Code::security_token_malformed, "InvalidSecurityToken.Malformed", 400,
     "Specified SecurityToken is malformed.", "Send the token as AssumeRole answered it."},
    {Code::security_token_mismatch, "InvalidSecurityToken.MismatchWithAccessKey", 400,
     "Specified SecurityToken mismatch with the AccessKey.",
     "Send the token that came with this key; only temporary keys have one."},
    {Code::security_token_expired, "InvalidSecurityToken.Expired", 400,
     "Specified SecurityToken is expired.", "Call AssumeRole again."},
    {Code::http_method_unsupported, "UnsupportedHTTPMethod", 400,
     "Specified HTTP method is not supported.", "Use GET or POST."},
    {Code::request_malformed, "InvalidParameter", 400, "The request cannot be read: {}.",
     "Percent-encode names and values."},
    {Code::request_too_large, "RequestEntityTooLarge", 413, "The request is too large: {}.",
     "Split it into several calls."},
    {Code::throttled_user, "Throttling.User", 400, "Request was denied due to user flow control.",
     "Call less often: the limit of each operation holds for any second."},
    {Code::throttled, "Throttling", 400, "Request was denied due to request throttling.",
     "Call less often."},
    {Code::service_unavailable, "ServiceUnavailable", 503,
     "The request has failed due to a temporary failure of the server.",
     "Nothing was done; send it again a little later."},
    {Code::internal_error, "InternalError", 500,
     "The request processing has failed due to some unknown error.", contact},

    {Code::system_exception, "iot.system.SystemException", 200, "System exception. {}", contact},
    {Code::illegal_request, "iot.system.IllegalRequest", 200, "A request parameter is invalid: {}.",
     "Correct the value that the message names."},
    {Code::instance_not_found, "iot.system.InstanceNotFound", 200, "No such instance: {}.",
     "Check IotInstanceId."},
    {Code::ram_denied, "iot.common.RamActionPermissionDeny", 200,
     "The RAM policy does not allow this operation.", "Have a policy allow iot:<operation>."},
    {Code::page_invalid, "iot.common.InvalidPageParams", 200, "No such page: {}.",
     "Pages start at 1; their size is bounded."},

    {Code::product_key_empty, "iot.prod.NullProductKey", 200, "The ProductKey is empty.",
     "Send the ProductKey."},
    {Code::product_key_malformed, "iot.prod.InvalidFormattedProductkey", 200,
     "The ProductKey is malformed: {}.", "Check the ProductKey."},
    {Code::product_not_found, "iot.prod.NotExistedProduct", 200, "No such product: {}.",
     "Check ProductKey and IotInstanceId: an instance that has an id must be named."},
    {Code::product_name_malformed, "iot.prod.InvalidFormattedProductName", 200,
     "The product name is malformed: {}.",
     "Use 4 to 30 letters, digits, underscores or Chinese, which counts 2."},
    {Code::product_name_taken, "iot.prod.AlreadyExistedProductName", 200,
     "The product name is taken: {}.", "Choose another name."},
    {Code::product_description_too_long, "iot.prod.LongProductDesc", 200,
     "The description of the product is too long.", "Use up to 100 characters."},
    {Code::node_type_invalid, "iot.prod.InvalidNodeType", 200, "No such NodeType: {}.",
     "Send 0 for a device or 1 for a gateway."},
    {Code::commodity_code_invalid, "iot.prod.InvalidAliyunCommodityCode", 200,
     "No such AliyunCommodityCode: {}.", "Send iothub_senior or leave it out."},
    {Code::product_limit, "iot.prod.ProductCountExceedMax", 200, "There are too many products.",
     "Delete products, or raise the configured limit."},
    {Code::product_has_devices, "iot.system.IllegalRequest", 200, "The product has devices: {}.",
     "Somebody registered a device meanwhile: call again."},
    {Code::tags_malformed, "iot.system.IllegalRequest", 200, "These tags cannot be set: {}.",
     "Send up to 10 keys of 1 to 30 letters, digits and dots, each with a value of 1 to 128 "
     "characters; up to 100 are kept."},

    {Code::device_name_empty, "iot.device.NullDeviceName", 200, "A DeviceName is empty.",
     "Send the DeviceName."},
    {Code::device_name_malformed, "iot.device.InvalidFormattedDeviceName", 200,
     "The DeviceName is malformed: {}.", "Use 4 to 32 letters, digits and - _ @ . :"},
    {Code::device_name_in_list_malformed, "iot.device.InvalidFormattedDeviceNameInNameArray", 200,
     "A DeviceName is malformed: {}.", "Use 4 to 32 letters, digits and - _ @ . :"},
    {Code::device_names_missing, "iot.device.NoneDeviceNameElement", 200,
     "The list of devices is empty.", "Name at least one device."},
    {Code::device_names_too_many, "iot.device.TooManyDeviceNamesPerRequest", 200,
     "There are too many devices in one call: {}.", "Split the list into several calls."},
    {Code::device_not_found, "iot.device.NotExistedDevice", 200, "No such device: {}.",
     "Check the DeviceName and the product; nothing was done for any device of the call."},
    {Code::device_name_taken, "iot.device.AlreadyExistedDeviceName", 200,
     "The DeviceName is taken: {}.", "Choose another name."},
    {Code::device_count_exceeded, "iot.device.DeviceCountExceeded", 200,
     "The number of devices is out of bounds: {}.", "Ask for fewer devices at once."},
    {Code::iot_id_invalid, "iot.device.InvalidIoTId", 200, "The IotId is malformed: {}.",
     "Send the IotId that RegisterDevice answered."},
    {Code::device_offline, "iot.device.OfflineDevice", 200, "The device is not connected: {}.",
     "Wait until it is online."},
    {Code::application_not_found, "iot.device.DeviceApplyIsNotFound", 200,
     "No such application: {}.", "Send the ApplyId of a batch call for this product."},
    {Code::application_refused, "iot.device.ApplyManyDevicesFailed", 200,
     "The devices of the application cannot be made: {}.",
     "QueryBatchRegisterDeviceStatus tells which names are in the way."},
    {Code::device_tags_empty, "iot.device.NoneDeviceProperties", 200, "There is no tag in Props.",
     "Send a JSON object with at least one member."},
    {Code::device_tags_malformed, "iot.device.InvalidFormattedDevicePropertiesString", 200,
     "Props is not an object of tags: {}.", "Send a JSON object whose members are texts."},
    {Code::device_tags_too_long, "iot.device.LongDevicePropertiesString", 200, "Props is too long.",
     "Send up to 5 KB."},
    {Code::device_tags_too_many, "iot.device.TooManyDevicePropertiesPerTime", 200,
     "The device would have too many tags.", "Keep up to 100; delete some with DeleteDeviceProp."},
    // Of the device port and /auth/register/device, which have answers of their own.
    {Code::registration_malformed, "InvalidParameter", 400, "The registration is malformed: {}.",
     "Send all fields, over TLS."},
    {Code::registration_refused, "Forbidden", 403, "The registration is refused: {}.",
     "Check the product's secret, its dynamic registration, and the device."},

    {Code::message_empty, "iot.messagebroker.NullMessageContent", 200,
     "The message content is empty.", "Send at least one byte."},
    {Code::message_not_base64, "iot.messagebroker.MessageContentIsNotBase64Encode", 200,
     "The message content is not encoded into the base64 format.",
     "Encode the payload as Base64 and percent-encode the result."},
    {Code::message_too_large, "iot.system.IllegalRequest", 200, "The message is too large: {}.",
     "Send up to 262,144 bytes before encoding."},
    {Code::message_not_found, "iot.messagebroker.NotExistedMessage", 200, "No such message: {}.",
     "Check the id; receipts are kept 7 days after a message's deadline."},
    {Code::topic_missing, "iot.messagebroker.NullTopicName", 200, "No topic is given.",
     "Send TopicShortName or TopicTemplateName."},
    {Code::topic_malformed, "iot.messagebroker.InvalidFormattedTopicName", 200,
     "The topic is malformed: {}.",
     "Custom topics read /${productKey}/${deviceName}/user/ and levels that are not empty."},
    {Code::topic_category_not_found, "iot.messagebroker.TopicTemplateIsNotFound", 200,
     "The product has no such topic category: {}.", "Create it with CreateProductTopic."},
    {Code::topic_category_exists, "iot.messagebroker.TopicAlreadyFound", 200,
     "The product has this topic category already: {}.", "Change it with UpdateProductTopic."},
    {Code::topic_category_limit, "iot.messagebroker.TopicTemplateCountExceedMax", 200,
     "The product has too many topic categories.", "Delete one, or use one with a wildcard."},
    {Code::topic_category_id_malformed, "iot.messagebroker.InvalidFormattedTopicTemplateId", 200,
     "The TopicId is malformed: {}.", "Send the TopicId that CreateProductTopic answered."},
    {Code::topic_category_operation_invalid, "iot.messagebroker.InvalidTopicTemplateOperationValue",
     200, "No such Operation: {}.", "Send PUB, SUB or ALL."},
    {Code::publish_refused, "iot.messagebroker.PublishMessageFailed", 200,
     "The message cannot be published: {}.",
     "Publish to a category that devices may subscribe to."},
    {Code::idempotent_mismatch, "IdempotentParameterMismatch", 400,
     "Specified parameter ClientToken was used within 24 hours with other parameters.",
     "Send a new ClientToken with a new message, and the same one only to repeat a call."},
    {Code::route_destinations_missing, "iot.messagebroker.NoneElementDestTopicNameInArray", 200,
     "The list of destination topics is empty.", "Name at least one DstTopic."},
    {Code::route_destinations_too_many, "iot.messagebroker.DestTopicNameArraySizeIsLarge", 200,
     "There are too many destination topics: {}.", "Route one topic to 100 others at most."},

    {Code::group_id_empty, "iot.group.NullGroupId", 200, "The GroupId is empty.",
     "Send the GroupId that CreateDeviceGroup answered."},
    {Code::group_not_found, "iot.group.NotExistedGroup", 200, "No such group: {}.",
     "QueryDeviceGroupList names them."},
    {Code::group_name_malformed, "iot.group.InvalidGroupName", 200,
     "The group name is malformed: {}.",
     "Use 4 to 30 letters, digits, Chinese characters and _, where Chinese ones count twice."},
    {Code::group_name_taken, "iot.group.GroupNameExisted", 200,
     "There is a group of this name: {}.", "Choose another name."},
    {Code::group_description_long, "iot.group.LongGroupDescError", 200,
     "The description is too long.", "Use at most 100 characters."},
    {Code::group_limit, "iot.group.GroupCountExceedMax", 200, "There are too many groups: {}.",
     "Delete some: an account has up to 1,000 groups, and a group up to 100 in it."},
    {Code::group_too_deep, "iot.group.SuperGroupUnsupport", 200,
     "The group cannot have groups in it: {}.", "Groups go three levels deep."},
    {Code::group_in_use, "iot.group.DeleteGroupFailed", 200, "The group has groups in it: {}.",
     "Delete those first."},
    {Code::group_tags_malformed, "iot.check.InvalidFormattedParameter", 200,
     "The tags are malformed: {}.",
     "Send a JSON list of up to 100 objects with tagKey and tagValue, each key once."},

    // RAM has HTTP statuses of its own.
    {Code::ram_user_not_found, "EntityNotExist.User", 404, "No such user: {}.",
     "ListUsers names them."},
    {Code::ram_user_exists, "EntityAlreadyExists.User", 409, "The user is there already: {}.",
     "Choose another name."},
    {Code::ram_name_malformed, "InvalidParameter.{}.InvalidChars", 400,
     "Specified parameter {} is no name.",
     "Use up to 64 letters, digits and . _ - in names of users and roles, up to 128 letters, "
     "digits "
     "and - in those of policies."},
    {Code::ram_key_not_found, "EntityNotExist.User.AccessKey", 404, "The user has no such key: {}.",
     "ListAccessKeys names them."},
    {Code::ram_limit, "LimitExceeded.{}", 409, "There are too many already: {}.",
     "An account has up to 1,000 users, 1,000 roles and 1,500 policies, a user 2 keys, and users "
     "and roles 20 policies each."},
    {Code::ram_policy_not_found, "EntityNotExist.Policy", 404, "No such policy: {}.",
     "ListPolicies names them; PolicyType is System or Custom."},
    {Code::ram_policy_exists, "EntityAlreadyExists.Policy", 409, "The policy is there already: {}.",
     "Choose another name."},
    {Code::ram_policy_malformed, "InvalidParameter.PolicyDocument", 400,
     "The policy document cannot be read: {}.",
     "Send Version 1 and a list of Statement with Effect, Action or NotAction, and Resource."},
    {Code::ram_policy_attached, "EntityAlreadyExists.{}.Policy", 409,
     "The {} has the policy already.", "Nothing is to be done."},
    {Code::ram_policy_not_attached, "EntityNotExist.{}.Policy", 404,
     "The {} does not have the policy.",
     "ListPoliciesForUser and ListPoliciesForRole name those that they have."},
    {Code::ram_delete_conflict, "DeleteConflict", 409, "It is still used by {}.",
     "Detach policies and delete keys first."},
    {Code::ram_role_not_found, "EntityNotExist.Role", 404, "No such role: {}.",
     "ListRoles names them."},
    {Code::ram_role_exists, "EntityAlreadyExists.Role", 409, "The role is there already: {}.",
     "Choose another name."},
    {Code::ram_login_not_found, "EntityNotExist.User.LoginProfile", 404,
     "The user has no login profile: {}.", "CreateLoginProfile makes one."},
    {Code::ram_login_exists, "EntityAlreadyExists.User.LoginProfile", 409,
     "The user has a login profile already: {}.", "Call UpdateLoginProfile."},
    {Code::ram_password_weak, "InvalidParameter.Password.TooWeak", 400,
     "The password is too weak: {}.",
     "Use 8 to 128 characters, with three of lower case, upper case, digits and signs."},
    {Code::ram_password_wrong, "InvalidParameter.OldPassword.Mismatch", 400,
     "The old password is not the right one.", "An administrator can call UpdateLoginProfile."},
    {Code::ram_not_a_user, "InvalidOperatorType.User", 403, "Only RAM users may do this.",
     "Sign with a key of the RAM user."},
    {Code::role_not_assumable, "NoPermission", 403,
     "The role may not be assumed by this caller: {}.",
     "Call as a RAM user or role that the role's trust policy names and that may call "
     "sts:AssumeRole."},
    {Code::role_session_malformed, "InvalidParameter.RoleSessionName", 400,
     "The role session name is malformed: {}.", "Use 2 to 64 letters, digits and . @ - _."},
    {Code::no_permission, "NoPermission", 403, "The RAM policy does not allow this operation.",
     "Have a policy allow ram:<operation>, or sts:<operation> of STS."},

    // What goes wrong inside reaches callers as one of these.
    {Code::refused, "ServiceUnavailable", 503,
     "The request has failed due to a temporary failure of the server.",
     "Nothing was done; send it again a little later."},
    {Code::failed, "InternalError", 500,
     "The request processing has failed due to some unknown error.", contact},
    {Code::unknown, "GatewayTimeout", 504,
     "The server has no result of the request yet; it may take effect or not.",
     "Send it again with the same ClientToken, if the operation takes one, and it takes effect "
     "once; or ask what became of it."},
    {Code::malformed, "InternalError", 500,
     "The request processing has failed due to some unknown error.", contact},
    {Code::protocol_error, "InternalError", 500,
     "The request processing has failed due to some unknown error.", contact},
    {Code::absent, "InternalError", 500,
     "The request processing has failed due to some unknown error.", contact},
});

// The rows stand in the order of base/error.h, one for each code.
constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].code) != i) return false;
  }
  return rows.size() == static_cast<std::size_t>(Code::absent) + 1;
}
static_assert(in_order());

std::string filled(std::string_view pattern, std::string_view detail) {
  std::string text(pattern);
  if (const auto at = text.find("{}"); at != text.npos) text.replace(at, 2, detail);
  return text;
}

}  // namespace

std::span<const ErrorRow> error_rows() { return rows; }

const ErrorRow& row_of(Code code) { return rows.at(static_cast<std::size_t>(code)); }

ApiError describe(const Error& error) {
  const ErrorRow& row = row_of(error.code);
  const std::string detail = made_text(error.detail);  // It may quote the caller.
  return {filled(row.name, detail), filled(row.message, detail), row.status};
}

}  // namespace herald::api
