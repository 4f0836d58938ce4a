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

// All that an operator may set: by a TOML file, by --set, by the options of `serve`.
struct Settings {
  net::ServerSettings server;
  net::AdminSettings admin;
  HomeLimits homes;
  StoreLimits store;
  ShardIndex shards = 0;  // 0: one for each core, at least two.
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

// Every key of a TOML file. Errors: failed, malformed, with the key or the line.
Result<void> read_file(Settings& settings, const std::filesystem::path& file);

struct SettingInfo {
  std::string_view key;
  std::string_view doc;
};
std::vector<SettingInfo> all_settings();

}  // namespace herald::app
