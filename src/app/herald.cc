#include "app/herald.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <sstream>

#include "app/admin_socket.h"
#include "app/backup.h"
#include "app/configuration.h"
#include "app/console_bundle.h"
#include "app/development_certificate.h"
#include "app/master_key.h"
#include "app/metrics.h"
#include "app/private_file.h"
#include "base/crypto.h"
#include "base/log.h"
#include "core/platform_topics.h"
#include "net/tls.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

// One core is for the committer, whose sync every call of QoS 1 waits for, and for what RocksDB
// does in the background: a shard there as well makes all of them dearer.
ShardIndex shards_of(const Settings& settings) {
  if (settings.shards != 0) return settings.shards;
  return std::max<ShardIndex>(2, std::thread::hardware_concurrency()) - 1;
}

// What homes restore, several at a time.
template <class Kept>
class Restoring {
 public:
  explicit Restoring(Homes& homes) : homes_(homes) {}
  // Whether that was the last of several.
  bool add(Kept kept) {
    gathered_.push_back(std::move(kept));
    if (++count_ % at_once != 0) return false;
    finish();
    return true;
  }
  void finish() {
    homes_.restore(gathered_);
    gathered_.clear();
  }
  std::size_t count() const { return count_; }

 private:
  static constexpr std::size_t at_once = 4'096;

  Homes& homes_;
  std::vector<Kept> gathered_;
  std::size_t count_ = 0;
};

// A directory of Herald's own: new, empty, or one with its store. Others stay as they are, with the
// permissions that they have; what must be private in them is so by itself. Errors: failed.
Result<void> prepare(const fs::path& data, const fs::path& store) {
  if (auto made = make_directory(data, Readers::owner); !made) return made;
  std::error_code error;
  if (!fs::is_directory(store, error)) {
    for (fs::directory_iterator entry(data, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      if (entry->path().filename() == "lost+found") continue;  // Of a disk of its own.
      return fail(Code::failed, data.string() +
                                    " is not a data directory of Herald, and it is not empty: " +
                                    "name another one");
    }
    if (error) return fail(Code::failed, data.string() + ": " + error.message());
  }
  return make_directory(store, Readers::owner);
}

// The key of the hashes under which nonces are stored: made once for each data directory.
Result<std::string> nonce_key_of(const fs::path& data) {
  const fs::path file = data / "nonce.key";
  std::error_code error;
  if (!fs::exists(file, error)) {
    auto written = write_file(file, to_hex(random_bytes(32)), Readers::owner);
    if (!written) return tl::unexpected(std::move(written.error()));
  }
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  auto key = from_hex(text.str());
  if (!key || key->size() != 32) return fail(Code::malformed, file.string() + " is damaged");
  return *std::move(key);
}

api::GatewayOptions gateway_options(const Settings& settings, std::string nonce_key) {
  return {.nonce_key = std::move(nonce_key),
          .timestamp_skew = settings.signature_window,
          .limits = {.batch_recipients = settings.batch_recipients,
                     .payload_bytes = settings.registry.payload_bytes},
          .quotas = settings.quotas};
}

std::unique_ptr<AuditLog> audit_log(const fs::path& data, const Settings& settings,
                                    const Clock& clock) {
  if (settings.audit_file == "off") return nullptr;
  const fs::path file = settings.audit_file.empty() ? data / "audit.log" : settings.audit_file;
  return std::make_unique<AuditLog>(LogFile(file, settings.audit_bytes, settings.audit_files),
                                    clock);
}

net::TlsFiles tls_files_of(const Settings& settings, const fs::path& data) {
  CertificateFiles files = certificate_files(data);
  if (!settings.tls_certificate.empty()) files.chain = settings.tls_certificate;
  if (!settings.tls_key.empty()) files.key = settings.tls_key;
  return {files.chain, files.key, settings.tls_device_authorities};
}

// The API's callers sign with keys: only devices are asked for certificates.
net::TlsFiles without_devices(net::TlsFiles files) {
  files.device_authorities.clear();
  return files;
}

}  // namespace

Herald::Parts::Parts(Store& store, IdGenerator& ids, const Clock& clock, const Settings& settings,
                     std::string nonce_key, std::string token_key, api::Audit* audit)
    : loops(shards_of(settings)),
      registry(store.registry(), ids, clock, settings.registry),
      homes(loops, registry, store.messages(), store.registry(), clock, settings.homes),
      publisher(store.messages(), homes, ids, clock),
      receipts(store.messages(), homes),
      routes(store.registry()),
      retained(store.registry(), clock),
      ram(store.registry(), registry, ids, clock),
      tokens(std::move(token_key)),
      logins(ram, clock),
      rates(settings.rates, clock),
      rrpc(loops, homes, registry, ids, clock),
      shadows(loops, store.registry(), registry, publisher, clock),
      broadcaster(registry, broadcasts, homes, ids, clock),
      things(store.registry(), registry, clock),
      thing_use(store, registry, things, publisher, rrpc, ids, clock),
      system_topics(platform_topics(publisher, rrpc, shadows, clock)),
      uplink(registry, routes, broadcasts, retained, system_topics, publisher, rates, ids, clock),
      registration(registry),
      groups(store.registry(), registry, clock),
      gateways(store.registry(), registry, homes, publisher, clock),
      removals(registry, homes, routes, retained, groups, shadows, things, gateways),
      quotas(store.registry()),
      platform{clock,       registry, publisher,    receipts, homes,  routes,
               retained,    uplink,   registration, rates,    ram,    tokens,
               logins,      groups,   things,       removals, quotas, rrpc,
               broadcaster, shadows,  thing_use,    gateways},
      gateway(platform, gateway_options(settings, std::move(nonce_key)), audit) {
  connect_homes(homes, broadcasts, retained, uplink, publisher, rates);
  add_thing_topics(system_topics, thing_use);
  add_gateway_topics(system_topics, gateways);
}

Herald::Herald(fs::path data, Settings settings)
    : data_(std::move(data)), settings_(std::move(settings)) {}

Herald::~Herald() { stop(); }

Result<std::unique_ptr<Herald>> Herald::open(const fs::path& data, Settings settings) {
  const fs::path folder = data / "store";
  if (auto prepared = prepare(data, folder); !prepared)
    return tl::unexpected(std::move(prepared.error()));

  auto herald = std::unique_ptr<Herald>(new Herald(data, std::move(settings)));
  std::string token_key;
  const auto sealing_key = [&](bool first) {
    return MasterKey::find(data, herald->settings_.master_key_file, /*make=*/first)
        .map([&](const MasterKey& key) {
          token_key = key.security_tokens();
          return key.sealing();
        });
  };
  auto store =
      open_rocks_store(folder, herald->clock_, herald->ids_, sealing_key, herald->settings_.store);
  if (!store) return tl::unexpected(std::move(store.error()));
  herald->store_ = std::move(*store);
  // Only now, when no other process has the directory.
  auto nonce_key = nonce_key_of(data);
  if (!nonce_key) return tl::unexpected(std::move(nonce_key.error()));
  herald->audit_ = audit_log(data, herald->settings_, herald->clock_);
  herald->parts_ =
      std::make_unique<Parts>(*herald->store_, herald->ids_, herald->clock_, herald->settings_,
                              std::move(*nonce_key), std::move(token_key), herald->audit_.get());
  if (auto restored = herald->restore(); !restored)
    return tl::unexpected(std::move(restored.error()));
  return herald;
}

// Records first, sessions after their devices, then the messages that wait for them.
Result<void> Herald::restore() {
  std::size_t records = 0;
  Restoring<KeptSession> sessions(parts_->homes);
  auto loaded = store_->registry().load([&](Record record) {
    ++records;
    if (auto* session = std::get_if<KeptSession>(&record)) {
      sessions.add(std::move(*session));
    } else if (const auto* nonce = std::get_if<SeenNonce>(&record)) {
      parts_->gateway.restore(*nonce);
    } else if (auto* user = std::get_if<RamUser>(&record)) {
      parts_->ram.restore(std::move(*user));
    } else if (auto* role = std::get_if<RamRole>(&record)) {
      parts_->ram.restore(std::move(*role));
    } else if (auto* policy = std::get_if<RamPolicy>(&record)) {
      parts_->ram.restore(std::move(*policy));
    } else if (auto* quota = std::get_if<AccountQuota>(&record)) {
      parts_->quotas.restore(std::move(*quota));
    } else if (auto* kept = std::get_if<RetainedMessage>(&record)) {
      parts_->retained.restore(std::move(*kept));
    } else if (auto* route = std::get_if<TopicRoute>(&record)) {
      parts_->routes.restore(std::move(*route));
    } else if (auto* shadow = std::get_if<DeviceShadow>(&record)) {
      parts_->shadows.restore(std::move(*shadow));
    } else if (auto* group = std::get_if<DeviceGroup>(&record)) {
      parts_->groups.restore(std::move(*group));
    } else if (const auto* member = std::get_if<DeviceGroupMember>(&record)) {
      parts_->groups.restore(*member);
    } else if (const auto* sub = std::get_if<SubDevice>(&record)) {
      parts_->gateways.topology().restore(*sub);
    } else if (auto* draft = std::get_if<ThingDraft>(&record)) {
      parts_->things.restore(std::move(*draft));
    } else if (auto* published = std::get_if<ThingVersions>(&record)) {
      parts_->things.restore(std::move(*published));
    } else {
      parts_->registry.restore(std::move(record));
    }
  });
  if (!loaded) return loaded;
  sessions.finish();
  Restoring<KeptMessage> messages(parts_->homes);
  log::Limited progress;
  auto replayed = store_->messages().replay([&](KeptMessage kept) {
    if (!messages.add(std::move(kept))) return;
    progress.info("{} unfinished messages read so far", messages.count());
  });
  if (!replayed) return replayed;
  messages.finish();
  parts_->homes.restored();
  log::info("read {} records, {} kept sessions, {} unfinished messages", records, sessions.count(),
            messages.count());
  return {};
}

Result<void> Herald::start() {
  if (audit_) {
    if (auto started = audit_->start(); !started) return started;
  }
  const net::TlsFiles files = tls_files_of(settings_, data_);
  auto api_tls = net::TlsContexts::open(without_devices(files));
  if (!api_tls) return tl::unexpected(std::move(api_tls.error()));
  auto device_tls = net::TlsContexts::open(files);
  if (!device_tls) return tl::unexpected(std::move(device_tls.error()));
  api_tls_ = std::move(*api_tls);
  device_tls_ = std::move(*device_tls);

  api::Gateway& gateway = parts_->gateway;
  health_ = std::make_unique<net::Health>(parts_->loops,
                                          [this] { return serving_ && store_->accepts(); });
  auto console = net::Console::open(console_bundle());
  if (!console) return tl::unexpected(std::move(console.error()));
  console_ = *std::move(console);
  console_->describe(gateway.operations(), HERALD_VERSION);
  server_ = std::make_unique<net::Server>(
      parts_->loops, parts_->platform,
      [&gateway](api::HttpRequest request, api::Respond respond) {
        gateway.handle(std::move(request), std::move(respond));
      },
      *health_, *console_, net::Server::Tls{.api = api_tls_, .devices = device_tls_},
      settings_.server);
  if (auto listening = server_->listen(); !listening) return listening;
  admin_port_ = std::make_unique<net::AdminServer>(
      *health_, [this] { return metrics(); }, api_tls_, settings_.admin);
  if (auto started = admin_port_->start(); !started) return started;
  auto socket = AdminSocket::open(*this, data_);
  if (!socket) return tl::unexpected(std::move(socket.error()));
  admin_socket_ = std::move(*socket);
  parts_->loops.start();
  parts_->groups.resume();
  parts_->gateways.topology().resume();
  parts_->removals.resume();
  started_ = true;
  serving_ = true;
  chores_ = std::thread([this] { do_chores(); });
  log::info("serving the API on {}:{} and devices on {}:{}, {} shards", api().host, api().port,
            mqtt().host, mqtt().port, parts_->loops.count());
  return {};
}

net::Address Herald::api() const { return {settings_.server.api.host, server_->api_port()}; }
net::Address Herald::mqtt() const { return {settings_.server.mqtt.host, server_->mqtt_port()}; }

Result<void> Herald::back_up(const fs::path& folder) {
  return app::back_up(*store_, data_, folder);
}

void Herald::audit(api::AuditRecord record) {
  if (!audit_) return;
  record.time = clock_.now();
  audit_->write(std::move(record));
}

void Herald::reload_certificates(bool always) {
  for (const auto& tls : {api_tls_, device_tls_}) {
    if (auto read = tls->reload(always); !read) {
      log::error("the certificate stays as it was: {}", read.error().detail);
    }
  }
}

std::string Herald::metrics() const {
  return metrics_text({.gateway = parts_->gateway,
                       .homes = parts_->homes,
                       .removals = parts_->removals,
                       .rrpc = parts_->rrpc,
                       .store = *store_,
                       .server = *server_});
}

void Herald::reconfigure(const Settings& settings) {
  const auto changed = differences(settings_, settings);
  const auto begins = [](std::string_view prefix) {
    return [prefix](const SettingInfo& info) { return info.key.starts_with(prefix); };
  };
  Result<void> certificates;
  if (std::ranges::any_of(changed, begins("tls."))) {
    const net::TlsFiles files = tls_files_of(settings, data_);
    certificates =
        device_tls_->use(files).and_then([&] { return api_tls_->use(without_devices(files)); });
    if (!certificates) {
      log::error("the certificate stays as it was: {}", certificates.error().detail);
    }
  } else {
    reload_certificates(/*always=*/true);
  }
  if (certificates) {
    settings_.tls_certificate = settings.tls_certificate;
    settings_.tls_key = settings.tls_key;
    settings_.tls_device_authorities = settings.tls_device_authorities;
  }
  log::set_level(settings_.log_level = settings.log_level);
  parts_->gateway.set_quotas(settings_.quotas = settings.quotas);
  parts_->rates.set(settings_.rates = settings.rates);
  parts_->homes.set_limits(settings_.homes = settings.homes);
  for (const SettingInfo& info : changed) {
    if (info.applies == Applies::at_start) {
      log::warning("{} needs a restart", info.key);
    } else if (certificates || !info.key.starts_with("tls.")) {
      log::info("{} is {} now", info.key, info.secret ? "another" : info.value.value_or("not set"));
    }
  }
}

// What has to be done again and again.
void Herald::do_chores() {
  constexpr auto between = std::chrono::seconds(1);
  constexpr int rounds_between_writes = 5;
  constexpr auto between_sweeps = std::chrono::hours(1);
  auto swept = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (int round = 1; !stop_.wait_for(lock, between, [this] { return stopping_; }); ++round) {
    parts_->gateway.answer_overdue();
    if (round % rounds_between_writes != 0) continue;
    reload_certificates(/*always=*/false);
    parts_->registry.write_seen();
    if (std::chrono::steady_clock::now() - swept < between_sweeps) continue;
    swept = std::chrono::steady_clock::now();
    store_->messages().sweep(clock_.now());
    parts_->homes.sweep();
  }
}

// So that after the next start only what devices left unacknowledged comes to them again.
void Herald::finish_deliveries() {
  constexpr std::chrono::seconds patience(5);
  constexpr std::chrono::seconds for_last_words(1);
  constexpr Milliseconds between(5);
  const auto wait_until = [between](auto is_over, Milliseconds most) {
    const auto end = std::chrono::steady_clock::now() + most;
    while (!is_over() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(between);
    }
  };
  Homes& homes = parts_->homes;
  server_->stop_listening();
  const auto is_idle = [&] { return server_->busy() == 0; };
  wait_until(is_idle, patience);
  if (!is_idle()) {  // Calls that wait for devices are answered by now.
    parts_->loops.run_on_all([&](ShardIndex shard) { parts_->rrpc.end_all(shard); });
    wait_until(is_idle, for_last_words);
  }
  parts_->loops.run_on_all([&](ShardIndex shard) { homes.hold_all(shard); });
  wait_until([&] { return homes.inflight() == 0; }, patience);
  server_->stop();
}

// Tells the disk what is in flight, after all that the ends of connections had to tell the homes.
void Herald::close_log() {
  std::vector<ReceiptOf> inflight;
  std::mutex mutex;
  const auto append = [&](ShardIndex shard) {
    const std::lock_guard lock(mutex);
    parts_->homes.append_inflight(shard, inflight);
  };
  if (started_) {
    parts_->loops.run_on_all(append);
    if (!inflight.empty()) log::info("{} deliveries were not acknowledged", inflight.size());
  } else {
    for (ShardIndex i = 0; i < parts_->loops.count(); ++i) append(i);
  }
  store_->messages().close(std::move(inflight));
}

void Herald::stop() {
  serving_ = false;
  if (admin_port_) admin_port_->stop();
  admin_socket_.reset();
  if (started_) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    chores_.join();
    finish_deliveries();
  }
  if (parts_) parts_->logins.stop();
  // The store answers what it was asked while those who asked still are; then its threads have
  // ended, and nobody hears what is left.
  if (store_) {
    if (parts_) {
      close_log();
      parts_->registry.write_seen();
    }
    std::promise<void> flushed;
    store_->messages().flush([&flushed](const Result<void>&) { flushed.set_value(); });
    flushed.get_future().wait();
  }
  if (parts_) parts_->loops.stop();
  started_ = false;
  admin_port_.reset();
  store_.reset();
  server_.reset();
  parts_.reset();
  audit_.reset();  // After all who write to it.
}

}  // namespace herald::app
