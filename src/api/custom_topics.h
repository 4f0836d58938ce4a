#pragma once

#include <string_view>

#include "base/result.h"
#include "model/records.h"

namespace herald::api {

// A suffix for a new category. Only devices that subscribe may be given wildcards:
// operations.md, CreateProductTopic. Errors: topic_malformed.
Result<void> check_category(const Product& product, std::string_view suffix, Permission permission,
                            const TopicLimits& limits);

// Whether devices of the product may receive what is published under the suffix, by a category of
// that suffix or one whose wildcards cover it. `name_size` is the longest DeviceName's.
// Errors: topic_malformed, topic_category_not_found, publish_refused.
Result<void> check_receivable(const Product& product, std::string_view suffix,
                              std::size_t name_size, const TopicLimits& limits);

}  // namespace herald::api
