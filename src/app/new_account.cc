#include "app/new_account.h"

#include <fmt/core.h>

#include <boost/json/serialize.hpp>

#include "app/answer_text.h"
#include "app/development_certificate.h"
#include "app/terminal.h"
#include "base/crypto.h"
#include "base/wait_for.h"

namespace herald::app {

std::string make_password() { return random_name(20); }

Result<NewAccount> create_account(Registry& registry, Registry::AccountDraft draft) {
  std::string password = make_password();
  draft.password = hash_password(password);
  auto made = wait_for<Registry::NewAccount>(
      [&](auto done) { registry.create_account(std::move(draft), std::move(done)); });
  if (!made) return tl::unexpected(std::move(made.error()));
  return NewAccount{std::move(*made), std::move(password)};
}

Result<NewAccount> initialise(Herald& herald, const std::filesystem::path& data,
                              const std::vector<std::string>& hosts, bool public_instance) {
  if (auto made = make_development_certificate(data, hosts); !made) {
    return tl::unexpected(std::move(made.error()));
  }
  return create_account(herald.registry(), {.name = "default", .public_instance = public_instance});
}

boost::json::object described(const NewAccount& made) {
  return {{"AccountId", std::to_string(made.account.id.value)},
          {"AccessKeyId", made.key.id},
          {"AccessKeySecret", made.key.secret},
          {"ConsolePassword", made.console_password},
          {"IotInstanceId", made.instance.id}};
}

void print_new_account(const NewAccount& made, bool as_json) {
  if (as_json) return fmt::print("{}\n", boost::json::serialize(described(made)));
  fmt::print("{}\n\n{}\n", bold("A new account. The secrets are shown this once: keep them."),
             answer_text(described(made)));
}

}  // namespace herald::app
