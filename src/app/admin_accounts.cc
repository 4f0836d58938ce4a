#include <algorithm>

#include "api/times.h"
#include "app/admin_parts.h"
#include "app/new_account.h"
#include "base/crypto.h"
#include "base/wait_for.h"
#include "model/names.h"

namespace herald::app {
namespace {

namespace json = boost::json;

// Ids of temporary credentials begin so.
constexpr std::string_view temporary = "STS.";

// Both or none. Errors: malformed.
Result<void> check_key(const std::string& id, const std::string& secret) {
  constexpr std::size_t id_size_max = 64, secret_size_min = 8, secret_size_max = 128;
  if (id.empty() && secret.empty()) return {};
  if (id.empty() || secret.empty()) {
    return fail(Code::malformed, "an AccessKey has an id and a secret");
  }
  const bool is_id = id.size() <= id_size_max && std::ranges::all_of(id, [](char c) {
                       return is_letter_or_digit(c) || is_one_of("-_.", c);
                     });
  if (!is_id) {
    return fail(Code::malformed, "an AccessKeyId has up to 64 letters, digits and - _ .");
  }
  if (id.starts_with(temporary)) {
    return fail(Code::malformed, "ids that begin with STS. are those of temporary credentials");
  }
  const bool is_secret = secret.size() >= secret_size_min && secret.size() <= secret_size_max &&
                         std::ranges::all_of(secret, [](char c) { return c > ' ' && c < '\x7f'; });
  if (!is_secret) {
    return fail(Code::malformed, "an AccessKeySecret has 8 to 128 printable characters");
  }
  return {};
}

// Accounts are named on the command line. Errors: malformed, refused.
Result<std::string> new_name(const AdminCall& call) {
  auto name = name_of(call);
  if (!name) return name;
  if (std::ranges::all_of(*name, [](char c) { return c >= '0' && c <= '9'; })) {
    return fail(Code::malformed, "a name of digits only would be taken for an id");
  }
  const auto accounts = call.herald.registry().accounts();
  if (std::ranges::find(accounts, *name, &Account::name) != accounts.end()) {
    return fail(Code::refused, "there is an account '" + *name + "' already");
  }
  return name;
}

Result<json::value> create(AdminCall& call) {
  auto name = new_name(call);
  if (!name) return tl::unexpected(std::move(name.error()));
  Registry::AccountDraft draft{.name = std::move(*name),
                               .key_id = call.text("access-key-id"),
                               .key_secret = call.text("access-key-secret"),
                               .public_instance = call.has("public-instance")};
  if (auto fits = check_key(draft.key_id, draft.key_secret); !fits) {
    return tl::unexpected(std::move(fits.error()));
  }
  auto made = create_account(call.herald.registry(), std::move(draft));
  if (!made) return tl::unexpected(std::move(made.error()));
  return described(*made);
}

Result<json::value> list(AdminCall& call) {
  const Registry& registry = call.herald.registry();
  json::array rows;
  for (const Account& account : registry.accounts()) {
    rows.push_back({{"AccountId", std::to_string(account.id.value)},
                    {"Name", account.name},
                    {"Created", api::timestamp_text(account.created)},
                    {"Instances", registry.instances_of(account.id).size()},
                    {"AccessKeys", registry.access_keys_of(account.id, "").size()}});
  }
  return rows;
}

// What is new is there before what is old goes.
Result<json::value> reset(AdminCall& call) {
  const auto account = account_of(call);
  if (!account) return tl::unexpected(account.error());
  Registry& registry = call.herald.registry();
  const auto before = registry.access_keys_of(*account, "");
  const auto key = wait_for<AccessKey>(
      [&](auto done) { call.herald.ram().create_account_key(*account, std::move(done)); });
  if (!key) return tl::unexpected(key.error());
  const std::string password = make_password();
  auto set = wait_for<void>([&](auto done) {
    registry.set_password(*account, hash_password(password), std::move(done));
  });
  if (!set) return tl::unexpected(std::move(set.error()));
  std::size_t revoked = 0;
  for (const auto& old : before) {
    if (!call.has("revoke")) break;
    auto gone =
        wait_for<void>([&](auto done) { registry.delete_access_key(old->id, std::move(done)); });
    if (!gone) return tl::unexpected(std::move(gone.error()));
    ++revoked;
  }
  return json::object{{"AccountId", std::to_string(account->value)},
                      {"AccessKeyId", key->id},
                      {"AccessKeySecret", key->secret},
                      {"ConsolePassword", password},
                      {"RevokedAccessKeys", revoked}};
}

}  // namespace

std::vector<AdminCommand> account_commands() {
  using enum AdminParam::Kind;
  return {
      {"account create",
       "Make an account with an AccessKey and a default instance",
       {{"name", "Its name, for people and on the command line", positional, true},
        {"access-key-id", "An AccessKeyId that applications have already"},
        {"access-key-secret", "Its secret; - reads it from standard input", secret},
        {"public-instance", "The default instance has no id, and calls need not name it", flag}},
       create,
       "A new account. The secrets are shown this once: keep them."},
      {"account list", "List the accounts", {}, list},
      {"account reset",
       "Give an account a new AccessKey and console password",
       {{"account", "The account, by id or name", positional, true},
        {"revoke", "Delete the AccessKeys that the account itself had", flag}},
       reset,
       "A new key and password. The secrets are shown this once: keep them."}};
}

}  // namespace herald::app
