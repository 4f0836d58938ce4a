#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "app/herald.h"

namespace herald::app {

struct NewAccount : Registry::NewAccount {
  std::string console_password;
};

// With a password for the console. Errors: those of Registry::create_account.
Result<NewAccount> create_account(Registry& registry, Registry::AccountDraft draft);
std::string make_password();

// Makes an empty data directory usable: an account with its default instance and access key, and a
// certificate for `hosts`. Errors: failed.
Result<NewAccount> initialise(Herald& herald, const std::filesystem::path& data,
                              const std::vector<std::string>& hosts, bool public_instance = false);

// The only time that the secrets are shown.
boost::json::object described(const NewAccount& made);
void print_new_account(const NewAccount& made, bool as_json);

}  // namespace herald::app
