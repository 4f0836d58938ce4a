#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/herald.h"

namespace herald::app {

// Makes an empty data directory usable: an account with its default instance and access key, and a
// certificate for `hosts`. Errors: failed.
Result<Registry::NewAccount> initialise(Herald& herald, const std::filesystem::path& data,
                                        const std::vector<std::string>& hosts);

// The only time that the secret is shown.
void print_new_account(const Registry::NewAccount& made, bool as_json);

}  // namespace herald::app
