#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "api/gateway.h"
#include "app/audit_log.h"
#include "app/settings.h"
#include "core/gateways.h"
#include "core/platform.h"
#include "net/admin_server.h"
#include "net/console.h"
#include "net/health.h"
#include "net/loops.h"
#include "net/server.h"
#include "store/store.h"

namespace herald::app {

class AdminSocket;

// The parts of the program, put together over one data directory. Made, started and stopped by one
// thread, which is none of its own.
class Herald {
 public:
  // Opens the store and reads what it has. Errors: failed, malformed.
  static Result<std::unique_ptr<Herald>> open(const std::filesystem::path& data, Settings settings);
  ~Herald();  // Stops.

  // What administrators manage, also before start.
  Registry& registry() { return parts_->registry; }
  Ram& ram() { return parts_->ram; }
  DeviceGroups& groups() { return parts_->groups; }
  AccountQuotas& quotas() { return parts_->quotas; }
  const api::Gateway& gateway() const { return parts_->gateway; }
  // A copy of the data directory, keys included, in a folder that does not exist yet. Errors:
  // failed.
  Result<void> back_up(const std::filesystem::path& folder);
  // What they did, for the audit log; nothing when that is off.
  void audit(api::AuditRecord record);

  // Begins to serve, administrators of this machine included. Errors: failed (a port is taken, a
  // certificate cannot be read).
  Result<void> start();
  net::Address api() const;
  net::Address mqtt() const;

  // New connections get the certificates as they are on the disk now; with `always` even when the
  // files look as before. What cannot be read is logged and changes nothing.
  void reload_certificates(bool always);

  // While serving: what may change at once does, and what differs otherwise is logged.
  void reconfigure(const Settings& settings);

  // Takes no more callers and devices, answers the calls that were taken, gives devices some
  // seconds to acknowledge what they were sent, ends their connections, finishes what was handed to
  // the disk, ends all threads.
  void stop();

 private:
  // What stands on an open store.
  struct Parts {
    Parts(Store& store, IdGenerator& ids, const Clock& clock, const Settings& settings,
          std::string nonce_key, std::string token_key, api::Audit* audit);
    net::Loops loops;
    Registry registry;
    Homes homes;
    Publisher publisher;
    Receipts receipts;
    TopicRoutes routes;
    Broadcasts broadcasts;
    Retained retained;
    Ram ram;
    SecurityTokens tokens;
    Logins logins;
    Rates rates;
    Rrpc rrpc;
    Shadows shadows;
    Broadcaster broadcaster;
    ThingModels things;
    ThingUse thing_use;
    SystemTopics system_topics;
    Uplink uplink;
    Registration registration;
    DeviceGroups groups;
    Gateways gateways;
    Removals removals;
    AccountQuotas quotas;
    Platform platform;
    api::Gateway gateway;
  };

  Herald(std::filesystem::path data, Settings settings);
  Result<void> restore();
  void do_chores();
  void finish_deliveries();
  void close_log();
  std::string metrics() const;

  std::filesystem::path data_;
  Settings settings_;
  SystemClock clock_;
  IdGenerator ids_{clock_, /*node=*/1};
  std::unique_ptr<Store> store_;
  std::unique_ptr<AuditLog> audit_;  // None: it is off.
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<net::Health> health_;
  std::optional<net::Console> console_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<net::AdminServer> admin_port_;
  std::unique_ptr<AdminSocket> admin_socket_;
  bool started_ = false;
  std::atomic<bool> serving_ = false;  // Read, listening, and not about to stop.

  std::mutex mutex_;  // Guards stopping_, for the sleep between chores.
  std::condition_variable stop_;
  bool stopping_ = false;
  std::thread chores_;
  std::shared_ptr<net::TlsContexts> api_tls_;
  std::shared_ptr<net::TlsContexts> device_tls_;
};

}  // namespace herald::app
