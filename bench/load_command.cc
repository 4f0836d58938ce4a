#include "load_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

namespace herald::bench {
namespace {

// Beside the measured time.
constexpr unsigned lifetime_beyond_seconds = 240;

void print(const Figures& figures, bool json) {
  std::string text;
  for (const auto& [name, value] : figures) {
    text += json ? fmt::format("{}\"{}\": {:.10g}", text.empty() ? "" : ", ", name, value)
                 : fmt::format("{:<26}{:>14.6g}\n", name, value);
  }
  fmt::print("{}", json ? "{" + text + "}\n" : text);
}

}  // namespace

net::Address address(const std::string& text) {
  auto parsed = net::parse_address(text);
  if (!parsed) throw CLI::ValidationError(parsed.error().detail);
  return *parsed;
}

void add_measuring(CLI::App& command, Options& options) {
  command.add_option("--seconds", options.seconds, "Of the measured time")
      ->check(CLI::Range(1, 600));
  command.add_option("--server-pid", options.server_pid)->required();
  command.add_flag("--json", options.json);
}

void add_herald(CLI::App& command, Options& options) {
  command.add_option("--api", options.api, "HOST:PORT")->required();
  command.add_option("--mqtt", options.server, "HOST:PORT")->required();
  command.add_option("--access", options.access, "What herald-setup wrote")->required();
}

void run_with(CLI::App& command, const Options& options, std::function<Result<Figures>()> measure) {
  command.callback([&options, measure = std::move(measure)] {
    ::alarm(options.seconds + lifetime_beyond_seconds);
    const auto figures = measure();
    if (!figures) {
      fmt::print(stderr, "load: {}\n", figures.error().detail);
      throw CLI::RuntimeError(1);
    }
    print(*figures, options.json);
  });
}

}  // namespace herald::bench
