#pragma once

#include "app/admin.h"

// What administrative commands have in common, and their families.
namespace herald::app {

std::vector<AdminCommand> account_commands();
std::vector<AdminCommand> instance_commands();
std::vector<AdminCommand> ram_commands();
std::vector<AdminCommand> quota_commands();
std::vector<AdminCommand> device_commands();
std::vector<AdminCommand> backup_commands();

// The parameter that says which account is meant, and the one that says which of its instances.
AdminParam account_option();
AdminParam instance_option();

// The account that is meant, by id or name; where nothing is said, the only one. Errors: malformed.
Result<AccountId> account_of(const AdminCall& call);
// The id of the instance that is meant; where nothing is said, the account's only one. Errors:
// malformed.
Result<std::string> instance_of(const AdminCall& call, AccountId account);

// A name for people: up to 64 characters, not empty. Errors: malformed.
Result<std::string> name_of(const AdminCall& call);

// Nothing to tell, or the error.
Result<boost::json::value> nothing(Result<void> done);

}  // namespace herald::app
