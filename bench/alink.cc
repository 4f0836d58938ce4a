#include "alink.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "ledger.h"

namespace herald::bench {
namespace {

constexpr std::string_view before_items =
    R"({"method":"thing.service.property.set","id":"1234567890","params":)";
constexpr std::string_view after_items = R"(,"version":"1.0"})";
constexpr std::string_view before_stamp = R"({"Stamp":")";
constexpr std::string_view after_stamp = R"("})";
constexpr std::size_t stamp_text_bytes = (payload_bytes_min + 2) / 3 * 4;  // In Base64.

}  // namespace

std::string thing_model() {
  std::string properties = R"({"identifier":"Stamp","name":"Stamp","accessMode":"rw",)"
                           R"("dataType":{"type":"text","specs":{"length":"10240"}}})";
  for (std::size_t i = 0; i < number_properties; ++i) {
    properties +=
        fmt::format(R"(,{{"identifier":"P{0}","name":"P{0}","accessMode":"rw",)"
                    R"("dataType":{{"type":"int","specs":{{"min":"0","max":"2147483647"}}}}}})",
                    i);
  }
  return R"({"properties":[)" + properties + "]}";
}

std::string property_report(std::uint32_t id, std::size_t properties, std::uint32_t value) {
  std::string report = fmt::format(R"({{"id":"{}","version":"1.0","params":{{)", id);
  for (std::size_t i = 0; i < properties; ++i) {
    fmt::format_to(std::back_inserter(report), R"({}"P{}":{})", i == 0 ? "" : ",", i, value + i);
  }
  return report += R"(},"method":"thing.event.property.post"})";
}

bool is_success(std::string_view reply) { return reply.find(R"("code":200)") != reply.npos; }

std::string items_with(std::string_view stamp, std::size_t size) {
  std::string text = to_base64(stamp);
  const std::size_t around =
      before_items.size() + before_stamp.size() + after_stamp.size() + after_items.size();
  if (size > around + text.size()) text.resize(size - around, 'x');
  return std::string(before_stamp) + text + std::string(after_stamp);
}

std::string set_message(std::string_view stamp, std::size_t size) {
  return std::string(before_items) + items_with(stamp, size) + std::string(after_items);
}

std::string stamp_of(std::string_view message) {
  const auto at = message.find(before_stamp);
  if (at == message.npos) return {};
  return from_base64(message.substr(at + before_stamp.size(), stamp_text_bytes)).value_or("");
}

}  // namespace herald::bench
