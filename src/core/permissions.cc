#include "core/permissions.h"

#include <algorithm>
#include <array>
#include <optional>

#include "model/topic.h"

namespace herald {
namespace {

// Patterns in which {pk} and {dn} stand for the device's own names.
constexpr std::array<std::string_view, 14> system_topics = {
    "/sys/{pk}/{dn}/thing/#",
    "/sys/{pk}/{dn}/_thing/#",
    "/sys/{pk}/{dn}/rrpc/#",
    "/sys/{pk}/{dn}/broadcast/#",
    "/sys/{pk}/{dn}/bootstrap/#",
    "/shadow/get/{pk}/{dn}",
    "/shadow/update/{pk}/{dn}",
    "/ext/ntp/{pk}/{dn}/#",
    "/ext/session/{pk}/{dn}/#",
    "/ext/error/{pk}/{dn}",
    "/ext/rrpc/#",
    "/ota/device/+/{pk}/{dn}",
    "/ext/register",
    "/ext/regnwl",
};

std::string own(std::string_view pattern, const Product& product, const DeviceName& device) {
  std::string text(pattern);
  if (const auto at = text.find("{pk}"); at != text.npos) text.replace(at, 4, product.key.view());
  if (const auto at = text.find("{dn}"); at != text.npos) text.replace(at, 4, device.view());
  return text;
}

bool is_own_system_topic(const Product& product, const DeviceName& device,
                         std::string_view filter) {
  return std::ranges::any_of(system_topics, [&](std::string_view pattern) {
    return covers(own(pattern, product, device), filter);
  });
}

// What follows /{pk}/{dn}/user/ when the text is that of a custom topic of this device.
std::optional<std::string_view> suffix_of(const Product& product, const DeviceName& device,
                                          std::string_view text) {
  const auto take = [&text](std::string_view part) {
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    return true;
  };
  const bool is_custom =
      take("/") && take(product.key.view()) && take("/") && take(device.view()) && take("/user/");
  if (!is_custom) return std::nullopt;
  return text;
}

bool fits(std::string_view text, const TopicLimits& limits) {
  return text.size() <= limits.bytes &&
         static_cast<std::size_t>(std::ranges::count(text, '/')) <= limits.slashes;
}

bool category_allows(const Product& product, std::string_view suffix, bool (*allows)(Permission)) {
  return std::ranges::any_of(product.topics, [&](const TopicCategory& category) {
    return allows(category.permission) && covers(category.suffix, suffix);
  });
}

}  // namespace

bool may_subscribe(const Product& product, const DeviceName& device, std::string_view wanted,
                   const TopicLimits& limits) {
  const auto share = parse_share(wanted);
  if (!share || !is_topic_filter(share->filter)) return false;
  const std::string_view filter = share->filter;
  if (const auto suffix = suffix_of(product, device, filter)) {
    return fits(filter, limits) && category_allows(product, *suffix, may_subscribe);
  }
  return is_own_system_topic(product, device, filter) ||
         covers("/broadcast/" + product.key.text() + "/#", filter);
}

bool may_publish(const Product& product, const DeviceName& device, std::string_view topic,
                 const TopicLimits& limits) {
  if (!is_topic_name(topic)) return false;
  if (const auto suffix = suffix_of(product, device, topic)) {
    return fits(topic, limits) && category_allows(product, *suffix, may_publish);
  }
  return is_own_system_topic(product, device, topic) ||
         covers("/broadcast/" + product.key.text() + "/#", topic);
}

}  // namespace herald
