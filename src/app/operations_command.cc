#include <fmt/core.h>

#include <boost/json/serialize.hpp>
#include <memory>

#include "api/describe.h"
#include "api/operations.h"
#include "app/commands.h"
#include "app/terminal.h"

namespace herald::app {

void add_operations_command(CLI::App& app) {
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("operations", "List the operations of the API");
  command->add_flag("--json", *as_json, "All that is declared, as JSON");
  command->callback([as_json] {
    const auto operations = api::all_operations();
    if (*as_json) return fmt::print("{}\n", boost::json::serialize(api::describe(operations)));
    std::vector<std::vector<std::string>> rows{{"Operation", "Calls a second", "Family"}};
    for (const api::Operation& operation : operations) {
      rows.push_back({std::string(operation.name), std::to_string(operation.calls_per_second),
                      std::string(api::name_of(operation.family))});
    }
    fmt::print("{}", table(rows));
  });
}

}  // namespace herald::app
