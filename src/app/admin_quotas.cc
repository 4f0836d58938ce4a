#include <algorithm>
#include <charconv>

#include "app/admin_parts.h"
#include "base/wait_for.h"

namespace herald::app {
namespace {

namespace json = boost::json;

std::string words(api::CallsPerSecond calls) {
  return calls ? std::to_string(*calls) : "unlimited";
}

Result<json::value> list(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  json::array rows;
  for (const api::Operation& operation : call.herald.gateway().operations()) {
    const auto own = call.herald.quotas().find(*account, operation.name);
    const auto others = call.herald.gateway().quota_of(operation);
    rows.push_back({{"Operation", operation.name},
                    {"CallsPerSecond", words(own ? own->calls_per_second : others)},
                    {"Others", words(others)},
                    {"Set", own ? "for this account" : ""}});
  }
  return rows;
}

// Errors: malformed.
Result<api::CallsPerSecond> calls_of(const std::string& text) {
  constexpr std::uint32_t calls_max = 1'000'000;
  if (text == "unlimited") return std::nullopt;
  std::uint32_t calls = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, calls);
  if (read.ec != std::errc() || read.ptr != end || calls == 0 || calls > calls_max) {
    return fail(Code::malformed,
                "calls a second are a number from 1 to 1000000, unlimited, or default");
  }
  return calls;
}

Result<json::value> set(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  const std::string operation = call.text("operation");
  const auto operations = call.herald.gateway().operations();
  if (std::ranges::none_of(operations, [&](const auto& each) { return each.name == operation; })) {
    return fail(Code::malformed,
                "there is no operation '" + operation + "'; `herald operations` lists them");
  }
  const std::string calls = call.text("calls");
  if (calls == "default") {
    return nothing(wait_for<void>(
        [&](auto done) { call.herald.quotas().erase(*account, operation, std::move(done)); }));
  }
  const auto wanted = calls_of(calls);
  if (!wanted) return tl::unexpected(wanted.error());
  return nothing(wait_for<void>([&](auto done) {
    call.herald.quotas().put({*account, operation, *wanted}, std::move(done));
  }));
}

}  // namespace

std::vector<AdminCommand> quota_commands() {
  using enum AdminParam::Kind;
  const AdminParam account{"account", "The account, by id or name", positional, true};
  return {{"quota list", "List what an account may call how often", {account}, list},
          {"quota set",
           "Set how often an account may call an operation",
           {account,
            {"operation", "The operation, as BatchPub", positional, true},
            {"calls", "Calls a second, unlimited, or default: as others", positional, true}},
           set}};
}

}  // namespace herald::app
