#include "app/admin.h"

#include <algorithm>
#include <array>

#include "api/errors.h"
#include "app/admin_parts.h"
#include "base/utf8.h"

namespace herald::app {
namespace {

namespace json = boost::json;

// Errors: malformed.
Result<void> check(const AdminCommand& command, const AdminCall& call) {
  for (const auto& [name, value] : call.arguments) {
    const auto param = std::ranges::find(command.params, std::string_view(name), &AdminParam::name);
    if (param == command.params.end()) {
      return fail(Code::malformed, std::string(command.name) + " takes no " + std::string(name));
    }
    const bool fits = param->kind == AdminParam::Kind::flag
                          ? value.is_bool()
                          : value.is_string() && is_text(value.get_string());
    if (!fits) return fail(Code::malformed, std::string(name) + " is no text");
  }
  for (const AdminParam& param : command.params) {
    const bool given = param.is_file() ? call.file >= 0 : call.has(param.name);
    if (!given && (param.required || param.is_file())) {
      return fail(Code::malformed, std::string(param.name) + " is missing");
    }
  }
  return {};
}

// Of a list as of a change: lists give out names, exports give out secrets.
void audit(const AdminCommand& command, const AdminCall& call, const Result<json::value>& result) {
  json::object resources;
  bool names_account = false;
  for (const AdminParam& param : command.params) {
    if (param.name == "account") names_account = true;
    const auto* given = call.arguments.if_contains(param.name);
    if (given != nullptr && param.kind != AdminParam::Kind::secret) resources[param.name] = *given;
  }
  const AccountId account = names_account ? account_of(call).value_or(AccountId{}) : AccountId{};
  call.herald.audit({.account = account,
                     .identity = "administrator",
                     .operation = command.name,
                     .resources = std::move(resources),
                     .code = result ? "OK" : explain(result.error())});
}

}  // namespace

std::string AdminCall::text(std::string_view name) const {
  const auto* value = arguments.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->get_string());
}

std::span<const AdminCommand> admin_commands() {
  static const std::vector<AdminCommand> commands = [] {
    std::vector<AdminCommand> all;
    for (auto& family : {account_commands(), instance_commands(), ram_commands(), quota_commands(),
                         device_commands(), backup_commands()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return commands;
}

std::span<const AdminTopic> admin_topics() {
  static constexpr std::array<AdminTopic, 7> topics = {
      {{"account", "Accounts, each of which sees nothing of the others"},
       {"instance", "Instances of an account, each with products of its own"},
       {"ram", "RAM users of an account, their keys and policies"},
       {"ram user", "Who calls for an account"},
       {"ram key", "The AccessKeys of a RAM user"},
       {"ram policy", "What RAM users may do"},
       {"quota", "How often an account may call an operation"}}};
  return topics;
}

Result<json::value> run_admin_command(std::string_view name, AdminCall& call) {
  const auto commands = admin_commands();
  const auto command = std::ranges::find(commands, name, &AdminCommand::name);
  if (command == commands.end()) {
    return fail(Code::malformed, "there is no command '" + std::string(name.substr(0, 64)) + "'");
  }
  if (auto fits = check(*command, call); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  auto result = command->run(call);
  audit(*command, call, result);
  return result;
}

std::string explain(const Error& error) {
  // Those from here on are the program's own, and their details are sentences.
  const bool is_own = error.code >= Code::refused;
  return is_own && !error.detail.empty() ? error.detail : api::describe(error).message;
}

}  // namespace herald::app
