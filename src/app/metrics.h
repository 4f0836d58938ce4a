#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/gateway.h"
#include "core/homes.h"
#include "core/removals.h"
#include "core/rrpc.h"
#include "net/server.h"
#include "store/store.h"

namespace herald::app {

// What the metrics are read from. Nothing waits for being read.
struct MetricSources {
  const api::Gateway& gateway;
  const Homes& homes;
  const Removals& removals;
  const Rrpc& rrpc;
  const Store& store;
  const net::Server& server;
};

// All metrics in Prometheus' text format. Any thread but a shard's: it reads files of the system.
std::string metrics_text(const MetricSources& sources);

struct MetricInfo {
  std::string_view name;
  std::string_view type;
  std::string_view help;
};
std::vector<MetricInfo> all_metrics();

}  // namespace herald::app
