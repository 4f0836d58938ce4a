#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "core/home.h"
#include "core/rates.h"
#include "core/registry.h"
#include "core/shards.h"
#include "net/admin_server.h"
#include "net/server.h"
#include "store/store.h"

namespace herald::app {

// All that an operator may set; configuration.h says where.
struct Settings {
  net::ServerSettings server;
  net::AdminSettings admin;
  HomeLimits homes;
  StoreLimits store;
  ShardIndex shards = 0;  // 0: one for each core but one, at least one.
  RegistryLimits registry;
  RateLimits rates;
  std::size_t batch_recipients = limits::batch_recipients;
  std::chrono::minutes signature_window = limits::timestamp_skew_max;
  // Calls a second of each account, by operation; nothing: unlimited.
  std::map<std::string, std::optional<std::uint32_t>, std::less<>> quotas;
  std::filesystem::path master_key_file;  // Empty: the environment, or the data directory's own.
  std::filesystem::path tls_certificate;  // Empty: the data directory's own.
  std::filesystem::path tls_key;
  std::filesystem::path tls_device_authorities;
  log::Level log_level = log::Level::info;
  log::Format log_format = log::Format::human;
  std::filesystem::path audit_file;  // Empty: the data directory's own. `off`: none.
  std::uint64_t audit_bytes = 64 * limits::MiB;
  std::size_t audit_files = 8;
};

// Sets one value by its dotted key. Errors: malformed (an unknown key, a value that does not fit).
Result<void> set(Settings& settings, std::string_view key, std::string_view value);

// Sets all at once: `cloud` is what the original holds its users to. Errors: malformed.
Result<void> use_profile(Settings& settings, std::string_view name);

// When a change counts: at the next start, or on SIGHUP.
enum class Applies : std::uint8_t { at_start, at_once };

struct SettingInfo {
  std::string key;
  std::string doc;                   // Empty for quotas, which mean the same for each operation.
  std::optional<std::string> value;  // As it stands in TOML; nothing: not set.
  Applies applies = Applies::at_start;
  bool secret = false;  // Its value is never printed or logged.
};
// With their values, quotas of all operations last.
std::vector<SettingInfo> all_settings(Settings settings = {});

}  // namespace herald::app
