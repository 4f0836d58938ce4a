#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.h"

int main(int argc, char** argv) {
  CLI::App app(
      "Herald: a server for applications and devices written for Alibaba Cloud IoT Platform.");
  app.name("herald");
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  herald::app::add_serve_command(app);
  herald::app::add_init_command(app);
  herald::app::add_admin_commands(app);
  herald::app::add_call_command(app);
  herald::app::add_device_command(app);
  herald::app::add_demo_command(app);
  herald::app::add_config_command(app);
  herald::app::add_key_command(app);
  herald::app::add_restore_command(app);
  herald::app::add_verify_command(app);
  herald::app::add_operations_command(app);
  herald::app::add_version_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    // Starting is the only place where libraries may throw.
    std::cerr << "herald: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
