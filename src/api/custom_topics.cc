#include "api/custom_topics.h"

#include <algorithm>

namespace herald::api {
namespace {

bool fits_limits(const Product& product, std::string_view suffix, std::size_t name_size,
                 const TopicLimits& limits) {
  const TopicTemplate topic = TopicTemplate::custom(product.key, suffix);
  const auto slashes = [](std::string_view text) { return std::ranges::count(text, '/'); };
  return topic.before().size() + name_size + topic.after().size() <= limits.bytes &&
         slashes(topic.before()) + slashes(topic.after()) <=
             static_cast<std::ptrdiff_t>(limits.slashes);
}

bool has_empty_level(std::string_view suffix) {
  return suffix.starts_with('/') || suffix.ends_with('/') || suffix.find("//") != suffix.npos;
}

}  // namespace

Result<void> check_category(const Product& product, std::string_view suffix, Permission permission,
                            const TopicLimits& limits) {
  const bool fits = is_category_suffix(suffix, permission == Permission::sub) &&
                    fits_limits(product, suffix, DeviceNameRule::size_max, limits);
  if (!fits) return fail(Code::topic_malformed, std::string(suffix.substr(0, 128)));
  return {};
}

Result<void> check_receivable(const Product& product, std::string_view suffix,
                              std::size_t name_size, const TopicLimits& limits) {
  const bool fits = is_topic_name(suffix) && !has_empty_level(suffix) && !suffix.starts_with('$') &&
                    fits_limits(product, suffix, name_size, limits);
  if (!fits) return fail(Code::topic_malformed, std::string(suffix.substr(0, 128)));
  bool known = false;
  for (const TopicCategory& category : product.topics) {
    if (!matches(category.suffix, suffix)) continue;
    if (may_subscribe(category.permission)) return {};
    known = true;
  }
  if (!known) return fail(Code::topic_category_not_found, std::string(suffix));
  return fail(Code::publish_refused, "devices may not subscribe to " + std::string(suffix));
}

}  // namespace herald::api
