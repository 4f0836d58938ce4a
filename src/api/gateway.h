#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>

#include "api/answer.h"
#include "api/audit.h"
#include "api/call_counts.h"
#include "api/http.h"
#include "api/nonces.h"
#include "api/operations.h"
#include "api/quota.h"
#include "base/limits.h"

namespace herald::api {

using Quotas = std::map<std::string, CallsPerSecond, std::less<>>;  // By operation.

struct GatewayOptions {
  // Of all stored nonces; the same after a restart, and secret.
  std::string nonce_key;
  std::size_t nonces_max = Nonces::entries_max_default;
  // How far a request's time may be from the server's, either way: openapi-gateway.md, section 5.
  Milliseconds timestamp_skew = limits::timestamp_skew_max;
  std::string region = "cn-shanghai";
  // In the gateway's own errors.
  std::string host_id = "iot.cn-shanghai.aliyuncs.com";
  ApiLimits limits{};
  // A call without a result for so long is answered `unknown`.
  Milliseconds answer_within = limits::answer_within;
  // Of each account, where they are not as declared.
  Quotas quotas{};
};

// Turns requests into calls of operations and their replies into responses, in the order of
// openapi-gateway.md, section 7. Outlives every request. Any thread; nothing blocks.
class Gateway {
 public:
  // With `audit`, all calls that it is for are written to it, but for those whose signature or
  // nonce was refused: nobody knows whose they are.
  Gateway(Platform& platform, GatewayOptions options, Audit* audit = nullptr);
  ~Gateway();

  // Takes what an earlier process stored, before the first request.
  void restore(const SeenNonce& seen);

  // Takes the place of the options' quotas, from the next call on.
  void set_quotas(const Quotas& quotas);
  // How often accounts without a quota of their own may call it.
  CallsPerSecond quota_of(const Operation& operation) const;

  // `respond` is called exactly once, before this returns or later, on any thread.
  void handle(HttpRequest request, Respond respond);

  // Answers the calls that wait for too long. Once a second.
  void answer_overdue();

  std::span<const Operation> operations() const;
  const CallCounts& calls() const;

 private:
  struct State;
  void answer_open(const Operation& operation, const HttpRequest& request, const Params& params,
                   Envelope envelope, CallCounts::Call call, Respond respond);
  std::unique_ptr<State> state_;
};

}  // namespace herald::api
