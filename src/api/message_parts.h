#pragma once

#include <optional>
#include <string_view>

#include "api/operation.h"

// What operations on a published message declare and do alike.
namespace herald::api {

// One of both is needed. RequestId is there because the typed SDKs do not show a MessageId.
Param<std::optional<MessageId>> message_id_parameter();
Param<std::optional<std::string_view>> request_id_parameter();

// A message that the caller's account published. Whose others are stays between their owners and
// the server. Errors: missing_parameter, message_not_found.
void find_message(std::optional<MessageId> message, std::optional<std::string_view> request,
                  const Context& context, Done<KeptMessage> done);

// How many recipients are in each state.
Reply message_totals(const KeptMessage& kept);
Fields totals_fields();

}  // namespace herald::api
