#pragma once

#include <CLI/App.hpp>

// One function for each subcommand: declares its options and what runs when it is chosen. What runs
// throws CLI::RuntimeError with the exit status when it fails; it has said why by then.
namespace herald::app {

void add_init_command(CLI::App& app);
void add_serve_command(CLI::App& app);
void add_admin_commands(CLI::App& app);
void add_call_command(CLI::App& app);
void add_device_command(CLI::App& app);
void add_demo_command(CLI::App& app);
void add_config_command(CLI::App& app);
void add_key_command(CLI::App& app);
void add_restore_command(CLI::App& app);
void add_verify_command(CLI::App& app);
void add_operations_command(CLI::App& app);
void add_version_command(CLI::App& app);

}  // namespace herald::app
