#include "app/settings.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <functional>

#include "api/operations.h"
#include "app/suggestion.h"

namespace herald::app {
namespace {

// TOML writes texts as JSON does.
std::string in_toml(std::string_view text) { return boost::json::serialize(text); }

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

Result<std::optional<std::uint32_t>> rate_of(std::string_view key, std::string_view value) {
  if (value == "unlimited") return std::nullopt;
  const auto read = number<std::uint32_t>(key, value, 1, 1'000'000);
  if (!read) {
    return fail(Code::malformed, read.error().detail + "; or `unlimited`");
  }
  return *read;
}

// How a value is read and shown, as it stands in TOML; nothing to show: it is not set.
struct Kind {
  std::function<Result<void>(Settings&, std::string_view key, std::string_view value)> apply;
  std::function<std::optional<std::string>(Settings&)> show;
};

struct Setting {
  std::string_view key;
  std::string_view doc;
  Kind kind;
  Applies applies = Applies::at_start;
  bool secret = false;
};

template <class T>
std::optional<std::string> shown(const T& value) {
  if constexpr (requires { value.count(); }) {
    return std::to_string(value.count());
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    const std::string as_text(value);
    return as_text.empty() ? std::nullopt : std::optional(in_toml(as_text));
  }
}
std::string shown_rate(const std::optional<std::uint32_t>& value) {
  return value ? std::to_string(*value) : in_toml("unlimited");
}
std::string shown_address(const net::Address& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return in_toml((is_v6 ? "[" + address.host + "]" : address.host) + ":" +
                 std::to_string(address.port));
}

// In each of these, `where` reaches the member.

// A whole number.
template <class Where>
Kind whole(Where where, std::uint64_t least, std::uint64_t most) {
  return {[=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
            const auto read = number<std::uint64_t>(key, value, least, most);
            if (!read) return tl::unexpected(read.error());
            auto& member = where(settings);
            member = std::remove_reference_t<decltype(member)>(*read);
            return {};
          },
          [=](Settings& settings) { return shown(where(settings)); }};
}

// A number a second or a minute, or `unlimited`.
template <class Where>
Kind rate(Where where) {
  return {[=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
            auto read = rate_of(key, value);
            if (!read) return tl::unexpected(std::move(read.error()));
            where(settings) = *read;
            return {};
          },
          [=](Settings& settings) { return shown_rate(where(settings)); }};
}

template <class Where>
Kind address(Where where) {
  return {[=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
            auto read = net::parse_address(value);
            if (!read) {
              return fail(Code::malformed, std::string(key) + ": " + read.error().detail);
            }
            where(settings) = std::move(*read);
            return {};
          },
          [=](Settings& settings) -> std::optional<std::string> {
            const std::optional<net::Address> value = where(settings);
            if (!value) return std::nullopt;
            return shown_address(*value);
          }};
}

template <class Where>
Kind text(Where where) {
  return {[=](Settings& settings, std::string_view, std::string_view value) -> Result<void> {
            where(settings) = std::string(value);
            return {};
          },
          [=](Settings& settings) { return shown(where(settings)); }};
}

// An address, or `off`.
Kind admin_address() {
  return {[](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
            settings.admin.chosen = true;
            settings.admin.address.reset();
            if (value == "off") return {};
            auto read = net::parse_address(value);
            if (!read) {
              return fail(Code::malformed, std::string(key) + ": " + read.error().detail);
            }
            settings.admin.address = std::move(*read);
            return {};
          },
          [](Settings& settings) -> std::optional<std::string> {
            if (!settings.admin.chosen) return std::nullopt;
            return settings.admin.address ? shown_address(*settings.admin.address) : in_toml("off");
          }};
}

// One of several words, each for a value.
template <class Where, class Value>
Kind word(Where where, std::vector<std::pair<std::string_view, Value>> words) {
  return {[=](Settings& settings, std::string_view key, std::string_view value) -> Result<void> {
            std::string all;
            for (const auto& [name, meaning] : words) {
              if (value == name) return where(settings) = meaning, Result<void>{};
              all += all.empty() ? "" : name == words.back().first ? " or " : ", ";
              all += name;
            }
            return fail(Code::malformed,
                        std::string(key) + " takes " + all + ", not '" + std::string(value) + "'");
          },
          [=](Settings& settings) -> std::optional<std::string> {
            return in_toml(std::ranges::find(words, where(settings), [](const auto& each) {
                             return each.second;
                           })->first);
          }};
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
       address([](S s) -> auto& { return s.server.mqtt2; })},
      {"admin",
       "HOST:PORT of metrics and health, or `off`; default: 127.0.0.1:9180, unless it is taken.",
       admin_address()},
      {"admin_token", "Bearer token for /metrics; an address that others reach needs one.",
       text([](S s) -> auto& { return s.admin.token; }), Applies::at_start, /*secret=*/true},
      {"shards", "Threads with an event loop; 0: one for each core but one, at least one.",
       whole([](S s) -> auto& { return s.shards; }, 0, 256)},
      {"io_uring", "auto: many devices' sockets are used with one system call, if allowed; or off.",
       word([](S s) -> auto& { return s.server.io_uring; },
            std::vector<std::pair<std::string_view, net::IoUring>>{
                {"auto", net::IoUring::where_allowed}, {"off", net::IoUring::off}})},
      {"log.level", "debug, info, warning or error.",
       word([](S s) -> auto& { return s.log_level; },
            std::vector<std::pair<std::string_view, log::Level>>{{"debug", log::Level::debug},
                                                                 {"info", log::Level::info},
                                                                 {"warning", log::Level::warning},
                                                                 {"error", log::Level::error}}),
       Applies::at_once},
      {"log.format", "human, or json: one object on each line.",
       word([](S s) -> auto& { return s.log_format; },
            std::vector<std::pair<std::string_view, log::Format>>{{"human", log::Format::human},
                                                                  {"json", log::Format::json}})},
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
       text([](S s) -> auto& { return s.tls_certificate; }), Applies::at_once},
      {"tls.key", "PEM file of its private key.", text([](S s) -> auto& { return s.tls_key; }),
       Applies::at_once},
      {"tls.device_ca", "PEM file of the authorities of devices' certificates; default: none.",
       text([](S s) -> auto& { return s.tls_device_authorities; }), Applies::at_once},
      {"signature.window_minutes", "How far a request's timestamp may be off.",
       whole([](S s) -> auto& { return s.signature_window; }, 1, 31)},
      {"limits.batch_recipients", "DeviceNames that one BatchPub takes.",
       whole([](S s) -> auto& { return s.batch_recipients; }, 1, limits::batch_recipients_ceiling)},
      {"limits.subscriptions", "Subscriptions of one device.",
       whole([](S s) -> auto& { return s.homes.subscriptions_per_device; }, 1, 10'000),
       Applies::at_once},
      {"limits.queue_messages", "QoS 1 messages that wait for one device.",
       whole([](S s) -> auto& { return s.homes.queue_messages_max; }, 1, 10'000'000),
       Applies::at_once},
      {"limits.queue_bytes", "Their payload bytes.",
       whole([](S s) -> auto& { return s.homes.queue_bytes_max; }, 1, (1ULL << 31U) - 1),
       Applies::at_once},
      {"limits.held_bytes",
       "Memory of waiting messages, for each shard; what is over it is read when it is due.",
       whole([](S s) -> auto& { return s.homes.held_bytes_max; }, 0, many), Applies::at_once},
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
       rate([](S s) -> auto& { return s.rates.device_up_qos0; }), Applies::at_once},
      {"rates.device_up_qos1", "QoS 1 messages a second from one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_up_qos1; }), Applies::at_once},
      {"rates.device_down", "Messages a second to one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_down; }), Applies::at_once},
      {"rates.device_connects", "CONNECTs a minute of one device; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.device_connects; }), Applies::at_once},
      {"rates.account_up", "Messages a second from all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_up; }), Applies::at_once},
      {"rates.account_down", "Messages a second to all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_down; }), Applies::at_once},
      {"rates.account_connects", "CONNECTs a second of all devices of an account; or `unlimited`.",
       rate([](S s) -> auto& { return s.rates.account_connects; }), Applies::at_once},
      {"store.waiting_bytes", "Bytes that wait for the disk before calls are refused.",
       whole([](S s) -> auto& { return s.store.waiting_bytes_max; }, limits::MiB, many)},
      {"store.waiting_ms", "The longest that a call waits for the disk before others are refused.",
       whole([](S s) -> auto& { return s.store.waiting_time_max; }, 10, 60'000)},
      {"store.free_bytes_min",
       "Free bytes of the disk: with less, messages are refused, with less than half, all writes.",
       whole([](S s) -> auto& { return s.store.free_bytes_min; }, 0, many)},
      {"store.finished_bytes",
       "Bytes on the disk of messages and their receipts; above it the oldest finished ones go.",
       whole([](S s) -> auto& { return s.store.finished_bytes_max; }, limits::MiB, many)},
      {"things.retention_days", "How long what devices report is kept.",
       whole([](S s) -> auto& { return s.store.things_kept_for; }, 1, 3'650)},
  };
  return settings;
}

constexpr std::string_view quota_prefix = "quota.";

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  const auto close = nearest(word, known);
  return close ? "; did you mean '" + std::string(*close) + "'?" : std::string();
}

Result<void> set_quota(Settings& settings, std::string_view key, std::string_view value) {
  const std::string_view operation = key.substr(quota_prefix.size());
  const auto operations = api::all_operations();
  std::vector<std::string_view> names;
  for (const api::Operation& each : operations) names.push_back(each.name);
  if (std::ranges::find(names, operation) == names.end()) {
    return fail(Code::malformed, std::string(key) + ": there is no operation '" +
                                     std::string(operation) + "'" + did_you_mean(operation, names));
  }
  const auto calls = rate_of(key, value);
  if (!calls) return tl::unexpected(calls.error());
  settings.quotas[std::string(operation)] = *calls;
  return {};
}

}  // namespace

Result<void> set(Settings& settings, std::string_view key, std::string_view value) {
  if (key.starts_with(quota_prefix)) return set_quota(settings, key, value);
  for (const Setting& setting : table()) {
    if (setting.key == key) return setting.kind.apply(settings, key, value);
  }
  std::vector<std::string_view> keys{"quota.BatchPub"};
  for (const Setting& setting : table()) keys.push_back(setting.key);
  return fail(Code::malformed,
              "there is no setting '" + std::string(key) + "'" + did_you_mean(key, keys));
}

Result<void> use_profile(Settings& settings, std::string_view name) {
  if (name != "cloud") {
    return fail(Code::malformed, "there is no profile '" + std::string(name) + "', only cloud");
  }
  settings.rates = rates_of_the_platform();
  return {};
}

std::vector<SettingInfo> all_settings(Settings settings) {
  std::vector<SettingInfo> infos;
  for (const Setting& setting : table()) {
    infos.push_back({.key = std::string(setting.key),
                     .doc = std::string(setting.doc),
                     .value = setting.kind.show(settings),
                     .applies = setting.applies,
                     .secret = setting.secret});
  }
  for (const api::Operation& operation : api::all_operations()) {
    const auto own = settings.quotas.find(operation.name);
    infos.push_back({.key = std::string(quota_prefix) + std::string(operation.name),
                     .doc = {},
                     .value = shown_rate(own == settings.quotas.end() ? operation.calls_per_second
                                                                      : own->second),
                     .applies = Applies::at_once});
  }
  return infos;
}

}  // namespace herald::app
