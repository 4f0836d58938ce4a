// Any bytes as what devices and applications say to a shadow, one message in each line: every reply
// and every document can be read again, and what was kept stays within its bounds.
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "core/shadow_rules.h"
#include "thing/json_text.h"

namespace {

namespace json = boost::json;
namespace shadow = herald::shadow;
namespace thing = herald::thing;
using herald::fuzz::check;

constexpr herald::Time now = herald::time_of(1'700'000'000'000);

json::value readable(std::string_view text, const char* what) {
  auto value = thing::parse_json(text);
  check(value && value->is_object(), what);
  return *std::move(value);
}

void check_document(const std::string& document) {
  const json::value value = readable(document, "a document is JSON");
  check(thing::print_json(value.at("state")).size() <= shadow::bytes_max,
        "a state is not too large");
  check(shadow::shown(document) == document, "a document reads the same again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string document;
  while (!rest.empty()) {
    // What a line begins with says who speaks.
    const auto end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    const bool by_application = line.starts_with('a') || line.starts_with('m');
    const bool merge = line.starts_with('m');
    if (by_application) line.remove_prefix(1);
    if (by_application) {
      const auto made = shadow::change(document, line, merge, now);
      if (!made) continue;
      readable(made->push, "a push is JSON");
      check_document(made->document);
      document = made->document;
    } else {
      const auto answer = shadow::answer_device(document, line, now);
      readable(answer.reply, "a reply is JSON");
      if (!answer.document) continue;
      check_document(*answer.document);
      document = *answer.document;
    }
  }
  return 0;
}
