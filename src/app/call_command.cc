#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <memory>

#include "api/operations.h"
#include "app/commands.h"
#include "app/endpoint_options.h"
#include "app/terminal.h"

namespace herald::app {
namespace {

struct Options {
  EndpointOptions endpoint;
  std::string operation;
  std::vector<std::string> parameters;
};

// `--DeviceName.1 lamp1 --Qos 1`, as they come.
client::CallParameters parameters_of(const std::vector<std::string>& words) {
  client::CallParameters parameters;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    if (!words[i].starts_with("--") || i + 1 == words.size()) {
      give_up("parameters are given as --Name value, not '" + words[i] + "'");
    }
    parameters.emplace_back(words[i].substr(2), words[i + 1]);
  }
  return parameters;
}

void describe(const api::Operation& operation) {
  fmt::print("{}\n\n{}\n\n", bold(operation.name), operation.summary);
  for (const api::ParamInfo& param : operation.params) {
    fmt::print("  --{:<26}{}{}\n", param.name, param.required ? "(required) " : "", param.doc);
  }
}

bool asks_for_help(const std::vector<std::string>& words) {
  return !words.empty() && (words[0] == "--help" || words[0] == "-h");
}

void describe(std::string_view name) {
  for (const api::Operation& operation : api::all_operations()) {
    if (operation.name == name) return describe(operation);
  }
  give_up("there is no operation " + std::string(name));
}

// An operation that is not known is asked for all the same: the server says so.
std::string_view version_of(std::string_view name) {
  for (const api::Operation& operation : api::all_operations()) {
    if (operation.name == name) return api::service_of(operation.family).version;
  }
  return api::service_of(api::Family::devices).version;
}

void call(const Options& options) {
  client::Caller caller = options.endpoint.caller();
  const auto answer = caller.call(options.operation, parameters_of(options.parameters),
                                  version_of(options.operation));
  if (!answer) give_up(answer.error().detail);
  fmt::print("{}\n", boost::json::serialize(answer->body));
  if (!answer->success()) throw CLI::RuntimeError(1);
}

std::string operation_list() {
  std::string text = "\nOperations; `herald call NAME --help` shows one:\n";
  for (const api::Operation& operation : api::all_operations()) {
    text += fmt::format("  {:<24}{}\n", operation.name, operation.summary);
  }
  return text;
}

}  // namespace

void add_call_command(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("call", "Sign and call one operation of the API");
  options->endpoint.add_to(*command);
  command->add_option("operation", options->operation, "Operation, as BatchPub");
  // What follows the operation belongs to it, --help included.
  command->prefix_command();
  command->set_help_flag();
  command->footer(operation_list);
  command->callback([options, command] {
    options->parameters = command->remaining();
    if (options->operation.empty()) {
      fmt::print("{}", command->help());
    } else if (asks_for_help(options->parameters)) {
      describe(options->operation);
    } else {
      call(*options);
    }
  });
}

}  // namespace herald::app
