#pragma once

#include <functional>

#include "api/http.h"
#include "core/shards.h"

namespace herald::net {

// What probes are told, and nothing else: `ok`, or 503 and `not ready`. Outlives those who answer
// them. Any thread.
class Health {
 public:
  // `ready`: whether the platform has been read, is served and can store; asked on any thread.
  Health(Shards& shards, std::function<bool()> ready) : shards_(shards), ready_(std::move(ready)) {}

  // GET or HEAD of /healthz or /readyz.
  static bool is_probe(const api::HttpRequest& request);

  // /healthz is `ok` when every shard answers within two seconds, and waits for them on the shard
  // `self` of `asker`, whose thread calls this; /readyz is as `ready` says.
  void answer(const api::HttpRequest& probe, Shards& asker, ShardIndex self,
              api::Respond respond) const;

 private:
  Shards& shards_;
  std::function<bool()> ready_;
};

}  // namespace herald::net
