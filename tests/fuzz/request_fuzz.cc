// Any bytes as a request to the gateway of an empty platform: it answers each exactly once, and
// never by running an operation, for nobody has a key.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/canonical.h"
#include "api/testing.h"
#include "check.h"

namespace herald::api {
namespace {

using fuzz::check;

// The next line of the input, without its end.
std::string take_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  std::string line(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

// Method, target, headers up to an empty line, body.
HttpRequest request_of(std::string_view input) {
  HttpRequest request{.method = take_line(input), .target = take_line(input)};
  for (std::string line = take_line(input); !line.empty(); line = take_line(input)) {
    const auto colon = std::min(line.find(':'), line.size());
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(std::min(colon + 1, line.size())));
  }
  request.body = input;
  return request;
}

void check_params(const HttpRequest& request) {
  const auto params = Params::parse(request.target, request.body);
  if (!params) return;
  std::string_view last;
  for (const Parameter& each : params->sorted()) {
    check(last <= each.name, "parameters are sorted");
    last = each.name;
    (void)params->list(each.name.substr(0, each.name.find('.')));
  }
  // Written as a query and read again they are the same.
  TextSink text;
  for (const Parameter& each : params->sorted()) {
    add_parameter(text, each, plain_marks, /*first=*/&each == &params->sorted().front());
  }
  const std::string query = text.text();
  const auto again = Params::parse(query, "");
  check(again.has_value(), "what is escaped can be read");
  check(std::ranges::equal(params->sorted(), again->sorted(), {}, &Parameter::value,
                           &Parameter::value),
        "what is escaped reads the same");
}

}  // namespace
}  // namespace herald::api

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static herald::api::testing::TestPlatform platform;
  const herald::api::HttpRequest request =
      herald::api::request_of({reinterpret_cast<const char*>(data), size});
  herald::api::check_params(request);
  int answers = 0;
  platform.gateway.handle(request, [&](const herald::api::HttpResponse& response) {
    ++answers;
    herald::fuzz::check(response.status >= 400, "strangers are refused");
    if (response.content_type.starts_with("application/json")) {
      boost::json::error_code error;
      (void)boost::json::parse(response.body, error);
      herald::fuzz::check(!error, "answers are JSON");
    }
  });
  herald::fuzz::check(answers == 1, "one answer");
  return 0;
}
