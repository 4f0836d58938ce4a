#include "simulated_server.h"

#include <cassert>
#include <utility>

#include "core/gateways.h"
#include "core/platform_topics.h"

namespace herald::simulation {
namespace {

const std::string sealing_key(32, 'k');

}  // namespace

// As app::Herald has them.
struct SimulatedServer::Parts {
  Parts(Store& store, IdGenerator& ids, const Clock& clock, const Timeline& timeline,
        Chance& chance, const Settings& settings)
      : shards(settings.shards, timeline),
        registry(store.registry(), ids, clock),
        homes(shards, registry, store.messages(), store.registry(), clock, settings.homes),
        publisher(store.messages(), homes, ids, clock),
        receipts(store.messages(), homes),
        routes(store.registry()),
        retained(store.registry(), clock),
        ram(store.registry(), registry, ids, clock),
        tokens(std::string(32, 't')),
        logins(ram, clock),
        rates(settings.rates, clock),
        rrpc(shards, homes, registry, ids, clock),
        shadows(shards, store.registry(), registry, publisher, clock),
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
                 broadcaster, shadows,  thing_use,    gateways} {
    connect_homes(homes, broadcasts, retained, uplink, publisher, rates);
    for (ShardIndex i = 0; i < shards.count(); ++i) {
      edges.push_back(std::make_unique<net::DeviceEdge>(i, shards, platform));
      connections.push_back(std::make_unique<SimulatedConnections>(i, shards, *edges[i], clock,
                                                                   chance, settings.connections));
      edges[i]->use(*connections[i]);
      edge_pointers.push_back(edges[i].get());
      connection_pointers.push_back(connections[i].get());
    }
    for (ShardIndex i = 0; i < shards.count(); ++i) {
      edges[i]->introduce(edge_pointers);
      connections[i]->introduce(connection_pointers);
    }
  }

  SimulatedShards shards;
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
  std::vector<std::unique_ptr<net::DeviceEdge>> edges;
  std::vector<std::unique_ptr<SimulatedConnections>> connections;
  std::vector<net::DeviceEdge*> edge_pointers;
  std::vector<SimulatedConnections*> connection_pointers;
};

SimulatedServer::SimulatedServer(Platter& platter, Timeline& timeline, Chance& chance,
                                 const Settings& settings, std::function<void()> while_syncing)
    : timeline_(timeline),
      chance_(chance),
      settings_(settings),
      clock_(timeline),
      ids_(clock_, /*node=*/1) {
  auto disk = std::make_unique<SimulatedDisk>(platter, std::move(while_syncing));
  disk_ = disk.get();
  store_ = open_store_by_hand(std::move(disk), sealing_key, clock_, ids_, {}).value();
  parts_ = std::make_unique<Parts>(*store_, ids_, clock_, timeline, chance, settings);
  restore();
}

// The store answers what it was asked while those who asked still are.
SimulatedServer::~SimulatedServer() {
  parts_->shards.stop();
  store_.reset();
  parts_->shards.clear();
}

void SimulatedServer::restore() {
  std::vector<KeptSession> sessions;
  const auto loaded = store_->registry().load([&](Record record) {
    if (auto* session = std::get_if<KeptSession>(&record)) {
      sessions.push_back(std::move(*session));
    } else {
      parts_->registry.restore(std::move(record));
    }
  });
  std::vector<KeptMessage> messages;
  const auto replayed =
      store_->messages().replay([&](const KeptMessage& kept) { messages.push_back(kept); });
  assert(loaded);
  assert(replayed);
  parts_->homes.restore(sessions);
  parts_->homes.restore(messages);
  parts_->homes.restored();
}

// Turns.

void SimulatedServer::collect(std::vector<Turn>& turns, bool committer_is_busy) {
  if (crashed_) return;
  parts_->shards.ring();
  for (ShardIndex i = 0; i < settings_.shards; ++i) {
    if (parts_->shards.has_work(i)) turns.push_back({Turn::Of::shard_tasks, i});
    if (parts_->connections[i]->has_work()) turns.push_back({Turn::Of::shard_connections, i});
  }
  if (!committer_is_busy && store_->committer_due() <= timeline_.now()) {
    turns.push_back({Turn::Of::committer});
  }
  if (store_->reader_waits()) turns.push_back({Turn::Of::reader});
}

void SimulatedServer::take(const Turn& turn) {
  switch (turn.of) {
    case Turn::Of::shard_tasks:
      return parts_->shards.run_first(turn.shard);
    case Turn::Of::shard_connections:
      return parts_->shards.run_on(turn.shard, [&] { parts_->connections[turn.shard]->turn(); });
    case Turn::Of::committer:
      return store_->run_committer();
    case Turn::Of::reader:
      return store_->run_reader();
  }
}

std::optional<Instant> SimulatedServer::next(bool committer_is_busy) const {
  if (crashed_) return std::nullopt;
  auto next = parts_->shards.next_ring();
  if (committer_is_busy) return next;
  const Instant due = store_->committer_due();
  return next ? std::min(*next, due) : due;
}

// From outside.

void SimulatedServer::run_at(ShardIndex shard, Task task) {
  parts_->shards.post(shard, std::move(task));
}

Platform& SimulatedServer::platform() { return parts_->platform; }

Line SimulatedServer::connect() {
  const Line line{std::make_shared<Pipe>(timeline_, chance_, 1 << 20),
                  std::make_shared<Pipe>(timeline_, chance_, settings_.line_bytes)};
  parts_->connections[chance_.below(settings_.shards)]->knock(line);
  return line;
}

void SimulatedServer::tick() {
  for (ShardIndex i = 0; i < settings_.shards; ++i) {
    run_at(i, [connections = parts_->connections[i].get()] { connections->tick(); });
  }
}

void SimulatedServer::crash() {
  crashed_ = true;
  disk_->cut();
  parts_->shards.stop();
  for (const auto& connections : parts_->connections) connections->sever();
}

void SimulatedServer::hold_all() {
  for (ShardIndex i = 0; i < settings_.shards; ++i) {
    run_at(i, [this, i] { parts_->homes.hold_all(i); });
  }
}

void SimulatedServer::close_connections() {
  for (ShardIndex i = 0; i < settings_.shards; ++i) {
    run_at(i, [this, i] { parts_->connections[i]->stop(); });
  }
}

void SimulatedServer::close_log(std::function<void()> closed) {
  std::vector<ReceiptOf> inflight;
  for (ShardIndex i = 0; i < settings_.shards; ++i) parts_->homes.append_inflight(i, inflight);
  store_->messages().close(std::move(inflight));
  parts_->registry.write_seen();
  store_->messages().flush([closed = std::move(closed)](const Result<void>&) { closed(); });
}

bool SimulatedServer::is_balanced() const {
  std::int64_t recipients = 0;
  std::int64_t in_all_states = 0;
  for (const DeliveryCounts& counts : parts_->homes.counts()) {
    recipients += counts.recipients.value();
    for (const Tally& state : counts.in_state) in_all_states += state.value();
  }
  return recipients == in_all_states;
}

std::int64_t SimulatedServer::count(Outcome outcome) const {
  std::int64_t sum = 0;
  for (const DeliveryCounts& counts : parts_->homes.counts()) sum += counts.in(outcome).value();
  return sum;
}

}  // namespace herald::simulation
