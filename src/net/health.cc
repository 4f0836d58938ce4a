#include "net/health.h"

#include <atomic>
#include <memory>
#include <utility>

namespace herald::net {
namespace {

constexpr Milliseconds patience{2'000};

api::HttpResponse said(bool well) {
  return {.status = well ? 200 : 503,
          .content_type = "text/plain",
          .body = well ? "ok\n" : "not ready\n"};
}

// Waits for all shards or for the end of patience, whichever comes first.
class RollCall {
 public:
  RollCall(ShardIndex shards, api::Respond respond)
      : missing_(shards), respond_(std::move(respond)) {}

  void present() {
    if (missing_.fetch_sub(1) == 1) end(true);
  }
  void end(bool all_present) {
    if (ended_.exchange(true)) return;
    std::exchange(respond_, nullptr)(said(all_present));
  }

 private:
  std::atomic<ShardIndex> missing_;
  std::atomic<bool> ended_ = false;
  api::Respond respond_;
};

}  // namespace

bool Health::is_probe(const api::HttpRequest& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  return reads && (request.target == "/healthz" || request.target == "/readyz");
}

void Health::answer(const api::HttpRequest& probe, Shards& asker, ShardIndex self,
                    api::Respond respond) const {
  if (probe.target == "/readyz") return respond(said(ready_()));
  const auto call = std::make_shared<RollCall>(shards_.count(), std::move(respond));
  asker.post_after(self, patience, [call] { call->end(false); });
  for (ShardIndex i = 0; i < shards_.count(); ++i) {
    shards_.post(i, [call] { call->present(); });
  }
}

}  // namespace herald::net
