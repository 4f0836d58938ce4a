#include "api/gateway.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "api/answer.h"
#include "api/error_pages.h"
#include "api/pending_calls.h"
#include "api/signature.h"
#include "api/times.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"

namespace herald::api {
namespace {

// For keys that do not exist, so that asking for one takes as long as a wrong signature.
constexpr std::string_view nobodys_secret = "0123456789abcdefghijABCDEFGHIJ";

// The request target as path and query; clients of a proxy put the host before it.
struct Target {
  explicit Target(std::string_view target) {
    if (const auto scheme = target.find("://"); scheme < target.find_first_of("/?")) {
      target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    }
    const auto question = std::min(target.find('?'), target.size());
    path = target.substr(0, question);
    query = target.substr(std::min(question + 1, target.size()));
  }
  std::string_view path;
  std::string_view query;
};

// A body is parameters unless it says to be something else.
std::string_view form_of(const HttpRequest& request) {
  constexpr std::string_view form = "application/x-www-form-urlencoded";
  const std::string_view type = request.header("content-type");
  const bool is_form = type.empty() || equal_ignoring_case(type.substr(0, form.size()), form);
  return is_form ? std::string_view(request.body) : std::string_view();
}

// What the answer looks like when nothing valid is said: sections 2 and 4.
Format default_format(const HttpRequest& request) {
  if (scheme_of(request) == Scheme::v1) return Format::xml;
  return request.header("accept").find("xml") == std::string_view::npos ? Format::json
                                                                        : Format::xml;
}

Result<Format> format_of(const HttpRequest& request, const Params& params) {
  const auto format = params.one("Format");
  if (!format) return tl::unexpected(format.error());
  if (!*format || (*format)->empty()) return default_format(request);
  if (equal_ignoring_case(**format, "JSON")) return Format::json;
  if (equal_ignoring_case(**format, "XML")) return Format::xml;
  return fail(Code::invalid_format);
}

Result<void> check_http(const HttpRequest& request, const Target& target) {
  if (request.method != "GET" && request.method != "POST") {
    return fail(Code::http_method_unsupported);
  }
  if (target.path != "/" && !target.path.empty()) return fail(Code::action_not_found);
  return {};
}

bool has_known_method(const Claim& claim) {
  if (claim.scheme == Scheme::v3) return claim.method == "ACS3-HMAC-SHA256";
  return claim.method == "HMAC-SHA1" && claim.method_version == "1.0";
}

// Strangers can have a request refused; only a caller with a key can have an operation fail.
HttpResponse logged_failure(const Envelope& envelope, std::string_view peer, const Error& error) {
  const ApiError shown = describe(error);
  if (shown.of_gateway()) {
    static log::Limited refused;
    refused.info("request {} from {} refused: {}", log::request_id(envelope.request_id),
                 log::printable(peer), log::printable(shown.name));
  } else {
    log::debug("{} {} failed: {}", log::request_id(envelope.request_id), envelope.action,
               shown.name);
  }
  return failure(envelope, error);
}

CallsPerSecond effective(const Operation& operation, const Quotas& configured) {
  const auto at = configured.find(operation.name);
  return at == configured.end() ? operation.calls_per_second : at->second;
}

}  // namespace

struct Gateway::State {
  // An operation as it is served.
  struct Served {
    const Operation* operation = nullptr;
    std::unique_ptr<Quota> quota;
  };
  // A request that is no longer doubted.
  struct Authentic {
    Claim claim;
    Principal caller;
    SeenNonce nonce;
  };

  Platform& platform;
  const GatewayOptions options;
  Audit* const audit;
  const std::vector<Operation> operations;
  CallCounts calls;
  std::unordered_map<std::string_view, Served> served;
  Nonces nonces;
  PendingCalls pending;

  State(Platform& of, GatewayOptions given, Audit* to);
  // Whose key it is, and the key.
  struct KnownKey {
    Principal caller;
    std::shared_ptr<const AccessKey> key;
  };
  Result<KnownKey> find_key(const Claim& claim, Time now) const;
  Result<Authentic> authenticate(const HttpRequest& request, const Params& params);
  Result<void> check_signature(const Claim& claim, const AccessKey& key, const HttpRequest& request,
                               const Params& params, Time now) const;
  Result<SeenNonce> use_nonce(const Claim& claim, Time now);
  // The operation that is meant, and whether the caller may call it now.
  Result<const Served*> find(const Claim& claim) const;
  // The operation that is meant if it is one that nobody signs; else null.
  const Operation* open_operation(const HttpRequest& request, const Params& params) const;
  Result<void> admit(const Served& meant, const Principal& caller, Envelope& envelope) const;
  // What the log says of a call; nothing if it is none for the log.
  std::optional<AuditRecord> record_of(const Operation& operation, const Authentic& caller,
                                       const Params& params, const Envelope& envelope,
                                       const std::string& peer) const;
  void write(AuditRecord record, const Result<Reply>& reply) const;
};

Gateway::State::State(Platform& of, GatewayOptions given, Audit* to)
    : platform(of),
      options(std::move(given)),
      audit(to),
      operations(all_operations(options.limits)),
      calls(operations),
      nonces(options.nonce_key, options.nonces_max),
      pending(options.answer_within) {
  for (const Operation& operation : operations) {
    served[operation.name] = {
        &operation, std::make_unique<Quota>(platform.clock, effective(operation, options.quotas))};
  }
}

Result<Gateway::State::KnownKey> Gateway::State::find_key(const Claim& claim, Time now) const {
  constexpr std::string_view temporary = "STS.";
  if (!claim.access_key.starts_with(temporary)) {
    auto key = platform.registry.access_key(claim.access_key);
    if (!key) return fail(Code::access_key_not_found);
    if (!claim.security_token.empty()) return fail(Code::security_token_mismatch);
    return KnownKey{{.account = key->account, .user = key->user}, std::move(key)};
  }
  if (claim.security_token.empty()) return fail(Code::security_token_missing);
  auto session = platform.tokens.read(claim.security_token);
  if (!session) return tl::unexpected(std::move(session.error()));
  if (session->key.id != claim.access_key) return fail(Code::security_token_mismatch);
  if (session->expires <= now) return fail(Code::security_token_expired);
  return KnownKey{std::move(session->caller),
                  std::make_shared<const AccessKey>(std::move(session->key))};
}

Result<Gateway::State::Authentic> Gateway::State::authenticate(const HttpRequest& request,
                                                               const Params& params) {
  const auto claim = read_claim(request, params);
  if (!claim) return tl::unexpected(claim.error());
  if (auto format = format_of(request, params); !format) return tl::unexpected(format.error());
  // One reading: a nonce is remembered for as long as its time is valid by the same clock.
  const Time now = platform.clock.wall();
  auto known = find_key(*claim, now);
  if (!known) {
    (void)is_signed(*claim, request, params, nobodys_secret);
    return tl::unexpected(std::move(known.error()));
  }
  if (auto valid = check_signature(*claim, *known->key, request, params, now); !valid) {
    return tl::unexpected(std::move(valid.error()));
  }
  auto nonce = use_nonce(*claim, now);
  if (!nonce) return tl::unexpected(std::move(nonce.error()));
  return Authentic{*claim, std::move(known->caller), *nonce};
}

Result<void> Gateway::State::check_signature(const Claim& claim, const AccessKey& key,
                                             const HttpRequest& request, const Params& params,
                                             Time now) const {
  if (!key.active) return fail(Code::access_key_inactive);
  if (!has_known_method(claim)) return fail(Code::signature_method_invalid);
  const auto time = parse_timestamp(claim.timestamp);
  if (!time) return fail(Code::timestamp_malformed);
  if (std::chrono::abs(now - *time) > options.timestamp_skew) {
    return fail(Code::timestamp_expired);
  }
  if (!is_signed(claim, request, params, key.secret)) {
    return fail(Code::signature_does_not_match, mismatch_message(claim, request, params));
  }
  return {};
}

Result<SeenNonce> Gateway::State::use_nonce(const Claim& claim, Time now) {
  const Time signed_at = parse_timestamp(claim.timestamp).value();
  return nonces.use(claim.access_key, claim.nonce, now, signed_at + options.timestamp_skew);
}

Result<const Gateway::State::Served*> Gateway::State::find(const Claim& claim) const {
  const auto at = served.find(claim.action);
  if (!is_version_of_a_service(claim.version)) return fail(Code::version_not_found);
  if (at == served.end()) return fail(Code::action_not_found);
  const Service& service = service_of(at->second.operation->family);
  if (service.version != claim.version) return fail(Code::action_not_found);
  return &at->second;
}

const Operation* Gateway::State::open_operation(const HttpRequest& request,
                                                const Params& params) const {
  const auto action = params.one("Action").value_or(std::nullopt);
  if (!action || request.method != "POST") return nullptr;
  const auto at = served.find(*action);
  return at != served.end() && at->second.operation->open ? at->second.operation : nullptr;
}

Result<void> Gateway::State::admit(const Served& meant, const Principal& caller,
                                   Envelope& envelope) const {
  const auto& [operation, quota] = meant;
  if (!operation->for_all && !platform.ram.allows(caller, operation->action())) {
    const Service& service = service_of(operation->family);
    return fail(service.tells_success ? Code::ram_denied : Code::no_permission);
  }
  const auto own = platform.quotas.find(caller.account, operation->name);
  const auto admission = quota->admit(
      caller.account, own ? std::optional<CallsPerSecond>(own->calls_per_second) : std::nullopt);
  if (admission) {
    envelope.headroom = "Remain:" + std::to_string(admission->remaining) +
                        ",TimeLeft:" + std::to_string(admission->until_more.count());
    if (!admission->admitted) return fail(Code::throttled_user);
  }
  return {};
}

std::optional<AuditRecord> Gateway::State::record_of(const Operation& operation,
                                                     const Authentic& caller, const Params& params,
                                                     const Envelope& envelope,
                                                     const std::string& peer) const {
  if (audit == nullptr || !operation.is_audited()) return std::nullopt;
  return AuditRecord{.time = platform.clock.wall(),
                     .account = caller.caller.account,
                     .identity = identity_of(caller.caller),
                     .access_key = std::string(caller.claim.access_key),
                     .peer = peer,
                     .operation = operation.name,
                     .resources = resources_of(operation, params),
                     .request_id = envelope.request_id};
}

void Gateway::State::write(AuditRecord record, const Result<Reply>& reply) const {
  record.code = reply ? "OK" : describe(reply.error()).name;
  const auto* message = reply ? reply->if_contains("MessageId") : nullptr;
  if (message != nullptr && message->is_string()) record.message_id = message->get_string();
  audit->write(std::move(record));
}

Gateway::Gateway(Platform& platform, GatewayOptions options, Audit* audit)
    : state_(std::make_unique<State>(platform, std::move(options), audit)) {}
Gateway::~Gateway() = default;

void Gateway::restore(const SeenNonce& seen) {
  state_->nonces.restore(seen, state_->platform.clock.wall());
}

void Gateway::set_quotas(const Quotas& quotas) {
  for (const auto& [name, entry] : state_->served) {
    entry.quota->set(effective(*entry.operation, quotas));
  }
}

CallsPerSecond Gateway::quota_of(const Operation& operation) const {
  const auto at = state_->served.find(operation.name);
  return at == state_->served.end() ? CallsPerSecond(0) : at->second.quota->most();
}

std::span<const Operation> Gateway::operations() const { return state_->operations; }
const CallCounts& Gateway::calls() const { return state_->calls; }

void Gateway::answer_overdue() { state_->pending.answer_overdue(state_->platform.clock.now()); }

// Only POST, so that what proves who calls stands in no address.
void Gateway::answer_open(const Operation& operation, const HttpRequest& request,
                          const Params& params, Envelope envelope, CallCounts::Call call,
                          Respond respond) {
  call.is_of(operation.name);
  envelope.action = operation.name;
  envelope.tells_success = service_of(operation.family).tells_success;
  Context context{.platform = state_->platform,
                  .account = {},
                  .caller = {},
                  .request_id = envelope.request_id,
                  .region = state_->options.region,
                  .peer = request.peer,
                  .gateway = this};
  std::optional<AuditRecord> record;
  if (state_->audit != nullptr && operation.is_audited()) {
    record = AuditRecord{.time = state_->platform.clock.wall(),
                         .account = {},
                         .identity = "nobody yet",
                         .access_key = {},
                         .peer = request.peer,
                         .operation = operation.name,
                         .resources = resources_of(operation, params),
                         .code = {},
                         .request_id = envelope.request_id,
                         .message_id = {}};
  }
  Done<Reply> answer = [state = state_.get(), envelope, call, peer = request.peer,
                        record = std::move(record),
                        respond = std::move(respond)](Result<Reply> reply) mutable {
    reply ? call.succeeded() : call.failed(reply.error());
    // Of those who try too often one line is enough: strangers must not fill the log.
    const bool tells = reply || reply.error().code == Code::sign_in_refused;
    if (record && tells) state->write(*std::move(record), reply);
    respond(reply ? success(envelope, std::move(*reply))
                  : logged_failure(envelope, peer, reply.error()));
  };
  operation.run(params, context,
                state_->pending.begin(state_->platform.clock.now(), std::move(answer)));
}

void Gateway::handle(HttpRequest request, Respond respond) {
  if (auto page = error_page(request, state_->operations)) return respond(*std::move(page));
  CallCounts::Call call = state_->calls.begin();
  Envelope envelope{.request_id = random_uuid(),
                    .format = default_format(request),
                    .host_id = state_->options.host_id,
                    .origin = origin_of(request)};
  const auto refuse = [&](const Error& error) {
    call.failed(error);
    respond(logged_failure(envelope, request.peer, error));
  };

  const Target target(request.target);
  if (auto fits = check_http(request, target); !fits) return refuse(fits.error());
  const auto params = Params::parse(target.query, form_of(request));
  if (!params) return refuse(params.error());
  envelope.format = format_of(request, *params).value_or(envelope.format);
  if (const Operation* open = state_->open_operation(request, *params)) {
    return answer_open(*open, request, *params, std::move(envelope), std::move(call),
                       std::move(respond));
  }
  const auto caller = state_->authenticate(request, *params);
  if (!caller) return refuse(caller.error());

  call.is_of(caller->claim.action);
  Platform& platform = state_->platform;
  Context context{.platform = platform,
                  .account = caller->caller.account,
                  .caller = caller->caller,
                  .request_id = envelope.request_id,
                  .region = state_->options.region,
                  .nonce = caller->nonce,
                  .peer = request.peer,
                  .gateway = this};
  const auto meant = state_->find(caller->claim);
  if (!meant) {
    refuse(meant.error());
  } else {
    const Operation& operation = *(*meant)->operation;
    envelope.action = operation.name;
    envelope.tells_success = service_of(operation.family).tells_success;
    const auto admitted = state_->admit(**meant, caller->caller, envelope);
    Done<Reply> answer =
        [state = state_.get(), envelope, call, peer = request.peer,
         record = state_->record_of(operation, *caller, *params, envelope, request.peer),
         respond = std::move(respond)](Result<Reply> reply) mutable {
          reply ? call.succeeded() : call.failed(reply.error());
          if (record) state->write(*std::move(record), reply);
          respond(reply ? success(envelope, std::move(*reply))
                        : logged_failure(envelope, peer, reply.error()));
        };
    if (admitted) {
      operation.run(*params, context,
                    state_->pending.begin(platform.clock.now(), std::move(answer)));
    } else {
      answer(tl::unexpected(admitted.error()));
    }
  }
  // Unless the handler had it stored together with what it wrote.
  if (context.nonce) platform.registry.remember(*context.nonce);
}

}  // namespace herald::api
