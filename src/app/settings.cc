#include "app/settings.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "api/operations.h"

namespace herald::app {
namespace {

template <class Number>
Result<Number> number(std::string_view key, std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return fail(Code::malformed, std::string(key) + " takes a whole number from " +
                                     std::to_string(least) + " to " + std::to_string(most) +
                                     ", not '" + std::string(text) + "'");
  }
  return value;
}

struct Setting {
  std::string_view key;
  std::string_view doc;
  std::function<Result<void>(Settings&, std::string_view key, std::string_view value)> apply;
};

// A whole number that lands in `member`, which is reached by `where`.
template <class Where>
auto whole(Where where, std::uint64_t least, std::uint64_t most) {
  return [=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
    const auto read = number<std::uint64_t>(key, value, least, most);
    if (!read) return tl::unexpected(read.error());
    auto& member = where(settings);
    member = std::remove_reference_t<decltype(member)>(*read);
    return {};
  };
}

// A number a second or a minute, or `unlimited`.
template <class Where>
auto rate(Where where) {
  return [=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
    std::optional<std::uint32_t>& member = where(settings);
    if (value == "unlimited") return member.reset(), Result<void>{};
    const auto read = number<std::uint32_t>(key, value, 1, 1'000'000);
    if (!read) return tl::unexpected(read.error());
    member = *read;
    return {};
  };
}

template <class Where>
auto address(Where where) {
  return [=](Settings& settings, std::string_view, std::string_view value) -> Result<void> {
    auto read = net::parse_address(value);
    if (!read) return tl::unexpected(std::move(read.error()));
    where(settings) = std::move(*read);
    return {};
  };
}

template <class Where>
auto text(Where where) {
  return [=](Settings& settings, std::string_view, std::string_view value) -> Result<void> {
    where(settings) = std::string(value);
    return {};
  };
}

Result<void> set_admin(Settings& settings, std::string_view, std::string_view value) {
  settings.admin.chosen = true;
  settings.admin.address.reset();
  if (value == "off") return {};
  auto read = net::parse_address(value);
  if (!read) return tl::unexpected(std::move(read.error()));
  settings.admin.address = std::move(*read);
  return {};
}

Result<void> set_log_level(Settings& settings, std::string_view key, std::string_view value) {
  using log::Level;
  for (const auto& [name, level] :
       {std::pair("debug", Level::debug), std::pair("info", Level::info),
        std::pair("warning", Level::warning), std::pair("error", Level::error)}) {
    if (value != name) continue;
    settings.log_level = level;
    return {};
  }
  return fail(Code::malformed, std::string(key) + " takes debug, info, warning or error, not '" +
                                   std::string(value) + "'");
}

Result<void> set_log_format(Settings& settings, std::string_view key, std::string_view value) {
  if (value != "human" && value != "json") {
    return fail(Code::malformed,
                std::string(key) + " takes human or json, not '" + std::string(value) + "'");
  }
  settings.log_format = value == "json" ? log::Format::json : log::Format::human;
  return {};
}

constexpr std::uint64_t many = 1ULL << 40U;

const std::vector<Setting>& table() {
  using S = Settings&;
  static const std::vector<Setting> settings = {
      {"api", "HOST:PORT of the OpenAPI, HTTP and HTTPS.",
       address([](S s) -> auto& { return s.server.api; })},
      {"mqtt", "HOST:PORT that devices connect to.",
       address([](S s) -> auto& { return s.server.mqtt; })},
      {"mqtt2", "HOST:PORT of a second port for devices; default: none.",
       [](S given, std::string_view, std::string_view value) -> Result<void> {
         auto read = net::parse_address(value);
         if (!read) return tl::unexpected(std::move(read.error()));
         given.server.mqtt2 = std::move(*read);
         return {};
       }},
      {"admin",
       "HOST:PORT of metrics and health, or `off`; default: 127.0.0.1:9180, unless it is taken.",
       set_admin},
      {"admin_token", "Bearer token for /metrics; an address that others reach needs one.",
       text([](S s) -> auto& { return s.admin.token; })},
      {"shards", "Threads with an event loop; 0: one for each core, at least two.",
       whole([](S s) -> auto& { return s.shards; }, 0, 256)},
      {"log.level", "debug, info, warning or error.", set_log_level},
      {"log.format", "human, or json: one object on each line.", set_log_format},
      {"audit.file", "File of the audit log, or `off`; default: the data directory's own.",
       text([](S s) -> auto& { return s.audit_file; })},
      {"audit.bytes", "How long it grows before a new one begins.",
       whole([](S s) -> auto& { return s.audit_bytes; }, limits::KiB, many)},
      {"audit.files", "How many there are, with the older ones.",
       whole([](S s) -> auto& { return s.audit_files; }, 1, 1'000)},
      {"master_key_file",
       "File of the master key; default: HERALD_MASTER_KEY, or the data directory's own.",
       text([](S s) -> auto& { return s.master_key_file; })},
      {"tls.certificate", "PEM file of the certificate chain; default: the data directory's own.",
       text([](S s) -> auto& { return s.tls_certificate; })},
      {"tls.key", "PEM file of its private key.", text([](S s) -> auto& { return s.tls_key; })},
      {"tls.device_ca", "PEM file of the authorities of devices' certificates; default: none.",
       text([](S s) -> auto& { return s.tls_device_authorities; })},
      {"signature.window_minutes", "How far a request's timestamp may be off.",
       whole([](S s) -> auto& { return s.signature_window; }, 1, 31)},
      {"limits.batch_recipients", "DeviceNames that one BatchPub takes.",
       whole([](S s) -> auto& { return s.batch_recipients; }, 1, limits::batch_recipients_ceiling)},
      {"limits.subscriptions", "Subscriptions of one device.",
       whole([](S s) -> auto& { return s.homes.subscriptions_per_device; }, 1, 10'000)},
      {"limits.queue_messages", "QoS 1 messages that wait for one device.",
       whole([](S s) -> auto& { return s.homes.queue_messages_max; }, 1, 10'000'000)},
      {"limits.queue_bytes", "Their payload bytes.",
       whole([](S s) -> auto& { return s.homes.queue_bytes_max; }, 1, (1ULL << 31U) - 1)},
      {"limits.held_bytes", "Payload bytes of waiting messages in memory, for each shard.",
       whole([](S s) -> auto& { return s.homes.held_bytes_max; }, 0, many)},
      {"limits.window", "Unacknowledged QoS 1 messages on one connection.",
       whole([](S s) -> auto& { return s.server.devices.session.window; }, 1, 1024)},
      {"limits.unacknowledged_inbound", "Unacknowledged QoS 1 messages from one connection.",
       whole([](S s) -> auto& { return s.server.devices.session.unacknowledged_inbound_max; }, 1,
             65'535)},
      {"limits.filters_per_subscribe", "Filters in one SUBSCRIBE.",
       whole([](S s) -> auto& { return s.server.devices.session.filters_per_subscribe; }, 1,
             10'000)},
      {"limits.packet_bytes", "The longest packet of MQTT 3.x.",
       whole([](S s) -> auto& { return s.server.devices.session.packet_bytes_max; },
             limits::payload_bytes_max, 256 * limits::MiB)},
      {"limits.keep_alive_min", "The shortest keep-alive, in seconds.",
       whole([](S s) -> auto& { return s.server.devices.session.keep_alive_min; }, 1, 65'535)},
      {"limits.keep_alive_max", "The longest keep-alive, in seconds.",
       whole([](S s) -> auto& { return s.server.devices.session.keep_alive_max; }, 1, 65'535)},
      {"limits.connect_seconds", "How long a device may take to connect, TLS included.",
       whole([](S s) -> auto& { return s.server.devices.session.connect_timeout; }, 1, 600)},
      {"limits.device_connections", "Device connections of one shard.",
       whole([](S s) -> auto& { return s.server.devices.connections_max; }, 1, many)},
      {"limits.half_open", "Connections of one address that have not signed in yet.",
       whole([](S s) -> auto& { return s.server.addresses.half_open_max; }, 1, many)},
      {"limits.half_open_total", "The same of all addresses together.",
       whole([](S s) -> auto& { return s.server.addresses.half_open_total_max; }, 1, many)},
      {"limits.failed_connects", "Refused CONNECTs of one address in a minute.",
       whole([](S s) -> auto& { return s.server.addresses.failures_per_minute; }, 1, many)},
      {"limits.unsent_bytes", "Bytes that wait in one socket for a slow device.",
       whole([](S s) -> auto& { return s.server.devices.unsent_bytes_max; }, 1024, many)},
      {"limits.api_connections", "API connections of one shard.",
       whole([](S s) -> auto& { return s.server.http.connections_max; }, 1, many)},
      {"limits.unauthenticated_bytes", "Bytes of requests whose signature is not checked yet.",
       whole([](S s) -> auto& { return s.server.unauthenticated_bytes_max; }, limits::MiB, many)},
      {"limits.payload_bytes", "The longest payload, both ways.",
       whole([](S s) -> auto& { return s.registry.payload_bytes; }, 1, limits::payload_bytes_max)},
      {"limits.topic_bytes", "The longest custom topic.",
       whole([](S s) -> auto& { return s.registry.topics.bytes; }, 32, 65'535)},
      {"limits.topic_slashes", "The most slashes in a custom topic.",
       whole([](S s) -> auto& { return s.registry.topics.slashes; }, 4, 1'000)},
      {"rates.device_up_qos0", "QoS 0 messages a second from one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_up_qos0; })},
      {"rates.device_up_qos1", "QoS 1 messages a second from one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_up_qos1; })},
      {"rates.device_down", "Messages a second to one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_down; })},
      {"rates.device_connects", "CONNECTs a minute of one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_connects; })},
      {"rates.account_up", "Messages a second from all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_up; })},
      {"rates.account_down", "Messages a second to all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_down; })},
      {"rates.account_connects", "CONNECTs a second of all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_connects; })},
      {"store.waiting_bytes", "Bytes that wait for the disk before calls are refused.",
       whole([](S s) -> auto& { return s.store.waiting_bytes_max; }, limits::MiB, many)},
      {"store.waiting_ms", "The longest that a call waits for the disk before others are refused.",
       whole([](S s) -> auto& { return s.store.waiting_time_max; }, 10, 60'000)},
  };
  return settings;
}

constexpr std::string_view quota_prefix = "quota.";

Result<void> set_quota(Settings& settings, std::string_view key, std::string_view value) {
  const std::string operation(key.substr(quota_prefix.size()));
  const auto operations = api::all_operations();
  if (std::ranges::none_of(operations, [&](const auto& each) { return each.name == operation; })) {
    return fail(Code::malformed, std::string(key) + ": there is no operation '" + operation +
                                     "'; `herald operations` lists them");
  }
  if (value == "unlimited") {
    settings.quotas[operation] = std::nullopt;
    return {};
  }
  const auto calls = number<std::uint32_t>(key, value, 1, 1'000'000);
  if (!calls) return tl::unexpected(calls.error());
  settings.quotas[operation] = *calls;
  return {};
}

Result<void> set_table(Settings& settings, const std::string& prefix, const toml::table& table) {
  for (const auto& [name, node] : table) {
    const std::string key =
        prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
    Result<void> done;
    if (const auto* inner = node.as_table()) {
      done = set_table(settings, key, *inner);
    } else if (const auto* as_text = node.as_string()) {
      done = set(settings, key, as_text->get());
    } else if (const auto* as_number = node.as_integer()) {
      done = set(settings, key, std::to_string(as_number->get()));
    } else {
      done = fail(Code::malformed, key + " takes a text or a whole number");
    }
    if (!done) return done;
  }
  return {};
}

}  // namespace

Result<void> set(Settings& settings, std::string_view key, std::string_view value) {
  if (key.starts_with(quota_prefix)) return set_quota(settings, key, value);
  for (const Setting& setting : table()) {
    if (setting.key == key) return setting.apply(settings, key, value);
  }
  return fail(Code::malformed,
              "there is no setting '" + std::string(key) + "'; `herald serve --help` lists them");
}

Result<void> use_profile(Settings& settings, std::string_view name) {
  if (name != "cloud") {
    return fail(Code::malformed, "there is no profile '" + std::string(name) + "', only cloud");
  }
  settings.rates = rates_of_the_platform();
  return {};
}

Result<void> read_file(Settings& settings, const std::filesystem::path& file) {
  try {
    return set_table(settings, "", toml::parse_file(file.string()));
  } catch (const toml::parse_error& error) {
    return fail(Code::malformed, file.string() + ":" + std::to_string(error.source().begin.line) +
                                     ": " + std::string(error.description()));
  }
}

std::vector<SettingInfo> all_settings() {
  std::vector<SettingInfo> infos;
  for (const Setting& setting : table()) infos.push_back({setting.key, setting.doc});
  infos.push_back({"quota.<Operation>", "Calls a second of one account, or `unlimited`."});
  return infos;
}

}  // namespace herald::app
