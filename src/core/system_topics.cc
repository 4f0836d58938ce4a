#include "core/system_topics.h"

#include <optional>
#include <utility>

namespace herald {
namespace {

std::vector<std::string_view> levels_of(std::string_view topic) {
  std::vector<std::string_view> levels;
  for (;;) {
    const auto slash = topic.find('/');
    levels.push_back(topic.substr(0, slash));
    if (slash == topic.npos) return levels;
    topic.remove_prefix(slash + 1);
  }
}

// What the + of a pattern stand for; nothing when the topic is another one.
std::optional<std::vector<std::string_view>> fit(const std::vector<std::string>& pattern,
                                                 const std::vector<std::string_view>& topic,
                                                 const DeviceIdentity& device) {
  std::vector<std::string_view> wildcards;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "#") return wildcards;
    if (i == topic.size()) return std::nullopt;
    if (pattern[i] == "+") {
      wildcards.push_back(topic[i]);
      continue;
    }
    const std::string_view wanted = pattern[i] == "{pk}"   ? device.product.view()
                                    : pattern[i] == "{dn}" ? device.name.view()
                                                           : std::string_view(pattern[i]);
    if (wanted != topic[i]) return std::nullopt;
  }
  if (pattern.size() != topic.size()) return std::nullopt;
  return wildcards;
}

}  // namespace

void SystemTopics::add(std::string_view pattern, Handler handler) {
  const auto levels = levels_of(pattern);
  rows_.push_back({std::vector<std::string>(levels.begin(), levels.end()), std::move(handler)});
}

void SystemTopics::handle(const DeviceIdentity& device, AccountId account,
                          const UplinkMessage& message, UplinkAnswered answered) const {
  const auto levels = levels_of(message.topic);
  for (const Row& row : rows_) {
    auto wildcards = fit(row.levels, levels, device);
    if (!wildcards) continue;
    return row.handler({.device = device,
                        .account = account,
                        .wildcards = std::move(*wildcards),
                        .message = message},
                       std::move(answered));
  }
  answered(UplinkVerdict::taken);
}

}  // namespace herald
