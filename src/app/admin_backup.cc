#include "app/admin_parts.h"

namespace herald::app {
namespace {

Result<boost::json::value> back_up(AdminCall& call) {
  return nothing(call.herald.back_up(call.text("folder")));
}

}  // namespace

std::vector<AdminCommand> backup_commands() {
  return {
      {"backup",
       "Copy the data directory as it is at this moment, keys included; herald restore takes it",
       {{"folder", "A new folder", AdminParam::Kind::folder, true}},
       back_up}};
}

}  // namespace herald::app
